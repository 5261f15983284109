"""The offline author's pictures: data for the studio, made from pack entries. Pure; draws nothing."""

from __future__ import annotations

from collections.abc import Sequence

from vividly.curriculum.schema import Analogy, Facet, Formula, Misconception, WorkedExample
from vividly.pipeline.author import numbers, typeset

Picture = dict[str, object]


def title(heading: str, subtitle: str, interest: str) -> Picture:
    return {"kind": "title", "heading": heading, "subtitle": subtitle, "interest": interest}


def of_idea(facet: Facet, part: int, said: Sequence[str]) -> Picture:
    """The facet's next picture after the one the answer used; then a key term that is said here; then what is said, as points."""
    if part + 1 < len(facet.pictures):
        return facet.pictures[part + 1]
    spoken = " ".join(said).lower()
    for term in facet.key_terms[part:]:
        if term.term.lower() in spoken:
            return {"kind": "definition", "term": term.term, "meaning": term.meaning}
    if len(said) > 1:
        return {"kind": "key_points", "points": [{"text": clipped(text), "cue": opening(text)} for text in said[:4]]}
    term = facet.key_terms[part % len(facet.key_terms)]
    return {"kind": "definition", "term": term.term, "meaning": term.meaning}


def formula(source: Formula) -> Picture:
    parts = [
        {"symbol": typeset.symbol(name), "name": quantity.name, "unit": numbers.short_unit(quantity.unit), "cue": quantity.name}
        for name, quantity in source.symbols.items()
    ]
    return {"kind": "formula", "math": source.typst, "parts": parts}


def mapping(analogy: Analogy) -> Picture:
    """The pairs come one by one as the story is told, and at its end the sentence that says where it breaks."""
    told = len(analogy.story)
    cues = [opening(analogy.story[min(number, told - 1)]) for number in range(len(analogy.mapping))]
    pairs = [{"idea": match.idea, "world": match.world, "cue": cue} for match, cue in zip(analogy.mapping, cues, strict=True)]
    return {"kind": "mapping", "interest": analogy.interest, "pairs": pairs, "breaks": clipped(analogy.breaks, 110)}


def worked_example(example: WorkedExample) -> Picture:
    steps = [{"math": step.math, "cue": opening(step.say)} for step in example.steps if step.math]
    if steps:
        return {"kind": "worked_example", "given": example.given, "steps": steps, "answer": example.answer}
    points = [{"text": clipped(step.say), "cue": opening(step.say)} for step in example.steps]
    points.append({"text": clipped(example.answer), "cue": "the answer"})
    return (
        {"kind": "key_points", "points": points[:4]}
        if len(points) > 1
        else {"kind": "definition", "term": "Answer", "meaning": points[0]["text"]}
    )


def own_numbers(solution: numbers.Solution) -> Picture:
    steps = [
        {"math": solution.solved, "cue": "solve the formula"},
        {"math": solution.inserted, "cue": "put your numbers in"},
        {"math": solution.result, "cue": "comes out"},
    ]
    if solution.result in (solution.inserted, solution.solved):
        steps = steps[1:]
    given = [f"{given.name}: {numbers.with_unit(given.value, given.unit)}" for given in solution.given]
    return {
        "kind": "worked_example",
        "given": given,
        "steps": steps,
        "answer": numbers.with_unit(solution.value, solution.unit),
    }


def misconception(mistake: Misconception) -> Picture:
    row = {"left": clipped(mistake.wrong, 60), "right": clipped(mistake.right, 60), "cue": opening(mistake.right)}
    return {"kind": "comparison", "left_heading": "Easy to think", "right_heading": "In fact", "rows": [row], "verdict": True}


def recap(takeaways: Sequence[str]) -> Picture:
    return {"kind": "key_points", "points": [{"text": text, "cue": opening(text)} for text in takeaways]}


def opening(text: str) -> str:
    """The first four words of a sentence: the cue at which what it says appears."""
    return " ".join(text.split()[:4]).rstrip(".,:;!?")


def clipped(text: str, limit: int = 90) -> str:
    """At most `limit` characters, cut at a clause or a word; whole sentences lose their final period."""
    text = text.strip().rstrip(".")
    if len(text) <= limit:
        return text
    cut = text[:limit]
    for mark in (". ", "; ", ": ", ", "):
        if (place := cut.rfind(mark)) > limit // 3:
            return cut[:place]
    return cut[: cut.rfind(" ")]
