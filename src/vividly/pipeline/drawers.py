"""Those who draw: a pool of processes, or this process itself. They carry out the studio's jobs and know no lesson."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Protocol

from vividly.errors import TryAgainLater
from vividly.pipeline.failure import StageFailed
from vividly.steps import Step
from vividly.studio import scene
from vividly.studio.scene import EncodedScene, SceneJob


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawn scene, and the seconds it took those who drew it (without waiting for their turn)."""

    scene: EncodedScene
    seconds: float


class Drawers(Protocol):
    async def draw(self, job: SceneJob) -> Drawing:
        """Raises StageFailed if the layout has problems, TryAgainLater if those who draw are gone."""
        ...


def drawn(job: SceneJob) -> Drawing:
    """Check the layout, then draw. Blocking: runs in a drawing process."""
    began = time.perf_counter()
    try:
        wrong = scene.problems(job)
        if not wrong:
            return Drawing(scene.draw(job), round(time.perf_counter() - began, 3))
    except MemoryError:
        raise
    except Exception as error:  # whatever it is, it must be able to travel back to the line
        raise StageFailed(Step.DRAWING, f"scene {job.scene_id}: {type(error).__name__}: {error}") from error
    raise StageFailed(Step.DRAWING, f"scene {job.scene_id}: {'; '.join(wrong[:3])}")


class InlineDrawers:
    """Draws in a thread of this process, one scene at a time: for tests and small machines."""

    def __init__(self) -> None:
        self._one = threading.Lock()

    async def draw(self, job: SceneJob) -> Drawing:
        return await asyncio.to_thread(self._draw, job)

    def _draw(self, job: SceneJob) -> Drawing:
        with self._one:
            return drawn(job)


class DrawerPool:
    """Draws in `processes` processes. They start at the first use (or `warm`) and end with this one, however it ends."""

    def __init__(self, *, processes: int = 2) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    async def draw(self, job: SceneJob) -> Drawing:
        """A drawing process that was killed (out of memory) is replaced and the scene tried once more."""
        for last in (False, True):
            pool = self._open()
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, drawn, job)
            except BrokenProcessPool as error:
                self._drop(pool)
                if last:
                    raise TryAgainLater("a drawing process died twice", after=10) from error
        raise AssertionError("unreachable")

    def warm(self) -> None:
        """Start the processes now; returns at once."""
        self._open()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not forked: this process has threads, and a fork would copy their locks as they stand.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_begin)
            # They start with the first job. A Ctrl-C that meets them while they import is not theirs to report.
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                self._pool.submit(os.getpid)
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return self._pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        if self._pool is pool:
            self._pool = None
            pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    """In a new drawing process: end when the parent does, even by `kill -9`, which closes no queue; Ctrl-C is its affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)
