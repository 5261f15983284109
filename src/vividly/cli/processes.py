"""`vividly serve`, `work` and `relay`: one process each. Ends within ten seconds of SIGTERM, with nothing left half written."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vividly import logs
from vividly.errors import Misconfigured
from vividly.settings import Settings, read

if TYPE_CHECKING:
    from starlette.applications import Starlette

GRACE = 8.0  # seconds for running work to reach a checkpoint


def serve(*, port: int | None, data: Path | None, with_relay: bool) -> int:
    settings = _begin("serve", port=port, data=data)
    return asyncio.run(_serve(settings, _url(settings), with_relay=with_relay))


def work(*, port: int | None, data: Path | None) -> int:
    settings = _begin("work", worker_port=port, data=data)
    return asyncio.run(_work(settings, _url(settings)))


def relay(*, data: Path | None) -> int:
    settings = _begin("relay", data=data)
    return asyncio.run(_relay(settings, _url(settings)))


async def _serve(settings: Settings, url: str, *, with_relay: bool) -> int:
    from vividly.wiring import open_front

    stop = _stop_on_signals()
    async with open_front(settings, url, with_relay=with_relay) as front:
        server = asyncio.create_task(_http(front.app, settings.host, settings.port, stop))
        await _first(stop.wait(), server)
        # Event streams end first: open ones would hold up the server's own end.
        front.doors.stopping.set()
        stop.set()
        await server
    return 0


async def _work(settings: Settings, url: str) -> int:
    from vividly.wiring import open_back

    stop = _stop_on_signals()
    async with open_back(settings, url) as back:
        jobs = asyncio.create_task(back.runner.run())
        door = asyncio.create_task(_door(back.app, settings, stop))
        await _first(stop.wait(), jobs, door)
        back.stopping.set()
        stop.set()
        await back.runner.stop(within=GRACE)
        jobs.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await jobs
        await door
    return 0


async def _door(app: Starlette, settings: Settings, stop: asyncio.Event) -> None:
    """/push, unless this worker takes its work from the database alone."""
    if settings.worker_port:
        await _http(app, settings.worker_host, settings.worker_port, stop)
    else:
        await stop.wait()


async def _relay(settings: Settings, url: str) -> int:
    from vividly.wiring import open_relay

    stop = _stop_on_signals()
    async with open_relay(settings, url) as running:
        await running.run(stop)
    return 0


async def _http(app: Starlette, host: str, port: int, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then wait for open connections at most two seconds. Signals are ours, not uvicorn's."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, timeout_graceful_shutdown=2, server_header=False
    )
    server = Server(config)
    with _port_in_use_is_named(host, port):
        socket = config.bind_socket()
    serving = asyncio.create_task(server.serve([socket]))
    await _first(stop.wait(), serving)
    server.should_exit = True
    await serving


@contextlib.contextmanager
def _port_in_use_is_named(host: str, port: int) -> Iterator[None]:
    try:
        yield
    except SystemExit as error:
        message = f"cannot listen on {host}:{port}; is it in use? Choose another port, or stop what runs there"
        raise Misconfigured("VIVIDLY_PORT", message) from error


async def _first(*awaitables: Coroutine[Any, Any, Any] | asyncio.Task[Any]) -> None:
    """Until the first is done; what it raised is raised here."""
    tasks = [one if isinstance(one, asyncio.Task) else asyncio.create_task(one) for one in awaitables]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        if task not in awaitables:
            task.cancel()
    for task in done:
        task.result()


def _begin(name: str, **said: object) -> Settings:
    settings = read(**said)
    logs.configure(form=settings.log, level=settings.log_level, process=name)
    if settings.supervised:
        _end_with_parent()
    return settings


def _url(settings: Settings) -> str:
    from vividly.db.embedded import running_url

    url = settings.database_url or running_url(settings.data / "postgres")
    if not url:
        raise Misconfigured("DATABASE_URL", "no database: set it, or start `vividly up` with the same data folder")
    return url


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop.set)
    return stop


def _end_with_parent() -> None:
    """Get SIGTERM when the supervisor dies, however it dies: by the kernel on Linux, by looking elsewhere."""
    parent = os.getppid()
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1.0)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()
