"""The kitchen's line: puts the stages in order, lets drawing overlap narrating, and repeats nothing that was finished.

Knows every stage and no request, queue or database: whoever runs it brings tools and a bench.
"""

from __future__ import annotations

import asyncio

from pydantic import TypeAdapter

from vividly.errors import LeaseLost
from vividly.library.keys import lesson_id
from vividly.pipeline import draw, narrate, package, papers, retrieve, understand, write
from vividly.pipeline.artifacts import Declined, Finished, Inquiry, Narration, Outcome, Question, Scene, Storyboard
from vividly.pipeline.bench import Bench, Units, unit_key
from vividly.pipeline.draw import Drawn
from vividly.pipeline.live import Live
from vividly.pipeline.retrieve import Found
from vividly.pipeline.tools import Tools
from vividly.steps import Step
from vividly.studio import scene as studio

_UNDERSTOOD: TypeAdapter[Inquiry | Question | Declined] = TypeAdapter(Inquiry | Question | Declined)
_FOUND: TypeAdapter[Found] = TypeAdapter(Found)
_BOARD: TypeAdapter[Storyboard] = TypeAdapter(Storyboard)
_NARRATION: TypeAdapter[Narration] = TypeAdapter(Narration)
_DRAWN: TypeAdapter[Drawn] = TypeAdapter(Drawn)
_FINISHED: TypeAdapter[Finished] = TypeAdapter(Finished)
# Scenes narrated but not yet drawn: enough that no drawer waits, no more, for the first scenes are what a student waits for.
_AHEAD = 3


async def run(inquiry: Inquiry, *, tools: Tools, bench: Bench) -> Outcome:
    """One lesson from an inquiry, or why there is none.

    Raises StageFailed (this lesson cannot be made), TryAgainLater, NotPossible, Misconfigured, LeaseLost.
    """
    try:
        return await _Line(tools, bench).lesson(inquiry)
    except BaseExceptionGroup as group:
        raise _first(group) from group


class _Line:
    """One run."""

    def __init__(self, tools: Tools, bench: Bench) -> None:
        self.tools, self.bench = tools, bench
        self.units = Units(bench, tools.shelf)
        self.versions = {
            **tools.versions,
            "author": tools.author.name,
            "voice": tools.voice.name,
            "narration": narrate.VERSION,
            "studio": studio.fingerprint(),
            "package": package.VERSION,
        }

    async def lesson(self, inquiry: Inquiry) -> Outcome:
        understood = await self._understand(inquiry)
        if not isinstance(understood, Inquiry):
            return understood
        board = await self._board(understood)
        await self.bench.ready("script_text", papers.script_text(board))
        name = lesson_id(storyboard=_BOARD.dump_json(board), versions=self.versions)
        made = await asyncio.to_thread(package.existing, name, shelf=self.tools.shelf)
        if made is None:
            narrations, drawn = await self._scenes(name, board)
            made = await self._package(name, board, narrations, drawn)
        await self.bench.progress(Step.PACKAGING, 1, 1)
        return made

    async def _understand(self, inquiry: Inquiry) -> Inquiry | Question | Declined:
        if inquiry.topic_id and inquiry.facet:
            return inquiry
        key = unit_key(Step.UNDERSTANDING, inquiry, self.versions)
        understood = await self.units.do(
            Step.UNDERSTANDING,
            key,
            _UNDERSTOOD,
            lambda: asyncio.to_thread(understand.run, inquiry, understand=self.tools.understand),
        )
        await self.bench.progress(Step.UNDERSTANDING, 1, 1)
        return understood

    async def _board(self, inquiry: Inquiry) -> Storyboard:
        key = unit_key(Step.RETRIEVING, inquiry, self.versions)
        found = await self.units.do(
            Step.RETRIEVING, key, _FOUND, lambda: asyncio.to_thread(retrieve.run, inquiry, retriever=self.tools.retriever)
        )
        await self.bench.progress(Step.RETRIEVING, 1, 1)

        def written() -> Storyboard:
            return write.run(inquiry, self.tools.retriever.fetch(found), author=self.tools.author)

        key = unit_key(Step.WRITING, [inquiry, found], self.versions)
        board = await self.units.do(Step.WRITING, key, _BOARD, lambda: asyncio.to_thread(written))
        await self.bench.progress(Step.WRITING, 1, 1)
        return board

    async def _scenes(self, name: str, board: Storyboard) -> tuple[list[Narration], list[Drawn]]:
        """Each scene is narrated, one after the other, and drawn as soon as its times are known, while the next is narrated.

        What is drawn is shown at once, in order: the student watches while the rest is made.
        """
        total, narrations = len(board.scenes), list[Narration]()
        live = Live(lesson_id=name, shelf=self.tools.shelf)
        ahead = asyncio.Semaphore(_AHEAD)
        drawings, through = list[asyncio.Task[Drawn]](), list[int]()

        async def made(scene: Scene, number: int) -> Drawn:
            drawn = await self._draw(board, scene, narrations[number])
            ahead.release()
            through.append(number)
            await self.bench.progress(Step.DRAWING, len(through), total)
            self.units.still_ours()
            if await live.add(number, narrations[number], drawn, last=number + 1 == total):
                await self.bench.ready("stream_key", live.playlist_key)
            return drawn

        async with asyncio.TaskGroup() as group:
            for number, scene in enumerate(board.scenes):
                await ahead.acquire()
                narrations.append(await self._narrate(scene))
                await self.bench.progress(Step.NARRATING, number + 1, total)
                drawings.append(group.create_task(made(scene, number)))
        return narrations, [task.result() for task in drawings]

    async def _narrate(self, scene: Scene) -> Narration:
        tools = self.tools
        inputs = [scene.scene_id, [line.text for line in scene.lines]]
        key = unit_key(Step.NARRATING, inputs, {"voice": tools.voice.name, "narration": narrate.VERSION})
        return await self.units.do(
            Step.NARRATING,
            key,
            _NARRATION,
            lambda: asyncio.to_thread(narrate.run, scene, voice=tools.voice, shelf=tools.shelf, key=key),
            shared=True,
            whole=lambda n: tools.shelf.touch(n.audio_key),
        )

    async def _draw(self, board: Storyboard, scene: Scene, narration: Narration) -> Drawn:
        tools, job = self.tools, draw.job(board, scene, narration)
        key = unit_key(Step.DRAWING, job, {"studio": studio.fingerprint()})
        return await self.units.do(
            Step.DRAWING,
            key,
            _DRAWN,
            lambda: draw.run(job, drawers=tools.drawers, shelf=tools.shelf, key=key),
            shared=True,
            whole=lambda d: tools.shelf.touch(d.data_key),
            took=lambda d: d.seconds,
        )

    async def _package(self, name: str, board: Storyboard, narrations: list[Narration], drawn: list[Drawn]) -> Finished:
        tools, seconds = self.tools, dict(self.units.seconds)

        def packed() -> Finished:
            return package.run(
                package.Parts(name, board, tuple(narrations), tuple(drawn)),
                shelf=tools.shelf,
                scratch=tools.scratch,
                made_at=tools.clock(),
                versions=self.versions,
                seconds=seconds,
            )

        key = unit_key(Step.PACKAGING, name, self.versions)
        return await self.units.do(
            Step.PACKAGING,
            key,
            _FINISHED,
            lambda: asyncio.to_thread(packed),
            whole=lambda f: tools.shelf.size(f"{f.prefix}/manifest.json") is not None,
        )


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one to report of errors that came together: a lost lease before all others, for then nothing may be written."""
    flat: list[BaseException] = []
    waiting: list[BaseException] = [group]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, BaseExceptionGroup):
            waiting += error.exceptions
        else:
            flat.append(error)
    return next((e for e in flat if isinstance(e, LeaseLost)), flat[0])
