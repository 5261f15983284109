"""What a curriculum pack must hold: one topic, its facets, and the analogies that carry it into each interest.

Shapes only. Whether a pack is *right* (units balance, answers recompute, analogies cover) is asked in `checks.py`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
Sentence = Annotated[str, Field(min_length=8, max_length=260)]


class Entry(BaseModel):
    """Frozen, and no unknown fields: a typo in a pack is an error, not a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Standard(Entry):
    code: str
    source: Literal["NGSS", "CCSS", "CSTA"]


class KeyTerm(Entry):
    term: Annotated[str, Field(max_length=34)]
    meaning: Annotated[str, Field(max_length=180)]


class Passage(Entry):
    """A citable paragraph of one to three sentences. `level` deeper: for grades 11 and 12 only."""

    id: Slug
    level: Literal["core", "deeper"] = "core"
    text: Annotated[str, Field(min_length=30, max_length=420)]


class Situation(Entry):
    """An everyday situation students ask about, answered directly. `words`: stems or words, any of which points to it."""

    id: Slug
    words: Annotated[list[str], Field(min_length=1)]
    text: Annotated[str, Field(min_length=30, max_length=420)]


class Quantity(Entry):
    """A symbol of a formula: what it is called when spoken, its unit for pint ("dimensionless" if none)."""

    name: Annotated[str, Field(max_length=34)]
    unit: str
    words: Annotated[list[str], Field(description="how students name it: weighs, heavy, speed up ...")] = []
    positive: bool = True


class Formula(Entry):
    """`equation` is a SymPy Eq(lhs, rhs) in the names of `symbols`; `typst` is how it is written on screen."""

    id: Slug
    equation: str
    typst: str
    spoken: str
    symbols: Annotated[dict[str, Quantity], Field(min_length=1, max_length=5)]


class Step(Entry):
    say: Sentence
    math: Annotated[str, Field(max_length=160, description="typst maths shown with it")] = ""


class Check(Entry):
    """How to recompute a number: put `given` into formula `formula`, solve for `find`, expect `value` (in the symbol's unit)."""

    formula: Slug
    given: dict[str, float]
    find: str
    value: float


class WorkedExample(Entry):
    problem: Annotated[str, Field(max_length=240)]
    given: Annotated[list[Annotated[str, Field(max_length=90)]], Field(max_length=4)] = []
    steps: Annotated[list[Step], Field(min_length=1, max_length=4)]
    answer: Annotated[str, Field(max_length=60)]
    check: Check | None = None


class Misconception(Entry):
    wrong: Annotated[str, Field(max_length=120, description="the belief, as a student would say it")]
    right: Annotated[str, Field(max_length=120)]
    repair: Annotated[str, Field(max_length=320, description="why, in one or two sentences")]


class Option(Entry):
    text: Annotated[str, Field(max_length=90)]
    correct: bool = False
    why: Annotated[str, Field(max_length=220)]


class QuizItem(Entry):
    question: Annotated[str, Field(max_length=200)]
    options: Annotated[list[Option], Field(min_length=3, max_length=4)]
    check: Check | None = None


class Facet(Entry):
    """One part of a topic that a student may ask about; a lesson teaches one facet."""

    id: Slug
    name: Annotated[str, Field(max_length=40)]
    title: Annotated[str, Field(max_length=60, description="of a lesson on it")]
    label: Annotated[str, Field(max_length=70, description="as a choice in a clarifying question, in a student's words")]
    core: Annotated[bool, Field(description="answers a question that names only the topic; exactly one facet has it")] = False
    phrasings: Annotated[list[str], Field(min_length=12)]
    answer: Annotated[
        str, Field(min_length=30, max_length=320, description="the facet's question answered in 1-2 sentences; citable")
    ]
    passages: Annotated[list[Passage], Field(min_length=3, max_length=7)]
    situations: Annotated[list[Situation], Field(min_length=2)]
    key_terms: Annotated[list[KeyTerm], Field(min_length=2, max_length=5)]
    formulas: list[Formula] = []
    worked_example: WorkedExample
    pictures: Annotated[
        list[dict[str, object]], Field(min_length=1, max_length=3, description="studio pictures, main one first")
    ]
    misconception: Misconception
    takeaways: Annotated[list[Annotated[str, Field(max_length=90)]], Field(min_length=3, max_length=3)]
    quiz: Annotated[list[QuizItem], Field(min_length=2, max_length=4)]


class Match(Entry):
    """One part of the idea and its counterpart in the interest's world."""

    idea: Annotated[str, Field(max_length=34)]
    world: Annotated[str, Field(max_length=52)]


class Analogy(Entry):
    """The idea in an interest's world: true where it must be, and honest about where it breaks."""

    interest: Slug
    facets: Annotated[list[Slug], Field(min_length=1)]
    hook: Annotated[str, Field(max_length=240, description="one or two sentences that open the lesson in that world")]
    mapping: Annotated[list[Match], Field(min_length=2, max_length=4)]
    story: Annotated[list[Sentence], Field(min_length=2, max_length=5, description="the analogy worked out")]
    breaks: Annotated[str, Field(max_length=200, description="where it stops being true")]


class Pack(Entry):
    topic_id: Annotated[str, Field(pattern=r"^topic_[a-z0-9_]+$")]
    name: str
    subject: str
    grades: tuple[int, int]
    aliases: Annotated[list[str], Field(min_length=3)]
    standards: Annotated[list[Standard], Field(min_length=1)]
    prerequisites: list[str] = []
    blurb: Annotated[str, Field(max_length=90, description="the topic as a choice, in a student's words")]
    facets: Annotated[list[Facet], Field(min_length=3, max_length=6)]
    analogies: Annotated[list[Analogy], Field(min_length=8)]
