"""From what the rooms downstairs know to what a page shows. Pure but for signing links; it must not decide who may look."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from vividly.api.statuses import API
from vividly.delivery import Cue, Links, Player
from vividly.library.model import Lesson
from vividly.requests.model import Clarification, Failure, Snapshot
from vividly.requests.states import Status
from vividly.steps import Step
from vividly.web import views, words
from vividly.web.views import Frame

_DEFAULT_MESSAGE = "Your lesson is being made."
_SENTENCE_END = re.compile(r"[.!?][\"”’')]*$")
# A chapter begins with its first line, give or take the rounding of its start.
_ROUNDING_SECONDS = 0.3

Sign = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Names:
    """Names of topics and interests by id."""

    topics: Mapping[str, str]
    interests: Mapping[str, str]

    def interest(self, interest: str) -> str:
        return self.interests.get(interest, interest)


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a page is made. `student` is the name of whoever asked, `mine`: the viewer may act on it as their own."""

    student: str
    mine: bool
    may_rate: bool


def asked(now: Snapshot, *, names: Names, viewer: Viewer) -> views.Asked:
    """The head of every page of a request."""
    interest = now.lesson.interest if now.lesson else now.interest
    return views.Asked(
        request_id=str(now.request_id),
        question=now.question,
        grade=now.grade_level,
        interest=names.interest(interest),
        interest_id=interest,
        student=viewer.student,
        status=now.status.value,
        seq=now.seq,
        mine=viewer.mine,
        again_url=ask_url(now.question),
    )


def ask_url(question: str) -> str:
    """The question box with this question in it."""
    return f"/ask?{urlencode({'q': question})}"


def waiting(now: Snapshot, *, frame: Frame, names: Names, viewer: Viewer, sign: Sign) -> views.Waiting:
    """pending, validating and generating: what is done, what is being done, what comes next, and what is ready already."""
    step = now.step or (None if now.status is Status.PENDING else Step.UNDERSTANDING)
    stream = now.partial.get("stream_key", "")
    return views.Waiting(
        frame=frame,
        asked=asked(now, names=names, viewer=viewer),
        steps=_steps(step),
        progress=now.progress,
        headline=words.STEP[step][0] if step else words.IN_LINE,
        estimate=words.estimate(now.estimated_seconds),
        message=now.message.removeprefix(_DEFAULT_MESSAGE).strip(),
        script_text=now.partial.get("script_text", ""),
        stream_url=sign(stream) if stream else "",
        status_url=f"{API}/content/request/{now.request_id}/status",
        events_url=f"{API}/content/request/{now.request_id}/events",
    )


def choose(
    now: Snapshot,
    clarification: Clarification,
    *,
    frame: Frame,
    names: Names,
    viewer: Viewer,
    problem: str = "",
    own_words: str = "",
) -> views.Choose:
    """A question back, with its choices as buttons."""
    return views.Choose(
        frame=frame,
        asked=asked(now, names=names, viewer=viewer),
        questions=clarification.questions,
        choices=tuple(
            views.ChoiceButton(option.id, option.label, names.topics.get(option.topic_id, ""))
            for option in clarification.options
        ),
        reasoning=clarification.reasoning,
        problem=problem,
        own_words=own_words,
    )


def failed(now: Snapshot, failure: Failure, *, frame: Frame, names: Names, viewer: Viewer) -> views.Failed:
    """Which step, and why, in words that are safe to show."""
    return views.Failed(
        frame=frame,
        asked=asked(now, names=names, viewer=viewer),
        step=words.step_name(failure.step),
        message=failure.message,
        reason=words.FAILURE[failure.code],
        correlation_id=now.correlation_id,
    )


def watch(
    now: Snapshot, lesson: Lesson, player: Player, *, frame: Frame, names: Names, viewer: Viewer, thanks: bool
) -> views.Watch:
    """The finished lesson."""
    links = player.links
    return views.Watch(
        frame=frame,
        asked=asked(now, names=names, viewer=viewer),
        lesson_id=lesson.lesson_id,
        title=player.title or lesson.title,
        topic=player.topic_name or names.topics.get(lesson.topic_id, ""),
        seconds=lesson.seconds,
        length=words.clock(lesson.seconds),
        video_url=links.video,
        audio_url=links.audio,
        captions_url=links.captions,
        poster_url=links.poster,
        chapters=tuple(views.Chapter(cue.text, cue.start, words.clock(cue.start)) for cue in player.chapters),
        transcript=transcript(player.captions, player.chapters),
        script_text=player.script_text,
        takeaways=player.takeaways,
        assumptions=player.assumptions,
        quiz=_quiz(player),
        sources=tuple(
            views.SourceLine(source.text, source.book, source.section, source.licence, safe_link(source.link))
            for source in player.sources
        ),
        downloads=_downloads(links),
        may_rate=viewer.may_rate,
        thanks=thanks,
    )


def card(now: Snapshot, *, names: Names, poster: str, student: str = "") -> views.Card:
    """A request in a list; `poster` is a signed path, or empty."""
    lesson = now.lesson
    interest = lesson.interest if lesson else now.interest
    return views.Card(
        url=f"/requests/{now.request_id}",
        lesson_id=lesson.lesson_id if lesson else "",
        title=lesson.title if lesson else now.question,
        question=now.question,
        topic=names.topics.get(now.topic_id, ""),
        interest=names.interest(interest),
        interest_id=interest,
        status=now.status.value,
        status_words=words.status(now.status, declined_code=now.declined_code, for_teacher=bool(student)),
        at=now.created_at.isoformat(timespec="seconds"),
        when=words.day(now.created_at),
        length=words.clock(lesson.seconds) if lesson else "",
        poster=poster,
        student=student,
    )


def transcript(captions: Iterable[Cue], chapters: Iterable[Cue]) -> tuple[views.Spoken, ...]:
    """Captions joined to whole sentences, each with its time, and with a heading where a chapter begins."""
    headings = sorted(chapters, key=lambda cue: cue.start)
    spoken: list[views.Spoken] = []
    for start, end, text in _sentences(captions):
        begun = [cue for cue in headings if cue.start <= start + _ROUNDING_SECONDS]
        headings = headings[len(begun) :]
        spoken.append(views.Spoken(start, end, words.clock(start), text, begun[-1].text if begun else ""))
    return tuple(spoken)


def safe_link(link: str) -> str:
    """Only addresses that open a page, never one that runs something."""
    return link if link.startswith(("https://", "http://")) else ""


def _sentences(captions: Iterable[Cue]) -> Iterable[tuple[float, float, str]]:
    start, end, parts = 0.0, 0.0, list[str]()
    for cue in captions:
        start = start if parts else cue.start
        end = cue.end
        parts.append(" ".join(cue.text.split()))
        if _SENTENCE_END.search(parts[-1]):
            yield start, end, " ".join(parts)
            parts = []
    if parts:
        yield start, end, " ".join(parts)


def _steps(now: Step | None) -> tuple[views.StepRow, ...]:
    order = list(Step)
    at = -1 if now is None else order.index(now)

    def state(index: int) -> views.StepState:
        return "done" if index < at else "now" if index == at else "next"

    return tuple(views.StepRow(step.value, *words.STEP[step], state=state(index)) for index, step in enumerate(order))


def _quiz(player: Player) -> tuple[views.QuizItem, ...]:
    return tuple(
        views.QuizItem(
            number=number,
            question=item.question,
            choices=tuple(views.QuizChoice(choice.text, choice.correct, choice.why) for choice in item.choices),
            again=item.starts_at,
            again_clock="" if item.starts_at is None else words.clock(item.starts_at),
        )
        for number, item in enumerate(player.quiz, start=1)
    )


def _downloads(links: Links) -> tuple[views.Download, ...]:
    files = (
        ("Video", links.video),
        ("Sound only", links.audio),
        ("Transcript", links.transcript),
        ("Captions", links.subtitles),
    )
    return tuple(views.Download(name, f"{url}&download=true") for name, url in files if url)
