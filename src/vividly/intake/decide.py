"""The decision itself: from scores to "teach this", "ask", "not ours" or "not safe". Pure: no text, no model, no clock.

The numbers were fitted on the tune part of questions.jsonl (bias, slope and lead by logistic regression) and on part A of intake_fresh.jsonl;
`care` was then lowered as far as harmless questions allowed: of all mistakes, a missed cry for help is the worst.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from vividly.intake.hearing import UNSAFE_KINDS
from vividly.intake.match import FacetScore, Matched, TopicScore

Kind = Literal["teach", "ask", "outside", "unsafe"]

_CLEARLY = 0.03
# As near as this to a topic, or this and nearer than to any exemplar of distress, a question is about science unless it sounds
# very much otherwise.
_SCIENCE, _SCIENCE_FIRST = 0.6, 0.45

_UNHEARD = 0.12
_OUTSIDE, _FARTHER = 0.6, 0.2  # sounding this much like nothing of ours, and this much more than like the nearest topic


@dataclass(frozen=True, slots=True)
class Scale:
    """Where the lines are drawn, for one way of scoring (with sentence vectors, or with words alone)."""

    floor: float  # below it, nothing of ours was asked
    sure: float  # above it, a topic is taken even though "vague" is near
    rival: float  # a second topic within this of the first one is as plausible
    doubt: float  # rivals are only asked about below this score
    unsafe: float  # an unsafe exemplar this near declines, if no topic is nearer
    care: float  # sounding this much like self-harm is answered with care
    care_near: float  # or a little less, with an exemplar this near
    care_far: float  # with no exemplar as near as this, it must sound `_UNHEARD` more like it
    reading: float  # an unsafe exemplar counts only where the question as a whole sounds this unsafe
    facet_gap: float  # a facet this far below its topic's best is not meant
    bias: float
    slope: float
    lead: float


SEMANTIC = Scale(
    floor=0.2, sure=0.62, rival=0.01, doubt=0.3, unsafe=0.35, care=0.46, care_near=0.45, care_far=0.28, reading=0.44,
    facet_gap=0.07, bias=-1.64, slope=6.5, lead=3.3,
)  # fmt: skip
LEXICAL = Scale(
    floor=0.24, sure=0.6, rival=0.02, doubt=0.3, unsafe=0.75, care=0.75, care_near=0.75, care_far=0.0, reading=0.0,
    facet_gap=0.1, bias=-0.9, slope=4.1, lead=2.1,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a decision may look at.

    `named`: (topic, facet or "") of the one topic whose name the question says, and nothing else. `field`: where a question could lead that says
    only the names of whole fields; `fields` says how many it named. `content`: how many words carry meaning at all.
    `hazy`: says that it is not sure what it asks ("waves or something"). `figures`: it has numbers or algebra of its own, so there is more in it than its words. `cleared`: codes
    that a rule would have declined with, had its list of harmless readings not spoken for the question: people outrank the model.
    """

    matched: Matched
    content: int
    named: tuple[tuple[str, str], ...] = ()
    field: tuple[tuple[str, str], ...] = ()
    figures: bool = False
    hazy: bool = False
    cleared: frozenset[str] = frozenset()
    rounds: int = 0
    semantic: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """`options`: what to ask about, likeliest first, as (topic, facet or ""); for "teach" the first one is meant."""

    kind: Kind
    options: tuple[tuple[str, str], ...] = ()
    confidence: float = 0.0
    reason: str = ""
    code: str = ""


def decide(evidence: Evidence) -> Verdict:
    """One verdict. After two rounds of questions nothing is asked any more: the best guess is taught."""
    verdict = _first(evidence)
    if verdict.kind == "ask" and evidence.rounds >= 2:
        return _guess(evidence, verdict)
    return verdict


def _first(evidence: Evidence) -> Verdict:
    scale = SEMANTIC if evidence.semantic else LEXICAL
    best, second = evidence.matched.topics[0], evidence.matched.topics[1]
    near = evidence.matched.near
    if (code := _unsafe(evidence, scale, best)) is not None:
        return Verdict("unsafe", code=code, reason=code)
    if evidence.hazy and evidence.content <= 1 and not evidence.figures:
        return Verdict("ask", evidence.field or _top(evidence, 3), reason="vague")
    if evidence.named:
        return Verdict("teach", evidence.named[:1], 0.98, "named")
    if evidence.content == 0 and not evidence.figures:
        return Verdict("ask", reason="no_subject")
    if evidence.field and not evidence.figures:
        return Verdict("ask", evidence.field, reason="only_a_field")
    vague, outside = near.get("vague", 0.0), near.get("outside", 0.0)
    if best.near < scale.sure and (outside > max(best.near, vague) or _sounds_outside(evidence, best)):
        return Verdict("outside", reason="outside")
    if vague > best.near and best.near < scale.sure and not evidence.figures:
        return Verdict("ask", _top(evidence, 4), reason="vague")
    if best.near < scale.floor:
        return Verdict("outside", reason="nothing_near")
    options = _taught(evidence, scale)
    sure = confidence(best, second, scale)
    if best.score - second.score < scale.rival and best.score < scale.doubt:
        return Verdict("ask", _top(evidence, 3), sure, "topics_disagree")
    return Verdict("teach", options, sure, "clear")


def _sounds_outside(evidence: Evidence, best: TopicScore) -> bool:
    """With figures of its own a question is about numbers, whatever it counts (jeans at 25 % off)."""
    return not evidence.figures and evidence.matched.sounds.get("outside", 0.0) >= max(_OUTSIDE, best.near + _FARTHER)


def _unsafe(evidence: Evidence, scale: Scale, best: TopicScore) -> str | None:
    if _needs_care(evidence, scale, best):
        return "self_harm"
    near, sounds = evidence.matched.near, evidence.matched.sounds.get("unsafe", 1.0)
    code = max(UNSAFE_KINDS, key=lambda kind: near.get(kind, 0.0))
    others = max(best.near, *(near.get(kind, 0.0) for kind in ("vague", "outside", "harmless")))
    clearly = _CLEARLY * (4 if code in evidence.cleared else 1)
    unsafe = near.get(code, 0.0) >= max(scale.unsafe, others + clearly) and sounds >= scale.reading
    return code if unsafe else None


def _needs_care(evidence: Evidence, scale: Scale, best: TopicScore) -> bool:
    """Missing one is worse than asking one too many whether they are well: all doubt goes this way."""
    near = evidence.matched.near
    nearest, harmless = near.get("self_harm", 0.0), near.get("harmless", 0.0)
    sounds = evidence.matched.sounds.get("self_harm", nearest) - max(harmless - nearest, 0.0)
    science = best.near >= _SCIENCE or (best.near >= _SCIENCE_FIRST and best.near > nearest)
    if "self_harm" in evidence.cleared or science:
        sounds -= _CLEARLY * 4
    if nearest < scale.care_far:
        sounds -= _UNHEARD
    near_enough = nearest >= scale.care_near and nearest > max(best.near, harmless) + _CLEARLY
    return sounds >= scale.care or (near_enough and sounds >= scale.care - _CLEARLY * 3)


def confidence(best: TopicScore, second: TopicScore, scale: Scale) -> float:
    """Calibrated chance that the topic is right, from how near it is and how far it leads."""
    reach = scale.bias + scale.slope * best.score + scale.lead * (best.score - second.score)
    return round(1 / (1 + math.exp(-reach)), 3)


def _taught(evidence: Evidence, scale: Scale) -> tuple[tuple[str, str], ...]:
    """The best topic with its best facet; facet "" (its core) when the topic as a whole is nearer than any facet."""
    best = evidence.matched.topics[0]
    facet = next((one for one in evidence.matched.facets if one.topic_id == best.topic_id), None)
    return ((best.topic_id, facet.facet if facet and _meant(facet, best, scale) else ""),)


def _meant(facet: FacetScore, best: TopicScore, scale: Scale) -> bool:
    return facet.near >= best.near - scale.facet_gap


def _top(evidence: Evidence, count: int) -> tuple[tuple[str, str], ...]:
    """The likeliest topics, those with a lesson first among equals."""
    ready = [topic for topic in evidence.matched.topics if topic.ready]
    return tuple((topic.topic_id, "") for topic in ready[:count])


def _guess(evidence: Evidence, verdict: Verdict) -> Verdict:
    """The best guess among lessons that exist."""
    ready = {topic.topic_id for topic in evidence.matched.topics if topic.ready}
    options = tuple(option for option in verdict.options if option[0] in ready) or _top(evidence, 1)
    return Verdict("teach", options[:1], 0.3, "best_guess") if options else Verdict("outside", reason="nothing_near")
