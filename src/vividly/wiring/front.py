"""The door: the API and pages, with the relay beside them if it is to run here."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vividly.errors import Misconfigured
from vividly.settings import Settings
from vividly.wiring.kitchen import find_packs, key_of, open_intake, open_shelf
from vividly.wiring.links import open_transport

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from vividly.api.doors import Doors
    from vividly.db.engine import Pool
    from vividly.requests.figures import Figures
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.transport.relay import Relay
    from vividly.worker.warming import Warming


@dataclass(frozen=True, slots=True)
class Front:
    """The API and pages, with what runs beside them until `doors.stopping` is set."""

    app: Starlette
    doors: Doors


def prepare_front(settings: Settings) -> None:
    """Import and open what the door needs without a database: it comes up meanwhile."""
    import uvicorn  # noqa: F401

    import vividly.api.app
    import vividly.web.pages  # noqa: F401

    key_of(settings)
    open_intake(settings)


@contextlib.asynccontextmanager
async def open_front(settings: Settings, url: str, *, with_relay: bool) -> AsyncIterator[Front]:
    """The door's process: pool, intake, event streams, and the relay if it is to run here."""
    from vividly.api.app import create_app
    from vividly.db.engine import open_pool
    from vividly.intake.words import ordinary_words
    from vividly.requests.figures import Figures
    from vividly.requests.notify import Notifier
    from vividly.requests.watch import ContractWatch
    from vividly.transport.relay import Relay
    from vividly.web.pages import mount

    async with await open_pool(url, min_size=2, max_size=16, name="serve") as pool:
        watch, notifier = ContractWatch(pool), Notifier(pool)
        transport = open_transport(settings) if with_relay else None
        relay = Relay(pool=pool, transport=transport) if transport else None
        figures = Figures(pool, disk=settings.data, token=settings.metrics_token, now=lambda: _figures_now(doors))
        doors = await _doors(settings, url, pool=pool, notifier=notifier, relay=relay, watch=watch, figures=figures)
        app = create_app(doors)
        assets = mount(app, doors, cache=settings.data / "cache")
        warming = _front_warming(settings)
        doors.probes["models"] = warming.probe
        beside = [watch.run(doors.stopping), notifier.run(doors.stopping)]
        if relay:
            beside.append(relay.run(doors.stopping))
        async with asyncio.TaskGroup() as group:
            for one in beside:
                group.create_task(one)
            warm = [group.create_task(one) for one in (warming.run(), assets.warm(), asyncio.to_thread(ordinary_words))]
            try:
                yield Front(app, doors)
            finally:
                doors.stopping.set()
                for task in warm:
                    task.cancel()
        if transport:
            await transport.close()


def _front_warming(settings: Settings) -> Warming:
    """What the door's process needs loaded; of what only a worker loads it looks whether it is there at all."""
    from importlib.util import find_spec

    from vividly.worker.warming import Warming

    def installed(package: str, what: str) -> None:
        if find_spec(package) is None:
            raise Misconfigured(what, f"the package {package} is not installed")

    return Warming(
        {
            "packs": find_packs,
            "understanding": lambda: open_intake(settings).decide("what is inertia", grade=10),
            "voice": lambda: installed("hibari", "voice"),
            "formulas": lambda: installed("typst", "formulas"),
        }
    )


def _figures_now(doors: Doors) -> None:
    from vividly import metrics

    metrics.WATCHERS.set(doors.happenings.watching)


async def _doors(
    settings: Settings,
    url: str,
    *,
    pool: Pool,
    notifier: Notifier,
    relay: Relay | None,
    watch: ContractWatch,
    figures: Figures,
) -> Doors:
    from vividly.accounts.demo import demo_exists
    from vividly.accounts.tokens import TokenKeys, secret_from_file
    from vividly.api.doors import Doors, DoorSettings
    from vividly.api.happenings import Happenings
    from vividly.api.health import database_probe, shelf_probe
    from vividly.curriculum.loader import interests, topics
    from vividly.delivery import MediaSigner
    from vividly.requests.notify import listen

    shelf = open_shelf(settings)
    intake, key = await asyncio.to_thread(lambda: (open_intake(settings), key_of(settings)))
    keys = settings.data / "keys"
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Doors(
        pool=pool,
        keys=TokenKeys(secrets=(secret_from_file(keys / "tokens"),)),
        cookie_key=secret_from_file(keys / "cookies").encode(),
        intake=intake,
        key_of=key,
        shelf=shelf,
        signer=MediaSigner([secret_from_file(keys / "media").encode()]),
        happenings=Happenings(pool, source=lambda: listen(url)),
        notifier=notifier,
        wake=relay.ring if relay else lambda: None,
        topics=topics(),
        interests=interests(),
        probes={"database": database_probe(pool), "schema contract": watch.probe, "shelf": shelf_probe(shelf)},
        settings=DoorSettings(
            public_url=settings.public_url,
            secure_cookies=settings.public_url.startswith("https://"),
            open_registration=settings.open_registration,
            demo=settings.demo and await demo_exists(pool),
        ),
        figures=figures,
    )
