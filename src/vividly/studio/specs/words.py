"""Pictures made of words: titles, points, definitions, comparisons, flows and cycles, analogies, quiz cards."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from vividly.studio.specs.parts import Label, Spec, TextPart


class Title(Spec):
    kind: Literal["title"] = "title"
    heading: Annotated[str, Field(max_length=70)]
    subtitle: Annotated[str, Field(max_length=90)] = ""
    interest: str = ""


class KeyPoints(Spec):
    kind: Literal["key_points"] = "key_points"
    points: Annotated[list[TextPart], Field(min_length=2, max_length=4)]


class Definition(Spec):
    kind: Literal["definition"] = "definition"
    term: Label
    meaning: Annotated[str, Field(max_length=180)]
    example: Annotated[str, Field(max_length=120)] = ""


class Stage(Spec):
    label: Label
    note: Annotated[str, Field(max_length=60)] = ""
    cue: str = ""


class Cycle(Spec):
    kind: Literal["cycle"] = "cycle"
    stages: Annotated[list[Stage], Field(min_length=3, max_length=6)]
    center: Annotated[str, Field(max_length=26)] = ""


class Flow(Spec):
    kind: Literal["flow"] = "flow"
    stages: Annotated[list[Stage], Field(min_length=2, max_length=5)]


class ComparisonRow(Spec):
    left: Annotated[str, Field(max_length=60)]
    right: Annotated[str, Field(max_length=60)]
    cue: str = ""


class Comparison(Spec):
    """Two columns. With `verdict`, the left one is crossed out as wrong and the right one ticked (misconceptions)."""

    kind: Literal["comparison"] = "comparison"
    left_heading: Label
    right_heading: Label
    rows: Annotated[list[ComparisonRow], Field(min_length=1, max_length=4)]
    verdict: bool = False


class Event(Spec):
    when: Annotated[str, Field(max_length=18)]
    label: Annotated[str, Field(max_length=50)]
    cue: str = ""


class Timeline(Spec):
    kind: Literal["timeline"] = "timeline"
    events: Annotated[list[Event], Field(min_length=2, max_length=6)]


class Pair(Spec):
    idea: Label
    world: Annotated[str, Field(min_length=1, max_length=52)]
    cue: str = ""


class Mapping(Spec):
    """An analogy: each part of the idea beside its counterpart in the interest's world, with that world's illustration."""

    kind: Literal["mapping"] = "mapping"
    interest: str
    pairs: Annotated[list[Pair], Field(min_length=2, max_length=4)]
    breaks: Annotated[str, Field(max_length=110)] = ""


class QuizCard(Spec):
    kind: Literal["quiz_card"] = "quiz_card"
    question: Annotated[str, Field(max_length=150)]
    options: Annotated[list[Annotated[str, Field(max_length=70)]], Field(min_length=2, max_length=4)]
    answer: Annotated[int, Field(ge=0, le=3)]
