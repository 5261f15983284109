"""`vividly serve`, `work` and `relay`: one process each. Ends within ten seconds of SIGTERM, with nothing left half written."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vividly import logs, tracing
from vividly.errors import Misconfigured
from vividly.settings import Settings, read

if TYPE_CHECKING:
    from starlette.applications import Starlette

GRACE = 8.0  # seconds for running work to reach a checkpoint
LAST_MOMENT = 9.5  # seconds after which we leave, whatever a library's thread still does: leases are given back by then
ORPHAN_GRACE, ORPHAN_LAST_MOMENT = 1.0, 3.0  # the same when the supervisor was killed: its database is gone with it


def serve(*, port: int | None, data: Path | None, with_relay: bool) -> int:
    settings, address = _begin("serve", port=port, data=data)
    from vividly.wiring.front import prepare_front

    prepare_front(settings)
    return asyncio.run(_serve(settings, address(), with_relay=with_relay))


def work(*, port: int | None, data: Path | None, pull: bool = False) -> int:
    settings, address = _begin("work", worker_port=port, data=data)
    from vividly.wiring.back import prepare_back

    prepare_back()
    return asyncio.run(_work(settings, address(), pull=pull))


def relay(*, data: Path | None) -> int:
    settings, address = _begin("relay", data=data)
    return asyncio.run(_relay(settings, address()))


async def _serve(settings: Settings, url: str, *, with_relay: bool) -> int:
    from vividly.wiring.front import open_front

    stop = _stop_on_signals()
    bound = _bound("VIVIDLY_PORT", settings.host, settings.port)
    async with contextlib.AsyncExitStack() as ends:
        ends.callback(bound.close)
        front = await ends.enter_async_context(open_front(settings, url, with_relay=with_relay))
        server = asyncio.create_task(_http(front.app, bound, stop))
        await _first(stop.wait(), server)
        # Event streams end first: open ones would hold up the server's own end.
        front.doors.stopping.set()
        stop.set()
        await server
    return 0


async def _work(settings: Settings, url: str, *, pull: bool) -> int:
    from vividly.wiring.back import open_back

    stop = _stop_on_signals()
    bound = _bound("VIVIDLY_WORKER_PORT", settings.worker_host, settings.worker_port) if settings.worker_port else None
    async with contextlib.AsyncExitStack() as ends:
        if bound:
            ends.callback(bound.close)
        back = await ends.enter_async_context(open_back(settings, url, may_load=_supervisor.may_load, pull=pull))
        jobs = asyncio.create_task(back.runner.run())
        # Without a port this worker takes its work from the database alone, or pulls.
        door = asyncio.create_task(_http(back.app, bound, stop) if bound else _wait(stop))
        await _first(stop.wait(), jobs, door)
        back.stopping.set()
        stop.set()
        await back.runner.stop(within=ORPHAN_GRACE if _supervisor.gone else GRACE)
        jobs.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await jobs
        await door
    return 0


async def _wait(stop: asyncio.Event) -> None:
    await stop.wait()


async def _relay(settings: Settings, url: str) -> int:
    from vividly.wiring.links import open_relay

    stop = _stop_on_signals()
    async with open_relay(settings, url) as running:
        await running.run(stop)
    return 0


async def _http(app: Starlette, bound: socket.socket, stop: asyncio.Event) -> None:
    """Serve until `stop` is set, then wait for open connections at most two seconds. Signals are ours, not uvicorn's."""
    import uvicorn

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2, server_header=False)
    server = Server(config)
    serving = asyncio.create_task(server.serve([bound]))
    await _first(stop.wait(), serving)
    server.should_exit = True
    await serving


def _bound(setting: str, host: str, port: int) -> socket.socket:
    """A socket on this port, before anything else is opened: one that is in use is known at once. Misconfigured."""
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        message = f"cannot listen on {host}:{port} ({error.strerror}); choose another port, or stop what runs there"
        raise Misconfigured(setting, message) from error
    return bound


async def _first(*awaitables: Coroutine[Any, Any, Any] | asyncio.Task[Any]) -> None:
    """Until the first is done; what it raised is raised here."""
    tasks = [one if isinstance(one, asyncio.Task) else asyncio.create_task(one) for one in awaitables]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        if task not in awaitables:
            task.cancel()
    for task in done:
        task.result()


def _begin(name: str, **said: object) -> tuple[Settings, Callable[[], str]]:
    """Settings, and what tells the database's address (it may have to wait for the supervisor)."""
    settings = read(**said)
    logs.configure(form=settings.log, level=settings.log_level, process=name)
    if settings.traces:
        tracing.start(process=name, endpoint=settings.traces)
    if settings.supervised:
        _supervisor.listen()
        return settings, _supervisor.address
    return settings, lambda: _running(settings)


def _running(settings: Settings) -> str:
    from vividly.db.embedded import running_url

    url = settings.database_url or running_url(settings.data / "postgres")
    if not url:
        raise Misconfigured("DATABASE_URL", "no database: set it, or start `vividly up` with the same data folder")
    return url


def _stop_on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        stop.set()
        _leave_after(ORPHAN_LAST_MOMENT if _supervisor.gone else LAST_MOMENT)

    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end)
    return stop


def _leave_after(seconds: float) -> None:
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True
    timer.start()


class _Supervisor:
    """Who is at the other end of our standard input: it tells the database's address, and when it is gone, so are we."""

    def __init__(self) -> None:
        self.gone = self._listening = False
        self._address: Future[str] = Future()
        self._load = threading.Event()

    def listen(self) -> None:
        self._listening = True
        threading.Thread(target=self._listen, daemon=True, name="supervisor").start()

    def address(self) -> str:
        return self._address.result()

    async def may_load(self) -> None:
        """Returns when the pages have come up: until then, models would only hold them up."""
        while self._listening and not self._load.is_set():  # noqa: ASYNC110 a thread tells it
            await asyncio.sleep(0.05)

    def _listen(self) -> None:
        said = b""
        while part := os.read(0, 4096):
            said += part
            if b"\n" in said and not self._address.done():
                self._address.set_result(said.partition(b"\n")[0].decode())
            if said.count(b"\n") > 1:
                self._load.set()
        # However it went, by kill -9 too: the pipe is closed by the kernel.
        self.gone = True
        if not self._address.done():
            os._exit(1)
        os.kill(os.getpid(), signal.SIGTERM)


_supervisor = _Supervisor()
