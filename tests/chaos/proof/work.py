"""What workers do in a simulated history: the real runner claims and settles; a small kitchen fails, freezes and is killed."""

from __future__ import annotations

from proof.actors import Actor
from proof.world import World
from vividly.errors import LeaseLost, NotPossible, Refused, TryAgainLater
from vividly.pipeline.artifacts import Choice, Declined, Finished, Inquiry, Outcome, Question
from vividly.requests.jobs import actions as jobs
from vividly.requests.model import MAX_ROUNDS
from vividly.steps import Step
from vividly.worker.bench import Bench
from vividly.worker.runner import Runner
from vividly.worker.settle import Limits

LEASE = 60.0
STAGES = (("storyboard", Step.WRITING), ("narration", Step.NARRATING), ("drawing", Step.DRAWING))


class Work:
    """The lives of workers and of the sweeper."""

    def __init__(self, world: World) -> None:
        self.w = world

    async def worker(self, me: Actor) -> None:
        runner = Runner(pool=me.pool, kitchen=self.kitchen, limits=Limits(wait=5.0))
        runner.owner = self.w.id()
        while True:
            try:
                claimed = await runner._claim()
            except TryAgainLater:
                claimed = None
            if claimed is None:
                await me.turn("idle")
                continue
            await me.turn("claimed")
            await runner._work(claimed, Bench(pool=me.pool, claimed=claimed))
            await me.turn("settled")

    async def kitchen(self, inquiry: Inquiry, bench: Bench) -> Outcome:
        me, hold = self.w.now, bench._hold
        for stage, step in STAGES:
            asked = await self.w.look("SELECT nextval('witness.moment')")
            if await bench.recall(stage, "input") is None:
                facts = (hold.request_id, hold.epoch, stage, hold.token)
                await self.w.note("INSERT INTO witness.runs VALUES (%s, %s, %s, %s, %s)", asked, *facts)
                await me.turn("cooking")
                await self.renew(me, bench)
                if self.w.luck(self.w.plan.kitchen_fails):
                    return self.fault(inquiry)
                await bench.keep(stage, "input", b"x")
                await self.w.note("INSERT INTO witness.charges VALUES (%s, %s, %s, %s)", *facts)
            await me.turn(f"kept:{stage}")
            await bench.progress(step, 1, 1)
        await me.turn("before_settle")
        name = f"lesson-{self.w.id()}"
        return Finished(name, f"lessons/{name}", "T", "topic", "facet", inquiry.interest, 9, 60.0, ("lesson.mp4",))

    async def renew(self, me: Actor, bench: Bench) -> None:
        """As the keeper of a lease does; one that was frozen comes too late."""
        if self.w.luck(self.w.plan.frozen):
            return
        try:
            await jobs.renew(me.pool, hold=bench._hold, lease=LEASE)
        except LeaseLost:
            if not self.w.luck(0.5):
                bench.lose()
        except TryAgainLater:
            pass

    def fault(self, inquiry: Inquiry) -> Outcome:
        match self.w.chance.randrange(6):
            case 0:
                raise TryAgainLater("a neighbor is away", after=3.0)
            case 1:
                raise RuntimeError("a bug")
            case 2:
                raise NotPossible("no", "It cannot be done.")
            case 3:
                raise Refused("unsafe", "Not this.")
            case 4 if inquiry.rounds < MAX_ROUNDS:
                return Question(("Which?",), (Choice("a", "A", "topic", "facet"),), "unclear")
            case _:
                return Declined("unsafe", "Not this one.")

    async def sweeper(self, me: Actor) -> None:
        while True:
            runner = Runner(pool=me.pool, kitchen=self.kitchen)
            try:
                await runner._recover()
                await me.turn("recovered")
                await runner._sweep()
            except TryAgainLater:
                pass
            await me.turn("idle")
