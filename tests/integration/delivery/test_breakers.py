"""A remote provider that fails: five calls find out, nobody else is sent there, no request loses an attempt for it."""

import asyncio
import itertools

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from vividly import metrics
from vividly.errors import TryAgainLater
from vividly.providers import breaker
from vividly.providers.breaker import Breaker, State
from vividly.requests.states import Status
from vividly.worker.push import create_push_app

_names = (f"voice-{number}" for number in itertools.count())


class Provider:
    """A real HTTP service that can be ill."""

    def __init__(self):
        self.asked, self.ill = 0, True

    async def speak(self, _request):
        self.asked += 1
        return Response(status_code=503 if self.ill else 200)


@pytest.fixture
async def provider(kit):
    one = Provider()
    config = uvicorn.Config(Starlette(routes=[Route("/", one.speak)]), port=0, log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await kit.eventually(lambda: server.started)
    one.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"
    yield one
    server.should_exit = True
    await serving


async def resting(kit, pool):
    """What the worker's health page says."""
    transport = httpx.ASGITransport(app=create_push_app(kit.desk(pool=pool, resting=breaker.resting)))
    async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
        answer = await client.get("/ready")
    assert answer.status_code == 200, "a provider that rests does not make a worker unfit"
    return answer.json()["resting"]


async def test_while_a_provider_is_ill_jobs_wait_and_no_attempt_is_burned(pool, file, kit, provider):
    guarded = Breaker(next(_names), failures=3, rest=1.0)

    async with httpx.AsyncClient(trust_env=False) as client:

        async def spoken(stage, inquiry, bench):
            with guarded.call():
                if (await client.get(provider.url)).status_code != 200:
                    raise TryAgainLater("the voice is away", after=0.05)

        cook = kit.cook(before=spoken)
        requests = [await file(interest=str(n)) for n in range(6)]
        async with kit.service(pool, cook, slots=1, limits=kit.limits(attempts=4, wait=0.05)):
            await kit.eventually(lambda: guarded.state is State.OPEN)
            assert [one for one in await resting(kit, pool) if one.startswith(f"{guarded.name}: left alone")]
            assert metrics.BREAKER.labels(guarded.name)._value.get() == State.OPEN
            # Every job comes by and is sent away with its attempts as they were; the provider is left alone.
            asked = provider.asked
            await kit.eventually(lambda: kit.count(pool, "jobs WHERE run_after > now() HAVING count(*) = 6"))
            assert provider.asked == asked == 3
            assert await kit.count(pool, "jobs HAVING sum(attempt) = 3") == 6, "an attempt is a call, not a visit"
            provider.ill = False
            for one in requests:
                await kit.until(pool, one.request_id, Status.COMPLETED)
        assert guarded.state is State.CLOSED


async def test_without_rest_the_same_illness_would_use_up_every_attempt(pool, file, kit, provider):
    async with httpx.AsyncClient(trust_env=False) as client:

        async def spoken(stage, inquiry, bench):
            if (await client.get(provider.url)).status_code != 200:
                raise TryAgainLater("the voice is away", after=0.05)

        filed = await file()
        async with kit.service(pool, kit.cook(before=spoken), limits=kit.limits(attempts=3, wait=0.05)):
            assert (await kit.until(pool, filed.request_id, Status.FAILED)).failure.code == "attempts_used_up"
    assert provider.asked == 3
