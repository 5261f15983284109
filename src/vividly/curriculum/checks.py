"""Is a pack right? Everything its schema cannot see: ids, coverage, algebra, units, numbers, reading level.

Knows no pictures (the studio is upstairs; tests look at those). Pack writers run `python -m vividly.curriculum.checks [FILE ...]`.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from rapidfuzz import fuzz

from vividly.curriculum.formulas import FormulaError, check_balance, check_number, close, numbers_in
from vividly.curriculum.loader import PackBroken, interests, load_all, parse_pack, topics
from vividly.curriculum.readability import grade_level
from vividly.curriculum.schema import Check, Facet, Pack

FIRST_INTERESTS = ("basketball", "soccer", "music", "video_games", "cooking", "dance", "animals", "skateboarding")
READING_GRADES = (3.5, 13.0)  # short sentences about numbers and code read easily: that is no fault
_ALIKE = 82.0
_DIRECTION = re.compile(
    r"\b(?:backward|left|down|downward|west|south|opposite|toward|against|slow|loss|lost|lose|inward)", re.IGNORECASE
)
_RESERVED = {"answer", "misconception"}


def problems(pack: Pack) -> list[str]:
    """What is wrong with one pack, each as "where: what"; empty when nothing is."""
    found = [*_names(pack), *_coverage(pack), *_likeness(pack)]
    for facet in pack.facets:
        found += [f"{facet.id}: {problem}" for problem in (*_ids(facet), *_algebra(facet), *_quiz(facet), *_reading(facet))]
    return [*found, *_story_reading(pack)]


def problems_between(packs: Iterable[Pack]) -> list[str]:
    """What only shows across packs: two facets that claim the same words."""
    owners: dict[str, str] = {}
    found = []
    for pack in packs:
        for facet in pack.facets:
            for phrasing in facet.phrasings:
                here = f"{pack.topic_id}/{facet.id}"
                there = owners.setdefault(_plain(phrasing), here)
                if there != here:
                    found.append(f"{here}: phrasing {phrasing!r} is already one of {there}")
    return found


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.lower()))


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]


def _names(pack: Pack) -> Iterator[str]:
    outline = {topic.topic_id: topic for topic in topics()}
    topic = outline.get(pack.topic_id)
    if topic is None:
        yield f"topic_id: {pack.topic_id} is not in the outline"
    elif (pack.name, pack.subject, pack.grades) != (topic.name, topic.subject, topic.grades):
        yield f"name, subject, grades: the outline says {topic.name!r}, {topic.subject!r}, {list(topic.grades)}"
    yield from (f"prerequisites: {wanted} is not in the outline" for wanted in pack.prerequisites if wanted not in outline)
    yield from (f"facets: {name} is there twice" for name in _twice([facet.id for facet in pack.facets]))
    cores = sum(facet.core for facet in pack.facets)
    if cores != 1:
        yield f"facets: exactly one must be core, {cores} are"
    yield from (f"aliases: {alias!r} is there twice" for alias in _twice([_plain(alias) for alias in pack.aliases]))


def _coverage(pack: Pack) -> Iterator[str]:
    facets, known = {facet.id for facet in pack.facets}, {interest.id for interest in interests()}
    covered: list[str] = []
    for analogy in pack.analogies:
        if analogy.interest not in known:
            yield f"analogies: {analogy.interest} is no interest"
        yield from (f"analogies/{analogy.interest}: no facet {name}" for name in analogy.facets if name not in facets)
        covered += [f"{name} for {analogy.interest}" for name in analogy.facets]
    wanted = (f"{facet.id} for {interest}" for interest in FIRST_INTERESTS for facet in pack.facets)
    yield from (f"analogies: none of {missing}" for missing in wanted if missing not in covered)
    yield from (f"analogies: {name} is there twice" for name in _twice(covered))


def _likeness(pack: Pack) -> Iterator[str]:
    """An analogy that is another one with its nouns exchanged carries nothing."""
    for one, other in combinations(pack.analogies, 2):
        if one.interest == other.interest:
            continue
        likeness = fuzz.ratio(" ".join([one.hook, *one.story]), " ".join([other.hook, *other.story]))
        if likeness > _ALIKE:
            yield f"analogies: {one.interest} and {other.interest} are {likeness:.0f} % alike"


def _ids(facet: Facet) -> Iterator[str]:
    citable = [passage.id for passage in facet.passages] + [situation.id for situation in facet.situations]
    yield from (f"passages, situations: id {name} is there twice" for name in _twice(citable))
    yield from (f"passages, situations: id {name} is taken by the facet's own {name}" for name in _RESERVED & set(citable))
    cited = [*citable, *(formula.id for formula in facet.formulas)]
    yield from (
        f"formulas: id {name} is there twice, or a passage has it" for name in _twice(cited) if name not in _twice(citable)
    )
    yield from (f"phrasings: {text!r} is there twice" for text in _twice([_plain(text) for text in facet.phrasings]))
    yield from (f"key_terms: {term} is there twice" for term in _twice([term.term.lower() for term in facet.key_terms]))
    for situation in facet.situations:
        yield from (f"situations/{situation.id}: words must be lower case: {w!r}" for w in situation.words if w != w.lower())


def _algebra(facet: Facet) -> Iterator[str]:
    formulas = {formula.id: formula for formula in facet.formulas}
    for formula in facet.formulas:
        try:
            check_balance(formula)
        except FormulaError as wrong:
            yield f"formulas/{formula.id}: {wrong}"
    example = facet.worked_example
    if example.check is None and formulas:
        yield "worked_example: has a formula at hand but no check"
    checks = [("worked_example", example.check, example.answer)]
    checks += [
        (f"quiz/{number}", item.check, " ".join(option.text for option in item.options if option.correct))
        for number, item in enumerate(facet.quiz, 1)
    ]
    for where, check, text in checks:
        if check is not None:
            try:
                check_number(check, formulas)
            except FormulaError as wrong:
                yield f"{where}: {wrong}"
            yield from _written(where, check, text)


def _written(where: str, check: Check, text: str) -> Iterator[str]:
    wanted = {check.value, abs(check.value)} if _DIRECTION.search(text) else {check.value}
    if not any(close(number, value) for number in numbers_in(text) for value in wanted):
        yield f"{where}: the answer {text!r} does not say {check.value:g}"


def _quiz(facet: Facet) -> Iterator[str]:
    for number, item in enumerate(facet.quiz, 1):
        right = sum(option.correct for option in item.options)
        if right != 1:
            yield f"quiz/{number}: exactly one option must be correct, {right} are"
        yield from (
            f"quiz/{number}: option {text!r} is there twice" for text in _twice([_plain_sign(o.text) for o in item.options])
        )
    yield from (f"quiz: {text!r} is asked twice" for text in _twice([_plain(item.question) for item in facet.quiz]))


def _plain_sign(text: str) -> str:
    """As compared between options: +3 and -3 differ, spacing and capitals do not."""
    return "".join(text.lower().split())


def _reading(facet: Facet) -> Iterator[str]:
    level = grade_level(" ".join([facet.answer, *(passage.text for passage in facet.passages)]))
    low, high = READING_GRADES
    if not low <= level <= high:
        yield f"passages: read at grade {level:.1f}, wanted {low:g} to {high:g}"


def _story_reading(pack: Pack) -> Iterator[str]:
    high = READING_GRADES[1]
    for analogy in pack.analogies:
        level = grade_level(" ".join([analogy.hook, *analogy.story, analogy.breaks]))
        if level > high:
            yield f"analogies/{analogy.interest}: reads at grade {level:.1f}, wanted at most {high:.0f}"


def report(paths: Sequence[Path]) -> list[str]:
    """Problems of the files given, or of every installed pack, as "file: where: what"."""
    found: list[str] = []
    packs: dict[str, Pack] = {}
    try:
        packs = {path.stem: parse_pack(path.read_bytes(), name=path.name) for path in paths} if paths else load_all()
    except PackBroken as broken:
        return [str(broken)]
    for name, pack in packs.items():
        found += [f"{name}: {problem}" for problem in problems(pack)]
        if pack.topic_id != name:
            found.append(f"{name}: topic_id: the file must be named {pack.topic_id}.yaml")
    return found + problems_between(packs.values())


def main(arguments: Sequence[str]) -> int:
    """Print the problems; 1 if there are any."""
    found = report([Path(argument) for argument in arguments])
    sys.stdout.write("".join(f"{problem}\n" for problem in found) or "no problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
