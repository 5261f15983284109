"""Which facet do a student's own numbers belong to? The one whose formula they fill, all but one symbol. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from vividly.curriculum.index import FacetCard
from vividly.curriculum.units import dimension
from vividly.intake.decisions import Number
from vividly.intake.match import FacetScore

_WITHIN = 0.1  # how much less near a facet may be that the numbers fill


def facet_for(
    chosen: str, *, cards: Sequence[FacetCard], scores: Sequence[FacetScore], numbers: Sequence[Number], asked: str
) -> str:
    """The facet to teach: `chosen`, unless the numbers fill a formula of another facet and none of its own.

    `cards` and `scores` are those of the topic; `asked` is the unit the question wants its answer in ("" if it does not say).
    """
    kinds = [dimension(number.unit) for number in numbers]
    if not kinds or not any(kinds) or "?" in kinds:
        return chosen
    wanted = dimension(asked) if asked else ""
    fitting = {card.facet for card in cards if any(_fills(formula, kinds, wanted) for formula in card.formulas)}
    if chosen in fitting or not fitting:
        return chosen
    near = {one.facet: one.score for one in scores}
    best = max(sorted(fitting), key=lambda facet: near.get(facet, 0.0))
    return best if wanted or near.get(best, 0.0) >= near.get(chosen, 0.0) - _WITHIN else chosen


def _fills(formula: Sequence[str], kinds: Sequence[str], wanted: str) -> bool:
    """Do numbers of these dimensions leave exactly one symbol open, of the dimension that is asked for?"""
    left = Counter(map(dimension, formula))
    left.subtract(kinds)
    if min(left.values()) < 0 or left.total() != 1:
        return False
    (open_one,) = (+left).keys()
    return not wanted or open_one == wanted
