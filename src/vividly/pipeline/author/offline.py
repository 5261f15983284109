"""The offline author: composes a storyboard from a curriculum pack, in real sentences, deterministic for the same inputs.

Knows the material and nothing else: every factual line it writes is a pack's own sentence, or a number it solved.
"""

from __future__ import annotations

import hashlib

from vividly.curriculum.loader import nearest_interest
from vividly.curriculum.schema import Formula, Passage
from vividly.pipeline.artifacts import (
    Inquiry,
    Line,
    Material,
    QuizChoice,
    QuizQuestion,
    Scene,
    SceneRole,
    Storyboard,
)
from vividly.pipeline.author import numbers, phrases, pictures
from vividly.pipeline.author.sentences import split, word_count
from vividly.pipeline.citations import Citations

# At about 145 words a minute, pauses included, this is a lesson of one and a half to two and a quarter minutes.
WORD_BUDGET = 325
DEEPER_FROM_GRADE = 11


class OfflineAuthor:
    """Plug of the author's port that needs no model, no key and no network."""

    name = "offline/1"

    def write(self, inquiry: Inquiry, material: Material) -> Storyboard:
        """A storyboard of seven to nine scenes on the material's facet. Never fails for a valid pack."""
        return _Draft(inquiry, material).storyboard(self.name)


class _Draft:
    """One lesson being written. Scenes are built in the order in which they are shown."""

    def __init__(self, inquiry: Inquiry, material: Material) -> None:
        self.inquiry, self.material = inquiry, material
        self.facet, self.analogy = material.facet, material.analogy
        self.cite = Citations(material)
        about = material.situation.id if material.situation else ""
        seed = f"{material.pack.topic_id}|{material.facet.id}|{material.interest}|{inquiry.grade}|{about}"
        self.turn = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4])
        self.solution = self._solution()
        self.assumptions = list(inquiry.assumptions)

    def storyboard(self, author: str) -> Storyboard:
        opening = [self._hook(), self._answer()]
        analogy, closing = self._analogy(), [self._misconception(), self._recap()]
        left = WORD_BUDGET - _words(*opening, *analogy, *closing)
        formula = self._formula()
        worked = [self._example()]
        # Their own numbers are never left out; a formula without them must earn its time, and an example comes last of all.
        if self.solution:
            left -= _words(*formula, *worked)
        else:
            first = word_count(self._passages()[0].text)
            formula, left = _if_it_fits(formula, left, keep=first)
            worked, left = _if_it_fits(worked, left, keep=first)
        scenes = [*opening, *self._idea(left), *formula, *analogy, *worked, *closing]
        pack, facet = self.material.pack, self.facet
        return Storyboard(
            title=facet.title,
            hook=" ".join(line.text for line in scenes[0].lines),
            topic_id=pack.topic_id,
            topic_name=pack.name,
            facet=facet.id,
            interest=self.material.interest,
            interest_name=self.material.interest_name,
            grade=self.inquiry.grade,
            author=author,
            scenes=tuple(scenes),
            takeaways=(facet.takeaways[0], facet.takeaways[1], facet.takeaways[2]),
            quiz=self._quiz(),
            sources=self.cite.sources(),
            assumptions=tuple(self.assumptions),
        )

    # --- scenes ----------------------------------------------------------------------------------------------------

    def _hook(self) -> Scene:
        lines: list[Line] = []
        asked = self.inquiry.interest_asked.strip()
        if asked and self.material.interest_name and not nearest_interest(asked)[1]:
            nearest = self.material.interest_name.lower()
            self.assumptions.append(f"You like {asked}; this lesson borrows its comparison from {nearest}.")
            lines.append(Line(f"You like {asked}. Here is a comparison from {nearest}.", factual=False))
        if self.analogy:
            lines += [Line(text, factual=False) for text in split(self.analogy.hook)]
        else:
            lines.append(Line(self._pick(phrases.PLAIN_HOOKS), factual=False))
        picture = pictures.title(self.facet.title, self.material.pack.name, self.material.interest)
        return self._scene("hook", self.facet.title, lines, picture)

    def _answer(self) -> Scene:
        situation = self.material.situation
        lines: list[Line] = []
        if self.solution:
            found = f"The {self.solution.name} is {numbers.with_unit(self.solution.value, self.solution.unit)}."
            lines.append(Line(found, (self.cite.key(self.solution.formula.id),)))
            lines.append(Line(self._pick(phrases.LET_US_SEE), factual=False))
        elif situation:
            lines += self._cited(situation.text, situation.id)
            lines.append(Line(self._pick(phrases.BEHIND_IT), factual=False))
        lines += self._cited(self.facet.answer, "answer")
        return self._scene("answer", self._pick(phrases.ANSWER_HEADINGS), lines, self.facet.pictures[0])

    def _idea(self, words: int) -> list[Scene]:
        """As many passages as the budget allows, at least one; two to a scene, each scene with a picture of its own."""
        chosen: list[Passage] = []
        for passage in self._passages():
            size = word_count(passage.text)
            if chosen and size > words:
                continue
            chosen.append(passage)
            words -= size
        scenes = []
        for index in range(0, len(chosen), 2):
            group = chosen[index : index + 2]
            lines = [line for passage in group for line in self._cited(passage.text, passage.id)]
            picture = pictures.of_idea(self.facet, index // 2, [line.text for line in lines])
            heading = self.facet.name[:1].upper() + self.facet.name[1:] if index == 0 else self._pick(phrases.MORE_HEADINGS)
            scenes.append(self._scene("idea", heading, lines, picture, part=index // 2))
        return scenes

    def _passages(self) -> list[Passage]:
        core = [passage for passage in self.facet.passages if passage.level == "core"]
        deeper = [passage for passage in self.facet.passages if passage.level == "deeper"]
        if self.inquiry.grade < DEEPER_FROM_GRADE:
            return core
        return [*core[:2], *deeper, *core[2:]]

    def _formula(self) -> list[Scene]:
        if not self.facet.formulas:
            return []
        formula = self.solution.formula if self.solution else self._main_formula()
        lines = [Line(self._pick(phrases.FORMULA_OPENERS), factual=False), *self._cited(formula.spoken, formula.id)]
        return [self._scene("formula", "As a formula", lines, pictures.formula(formula))]

    def _analogy(self) -> list[Scene]:
        if not self.analogy:
            return []
        key = f"analogy/{self.analogy.interest}"
        lines = [Line(text, (self.cite.key(key),)) for text in self.analogy.story]
        lines.append(Line(self._pick(phrases.WHERE_IT_BREAKS), factual=False))
        lines += self._cited(self.analogy.breaks, key)
        heading = f"In the world of {self.material.interest_name.lower()}"
        return [self._scene("analogy", heading, lines, pictures.mapping(self.analogy))]

    def _example(self) -> Scene:
        if self.solution:
            return self._own_numbers(self.solution)
        example = self.facet.worked_example
        lines = self._cited(example.problem, "worked_example")
        lines += [Line(step.say, (self.cite.key("worked_example"),)) for step in example.steps]
        lines.append(Line(phrases.answer_line(example.answer), (self.cite.key("worked_example"),)))
        return self._scene("numbers", self._pick(phrases.EXAMPLE_HEADINGS), lines, pictures.worked_example(example))

    def _own_numbers(self, solution: numbers.Solution) -> Scene:
        key = (self.cite.key(solution.formula.id),)
        known = phrases.joined(
            [f"the {given.name} is {numbers.with_unit(given.value, given.unit)}" for given in solution.given]
        )
        lines = [
            Line(f"Now your own numbers: {known}.", factual=False),
            Line(f"Solve the formula for the {solution.name}, then put your numbers in.", key),
            Line(f"The {solution.name} comes out as {numbers.with_unit(solution.value, solution.unit)}.", key),
        ]
        return self._scene("numbers", "Your numbers", lines, pictures.own_numbers(solution))

    def _misconception(self) -> Scene:
        mistake = self.facet.misconception
        lines = [Line(f"{self._pick(phrases.MISTAKE_OPENERS)} {mistake.wrong}", factual=False)]
        lines += [*self._cited(mistake.right, "misconception"), *self._cited(mistake.repair, "misconception")]
        return self._scene("misconception", self._pick(phrases.MISTAKE_HEADINGS), lines, pictures.misconception(mistake))

    def _recap(self) -> Scene:
        lines = [Line(self._pick(phrases.RECAP_OPENERS), factual=False)]
        lines += [Line(text, (self.cite.key("takeaways"),)) for text in self.facet.takeaways]
        return self._scene("recap", "Keep this", lines, pictures.recap(self.facet.takeaways))

    # --- parts -----------------------------------------------------------------------------------------------------

    def _scene(self, role: SceneRole, heading: str, lines: list[Line], picture: dict[str, object], *, part: int = 0) -> Scene:
        return Scene(f"{role}{part + 1}" if part else role, role, heading, tuple(lines), picture)

    def _cited(self, text: str, name: str) -> list[Line]:
        return [Line(sentence, (self.cite.key(name),)) for sentence in split(text)]

    def _quiz(self) -> tuple[QuizQuestion, ...]:
        return tuple(
            QuizQuestion(
                item.question,
                tuple(QuizChoice(option.text, option.correct, option.why) for option in item.options),
                "numbers" if item.check else "answer",
            )
            for item in self.facet.quiz
        )

    def _solution(self) -> numbers.Solution | None:
        if not self.inquiry.numbers:
            return None
        for formula in self.facet.formulas:
            solution = numbers.solve(formula, self.inquiry.numbers, self.inquiry.question)
            if solution:
                return solution
        return None

    def _main_formula(self) -> Formula:
        check = self.facet.worked_example.check
        by_id = {formula.id: formula for formula in self.facet.formulas}
        return by_id[check.formula] if check and check.formula in by_id else self.facet.formulas[0]

    def _pick(self, choices: tuple[str, ...]) -> str:
        """One of `choices`, the same one for the same question, another one for another list."""
        return choices[(self.turn >> (len(choices[0]) % 16)) % len(choices)]


def _words(*scenes: Scene) -> int:
    return sum(word_count(line.text) for scene in scenes for line in scene.lines)


def _if_it_fits(scenes: list[Scene], left: int, *, keep: int) -> tuple[list[Scene], int]:
    """The scenes and what is left of the budget after them; none if less than `keep` words would be left."""
    cost = _words(*scenes)
    return (scenes, left - cost) if left - cost >= keep else ([], left)
