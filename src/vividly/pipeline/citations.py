"""Everything in a material that a sentence may stand on, under one id each. Pure."""

from __future__ import annotations

from vividly.pipeline.artifacts import Material, Source

BOOK = "Vividly curriculum"
LICENCE = "CC BY 4.0"


class Citations:
    """Ids and texts of the citable entries of one facet; remembers which were cited, in order."""

    def __init__(self, material: Material) -> None:
        pack, facet = material.pack, material.facet
        self._prefix = f"{pack.topic_id}/{facet.id}"
        self._section = f"{pack.name}: {facet.name}"
        retrieved = {source.passage_id: source for source in material.sources}
        texts = {"answer": facet.answer, "takeaways": " ".join(facet.takeaways)}
        texts |= {passage.id: passage.text for passage in facet.passages}
        texts |= {situation.id: situation.text for situation in facet.situations}
        texts |= {formula.id: formula.spoken for formula in facet.formulas}
        example = facet.worked_example
        texts["worked_example"] = " ".join([example.problem, *(step.say for step in example.steps), example.answer])
        mistake = facet.misconception
        texts["misconception"] = f"{mistake.right} {mistake.repair}"
        if material.analogy:
            texts[f"analogy/{material.analogy.interest}"] = " ".join([*material.analogy.story, material.analogy.breaks])
        own = {f"{self._prefix}/{name}": text for name, text in texts.items()}
        self._all = {key: self._source(key, text) for key, text in own.items()} | retrieved
        self._cited: dict[str, None] = {}

    def _source(self, key: str, text: str) -> Source:
        return Source(passage_id=key, text=text, book=BOOK, section=self._section, licence=LICENCE)

    def key(self, name: str) -> str:
        """The full id of the facet's entry `name`, noted as cited. Raises KeyError if there is no such entry."""
        key = f"{self._prefix}/{name}"
        if key not in self._all:
            raise KeyError(key)
        self._cited[key] = None
        return key

    def sources(self) -> tuple[Source, ...]:
        """What was cited so far, in order of first citation."""
        return tuple(self._all[key] for key in self._cited)
