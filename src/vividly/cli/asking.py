"""`vividly ask` and `vividly understand`: the kitchen and intake without a server."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from vividly import logs
from vividly.api.verdicts import Intake, Profile, verdict_of
from vividly.errors import NotPossible
from vividly.intake.decisions import Clarify, Decline, Proceed
from vividly.pipeline.artifacts import Declined, Finished, Inquiry, Number, Outcome, Question
from vividly.requests.model import AskBack, Go, TurnAway
from vividly.settings import Settings, read
from vividly.steps import Step
from vividly.worker.meter import Meter

CLARIFY_EXIT, DECLINE_EXIT = 3, 4
LONGEST = 500

console = Console(stderr=True, highlight=False)


def ask(question: str, *, grade: int, interest: str, out: Path, data: Path | None, as_json: bool) -> int:
    """Make one lesson and write its bundle to `out`."""
    from vividly.wiring.kitchen import open_intake

    settings = _settings(data)
    question = _checked(question)
    profile = Profile(grade=grade, interest_asked=interest.strip())
    with console.status("Understanding the question ..."):
        understood = verdict_of(open_intake(settings), question, profile=profile, key_of=lambda _: "")
    match understood.verdict:
        case AskBack(clarification=asked):
            options = [
                {"id": one.id, "label": one.label, "topic_id": one.topic_id, "facet": one.facet} for one in asked.options
            ]
            return _say_choices(list(asked.questions), options, as_json=as_json)
        case TurnAway(code=code, message=message):
            return _say_declined(code, message, as_json=as_json)
        case Go() as go:
            inquiry = _inquiry(question, go, grade=grade, interest=understood.interest, asked=interest)
            began = time.monotonic()
            outcome = asyncio.run(_make(settings, inquiry))
            return _say_outcome(settings, outcome, out, time.monotonic() - began, as_json=as_json)


def _inquiry(question: str, go: Go, *, grade: int, interest: str, asked: str) -> Inquiry:
    return Inquiry(
        question=question,
        grade=max(grade, 9),
        interest=interest,
        topic_id=go.topic_id,
        facet=go.facet,
        numbers=tuple(Number(one.value, one.unit, one.text) for one in go.numbers),
        interest_asked=asked.strip(),
        assumptions=go.assumptions,
    )


def understand(question: str, *, grade: int, file: Path | None, data: Path | None, as_json: bool) -> int:
    """Print the decision on one question, or on each line of a file."""
    from vividly.wiring.kitchen import open_intake

    settings = _settings(data)
    intake = open_intake(settings)
    if file is None:
        decided = _decision(intake, _checked(question), grade)
        print(json.dumps(decided, ensure_ascii=False) if as_json else _in_words(decided))
        return 0
    bad = 0
    for number, line in enumerate(_lines(file), 1):
        try:
            asked = json.loads(line)
            print(
                json.dumps(_decision(intake, str(asked["q"]), int(asked.get("grade", grade))), ensure_ascii=False), flush=True
            )
        except (ValueError, KeyError, TypeError):
            bad += 1
            print(f"{file.name}, line {number}: not a JSON object with a text `q`; skipped", file=sys.stderr)
    return 2 if bad else 0


def _lines(file: Path) -> list[str]:
    try:
        return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise NotPossible("no_such_file", f"cannot read {file}: {error.strerror}") from error


def _decision(intake: Intake, question: str, grade: int) -> dict[str, object]:
    began = time.perf_counter()
    decision = intake.decide(question, grade=max(grade, 9))
    said: dict[str, object] = {
        "question": question,
        "decision": "",
        "reason": decision.reason,
        "topic_id": None,
        "topic_name": None,
    }
    said |= {"facet": None, "confidence": None, "questions": [], "options": []}
    match decision:
        case Proceed():
            said |= {"decision": "proceed", "topic_id": decision.topic_id, "topic_name": decision.topic_name}
            said |= {"facet": decision.facet, "confidence": round(decision.confidence, 3)}
        case Clarify():
            options = [
                {"id": one.id, "label": one.label, "topic_id": one.topic_id, "facet": one.facet} for one in decision.choices
            ]
            said |= {"decision": "clarify", "questions": list(decision.questions), "options": options}
        case Decline():
            said |= {"decision": "decline", "topic_id": decision.topic_id or None, "topic_name": decision.topic_name or None}
            said["message"] = decision.message
    said["elapsed_ms"] = round((time.perf_counter() - began) * 1000, 1)
    return said


def _in_words(decided: dict[str, object]) -> str:
    if decided["decision"] == "proceed":
        return f"proceed: {decided['topic_name']} / {decided['facet']} (confidence {decided['confidence']})"
    if decided["decision"] == "decline":
        return f"decline ({decided['reason']}): {decided['message']}"
    options: Any = decided["options"]
    return "\n".join(["clarify:", *map(str, decided["questions"] or []), *(f"  - {one['label']}" for one in options)])  # type: ignore[call-overload]


def _settings(data: Path | None) -> Settings:
    settings = read(data=data)
    logs.configure(form=settings.log, level="warning", process="ask")
    return settings


def _checked(question: str) -> str:
    question = " ".join(question.split())
    if not 3 <= len(question) <= LONGEST:
        message = f"a question has 3 to {LONGEST} characters; this one has {len(question)}"
        raise NotPossible("question_length", message, field="question")
    return question


class _MemoryBench:
    """A bench for one run in one process. What can be shared with later runs lies on the shelf anyway."""

    def __init__(self, progress: Progress) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}
        self._meter = Meter()
        self._progress, self._task = progress, progress.add_task("understanding", total=100)

    async def recall(self, stage: str, key: str) -> bytes | None:
        return self._kept.get((stage, key))

    async def keep(self, stage: str, key: str, data: bytes) -> None:
        self._kept[stage, key] = data

    async def progress(self, step: Step, done: int, total: int) -> None:
        self._progress.update(self._task, description=step.value, completed=self._meter.reached(step, done=done, total=total))

    async def ready(self, name: str, value: str) -> None:
        """Nobody is watching yet."""

    def alive(self) -> bool:
        return True  # nobody can take this run away


async def _make(settings: Settings, inquiry: Inquiry) -> Outcome:
    from vividly.pipeline import line
    from vividly.wiring.kitchen import open_drawers, open_shelf, open_tools

    drawers = open_drawers(settings)
    drawers.warm()
    columns = (
        TextColumn("{task.description:>13}"),
        BarColumn(40),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    try:
        with Progress(*columns, console=console) as progress:
            tools = await asyncio.to_thread(lambda: open_tools(settings, drawers=drawers, shelf=open_shelf(settings)))
            return await line.run(inquiry, tools=tools, bench=_MemoryBench(progress))
    finally:
        drawers.close()


def _say_outcome(settings: Settings, outcome: Outcome, out: Path, seconds: float, *, as_json: bool) -> int:
    match outcome:
        case Finished():
            _copy_bundle(settings, outcome, out)
            if as_json:
                print((out / "script.json").read_text(encoding="utf-8"))
            else:
                console.print(f"[bold]{outcome.title}[/bold]: {outcome.seconds:.0f} s of lesson, made in {seconds:.1f} s")
                print(out)
            return 0
        case Question(questions=questions, choices=choices):
            options = [{"id": one.id, "label": one.label, "topic_id": one.topic_id, "facet": one.facet} for one in choices]
            return _say_choices(list(questions), options, as_json=as_json)
        case Declined(code=code, message=message):
            return _say_declined(code, message, as_json=as_json)


def _copy_bundle(settings: Settings, finished: Finished, out: Path) -> None:
    from vividly.wiring.kitchen import open_shelf

    shelf = open_shelf(settings)
    for name in finished.files:
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(shelf.get(f"{finished.prefix}/{name}"))


def _say_choices(questions: list[str], options: list[dict[str, str]], *, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"decision": "clarify", "questions": questions, "options": options}, ensure_ascii=False))
    else:
        print("\n".join([*questions, *(f"  - {one['label']}" for one in options)]))
    return CLARIFY_EXIT


def _say_declined(code: str, message: str, *, as_json: bool) -> int:
    print(json.dumps({"decision": "decline", "reason": code, "message": message}, ensure_ascii=False) if as_json else message)
    return DECLINE_EXIT
