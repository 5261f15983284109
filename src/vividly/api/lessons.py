"""Finished lessons, what people say of them, and what there is to choose from."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from vividly.api import asking
from vividly.api.addresses import Absolute, absolute
from vividly.api.doors import Doors, doors_of
from vividly.api.identity import Identity, allowed, declared
from vividly.api.permissions import Permission
from vividly.api.problems import BODY, documented
from vividly.api.schemas import (
    CueOut,
    FeedbackBody,
    InterestOut,
    InterestsOut,
    LessonOut,
    QuizOut,
    SectionOut,
    SourceOut,
    TopicOut,
    TopicsOut,
    Urls,
)
from vividly.delivery import Links, Player, player
from vividly.library import catalogue
from vividly.library.model import Lesson

router = APIRouter()

DoorsHere = Annotated[Doors, Depends(doors_of)]
Whole = Annotated[Absolute, Depends(absolute)]
Watcher = Annotated[Identity, Depends(allowed(Permission.WATCH))]
Critic = Annotated[Identity, Depends(allowed(Permission.GIVE_FEEDBACK))]
LessonId = Annotated[str, Path(max_length=80, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/content/lessons/{lesson_id}", responses=documented(401, 403, 404), tags=["lessons"], operation_id="lesson")
async def lesson(lesson_id: LessonId, response: Response, doors: DoorsHere, who: Watcher, whole: Whole) -> LessonOut:
    """Script, captions, chapters, quiz and sources of a lesson, with fresh links to its files."""
    response.headers["Cache-Control"] = "no-store"
    found = await asking.lesson_for(doors, who=who, lesson_id=lesson_id)
    view = await player(found, shelf=doors.shelf, signer=doors.signer, now=time.time())
    return _lesson(found, view, whole)


@router.post(
    "/content/lessons/{lesson_id}/feedback",
    status_code=204,
    responses=documented(*BODY, 401, 403, 404),
    tags=["lessons"],
    operation_id="feedback",
)
async def feedback(lesson_id: LessonId, body: FeedbackBody, doors: DoorsHere, who: Critic) -> Response:
    """Say how a lesson was; saying it again replaces what was said before."""
    found = await asking.lesson_for(doors, who=who, lesson_id=lesson_id)
    await catalogue.give_feedback(
        doors.pool,
        lesson_id=found.lesson_id,
        person_id=who.person.person_id,
        rating=body.rating,
        kind=body.kind,
        note=body.note,
    )
    return Response(status_code=204)


@router.get("/topics", dependencies=[Depends(declared(Permission.PUBLIC))], tags=["catalogue"], operation_id="topics")
async def topics(doors: DoorsHere) -> TopicsOut:
    """All topics of the outline; `ready` ones can be asked about now."""
    return TopicsOut(items=[TopicOut.model_validate(asdict(topic)) for topic in doors.topics])


@router.get("/interests", dependencies=[Depends(declared(Permission.PUBLIC))], tags=["catalogue"], operation_id="interests")
async def interests(doors: DoorsHere) -> InterestsOut:
    """The interests that carry analogies; any other text is served by the nearest of them."""
    return InterestsOut(items=[InterestOut(interest_id=interest.id, name=interest.name) for interest in doors.interests])


def _lesson(found: Lesson, view: Player, whole: Absolute) -> LessonOut:
    return LessonOut(
        lesson_id=found.lesson_id,
        title=found.title,
        hook=view.hook,
        topic_id=found.topic_id,
        topic_name=view.topic_name,
        facet=found.facet,
        interest=found.interest,
        grade_level=found.grade_level,
        duration_seconds=found.seconds,
        author=view.author,
        assumptions=list(view.assumptions),
        script=[
            SectionOut(
                title=part.title,
                content=part.content,
                duration_seconds=part.seconds,
                start_seconds=part.starts_at,
                picture=part.picture,
                sources=list(part.sources),
            )
            for part in view.sections
        ],
        script_text=view.script_text,
        key_takeaways=list(view.takeaways),
        chapters=[CueOut.model_validate(asdict(cue)) for cue in view.chapters],
        captions=[CueOut.model_validate(asdict(cue)) for cue in view.captions],
        quiz=[QuizOut.model_validate(asdict(question)) for question in view.quiz],
        sources=[SourceOut.model_validate(asdict(source)) for source in view.sources],
        urls=_urls(view.links, whole),
    )


def _urls(links: Links, whole: Absolute) -> Urls:
    return Urls.model_validate({name: whole(path) if path else None for name, path in asdict(links).items()})
