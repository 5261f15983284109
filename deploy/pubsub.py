"""Make (or mend) the topics and subscriptions that a deployment needs at Pub/Sub: `python deploy/pubsub.py [PUSH_URL]`.

Reads the same settings as the service. Without PUSH_URL the workers pull (`vividly work --pull`). Running it again changes nothing.
"""

import asyncio
import sys

from vividly.errors import VividlyError
from vividly.settings import read
from vividly.transport.ensure import ensure
from vividly.wiring.links import open_pubsub, topology_of


async def main(push_endpoint: str) -> int:
    settings = read()
    api = open_pubsub(settings)
    try:
        done = await ensure(api, topology=topology_of(settings, push_endpoint=push_endpoint))
    except VividlyError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        await api.close()
    print("\n".join(done) or "everything stands as it should")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "")))
