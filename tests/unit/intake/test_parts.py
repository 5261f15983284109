"""The parts of intake, one by one: screen, privacy, numbers, spelling, language, and the pure decision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vividly.curriculum.units import units
from vividly.intake import numbers
from vividly.intake.decide import Evidence, decide
from vividly.intake.language import other_language
from vividly.intake.match import FacetScore, Matched, TopicScore
from vividly.intake.notation import said
from vividly.intake.numbers import lift
from vividly.intake.privacy import luhn, mask
from vividly.intake.screen import messages, rules, screen
from vividly.intake.spelling import Speller


def test_every_rule_has_its_words() -> None:
    assert {rule.code for rule in rules()} <= set(messages())
    assert "988" in messages()["self_harm"]
    assert "adult you trust" in messages()["self_harm"]


@pytest.mark.parametrize(
    "text", ["k1ll mys3lf", "k i l l m y s e l f", "kiiill myself", "I want to kıll myself".replace("ı", "i"), "kill myself"]
)
def test_disguises_do_not_help(text: str) -> None:
    assert screen(text).code == "self_harm"
    assert screen(text).alert == "urgent"


@pytest.mark.parametrize("text", ["", "  ", "?!", "ab"])
def test_too_short(text: str) -> None:
    assert screen(text).code == "too_short"


def test_length_is_counted_after_trimming() -> None:
    assert screen("why " * 130).code == "too_long"
    assert screen("  why is the sky blue" + " " * 600).code == ""


def test_swearing_in_a_question_is_passed_over() -> None:
    result = screen("what the fuck is osmosis")
    assert (result.code, result.rude) == ("", True)
    assert "fuck" not in result.text


def test_chemistry_is_not_leet() -> None:
    assert screen("is C6H12O6 + 6O2 the same as CO2 and H2O").code == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my name is Sarah Connor what is mitosis", "name"),
        ("mail me at bob.k@school.org", "email"),
        ("call 555-123-4567 pls", "phone number"),
        ("is 4111 1111 1111 1111 prime", "card number"),
        ("I live at 42 Maple Street", "address"),
        ("I go to Lincoln High School", "school"),
    ],
)
def test_personal_data_is_masked(text: str, kind: str) -> None:
    assert kind in mask(text).found
    assert f"[{kind}]" in mask(text).text


@pytest.mark.parametrize(
    "text", ["light moves at 299792458 m/s", "who was Marie Curie", "6.02 x 10^23", "1234567890123 digits of pi"]
)
def test_science_is_not_masked(text: str) -> None:
    assert mask(text).text == text


def test_luhn() -> None:
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a 3 kg cart pushed with 12 N", [(3.0, "kilogram"), (12.0, "newton")]),
        ("9v battery, 3 ohm", [(9.0, "volt"), (3.0, "ohm")]),
        ("going 60 mph for 2.5 hours", [(60.0, "mile/hour"), (2.5, "hour")]),
        ("9.8 meters per second squared", [(9.8, "meter/second**2")]),
        ("2.5 g/cm3", [(2.5, "gram/centimeter**3")]),
        ("25% off $45.50", [(25.0, "percent"), (45.5, "dollar")]),
        ("a charge of 2 C", [(2.0, "coulomb")]),
        ("water at 20 C", [(20.0, "degree_Celsius")]),
        ("6.02 x 10^23 atoms", [(6.02e23, "")]),
        ("-5 and 3", [(-5.0, ""), (3.0, "")]),
        ("newton's 3rd law in grade 10", []),
        ("balance 2 H2O + O2", []),
        ("solve x^2 - 5x + 6 = 0", []),
    ],
)
def test_numbers_are_lifted(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(number.value, number.unit) for number in lift(text)] == expected


def test_lifted_text_is_as_typed() -> None:
    assert [number.text for number in lift("a 3 kg cart and -5 N")] == ["3 kg", "-5 N"]


def test_every_unit_is_known_to_pint() -> None:
    for table in (numbers._SYMBOLS, numbers._LOOSE, numbers._WORDS):
        for name in table.values():
            units().Unit(name)


SPELLER = Speller(
    {"photosynthesis": 9, "newton": 9, "third": 5, "circuit": 5, "quadratic": 5, "equation": 9, "waves": 5, "there": 9},
    lambda: frozenset({"there", "shrink", "continent", "photo", "friend", "quadrant"}),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("fotosynthesis", "photosynthesis"),
        ("nutons therd law", "newton third law"),
        ("a circut", "a circuit"),
        ("quadradic equasions", "quadratic equation"),
        ("photo synthesis", "photosynthesis"),
    ],
)
def test_misspelled_subject_words_are_repaired(typed: str, meant: str) -> None:
    assert SPELLER.repair(typed).text == meant


@pytest.mark.parametrize("text", ["continents shrink", "my friend Quentin", "H2O and x_max", "DNA", "F=ma", "1250 newton"])
def test_words_names_and_formulas_are_left_alone(text: str) -> None:
    assert SPELLER.repair(text).text == text


@pytest.mark.parametrize(
    "text", ["como funciona la fotosintesis", "qu'est-ce que la force et comment", "was ist der unterschied", "как работает"]
)
def test_other_languages(text: str) -> None:
    assert other_language(text)


@pytest.mark.parametrize(
    "text", ["what is el nino", "balance H2 + O2 -> H2O", "F = ma", "a a a", "el niño and la niña explained for me", "Δx Δv"]
)
def test_english_with_strange_letters(text: str) -> None:
    assert other_language(text) == ""


def matched(best: float, second: float, sounds: dict[str, float] | None = None, **near: float) -> Matched:
    return Matched(
        topics=(TopicScore("topic_a", best, best, ready=True), TopicScore("topic_b", second, second, ready=True)),
        facets=(FacetScore("topic_a", "one", best, best),),
        near=near,
        sounds=sounds or {},
        known_share=1.0,
        vector=None,
    )


def test_a_clear_lead_is_taught() -> None:
    verdict = decide(Evidence(matched(0.6, 0.3), content=2))
    assert (verdict.kind, verdict.options) == ("teach", (("topic_a", "one"),))


def test_a_wider_lead_is_surer() -> None:
    sure = [decide(Evidence(matched(0.6, second), content=2)).confidence for second in (0.59, 0.4, 0.2)]
    assert sure == sorted(sure)
    assert 0 < sure[0] < sure[2] < 1


def test_asking_ends_after_two_rounds() -> None:
    asked = Evidence(matched(0.3, 0.3), content=1, field=(("topic_b", ""), ("topic_a", "")))
    assert decide(asked).kind == "ask"
    assert decide(replace(asked, rounds=2)).kind == "teach"


def test_danger_comes_before_everything() -> None:
    assert decide(Evidence(matched(0.3, 0.2, self_harm=0.6), content=1, named=(("topic_a", ""),))).kind == "unsafe"
    assert decide(Evidence(matched(0.7, 0.2, self_harm=0.5), content=1)).kind == "teach"


@pytest.mark.parametrize(
    "text",
    [
        "i want to hurt mysellf", "suicied", "how do i overdoze", "no quiero vivir", "i relapsed and was cutting all week",
        "my cousin keeps talking about suicide", "im such a burden", "i could just walk into traffic",
    ],
)  # fmt: skip
def test_self_harm_is_heard_in_slips_and_in_other_words(text: str) -> None:
    assert screen(text).code == "self_harm"


@pytest.mark.parametrize(
    "text",
    [
        "do white blood cells kill themselves after a fight", "i nearly died of boredom in chem", "cutting across a field how far",
        "i am done with life science", "i see myself in a mirror, why", "when do yeast cells commit suicide",
    ],
)  # fmt: skip
def test_what_only_sounds_like_it_passes(text: str) -> None:
    assert screen(text).code == ""


def test_all_doubt_about_self_harm_goes_toward_care() -> None:
    def kind(best: float, sound: float, near: float, *, cleared: frozenset[str] = frozenset()) -> str:
        heard = matched(best, 0.1, {"self_harm": sound, "unsafe": 0.0}, self_harm=near)
        return decide(Evidence(heard, content=2, cleared=cleared)).kind

    assert kind(0.3, 0.55, 0.3) == "unsafe"
    assert kind(0.3, 0.6, 0.2) == "unsafe"
    assert kind(0.3, 0.55, 0.2) == "teach"  # nobody in danger was ever heard to say anything like it
    assert kind(0.3, 0.45, 0.5) == "unsafe"  # a little less, with an exemplar that is near
    assert kind(0.3, 0.45, 0.3) == "teach"
    assert kind(0.8, 0.55, 0.3) == "teach"  # plainly science
    assert kind(0.5, 0.55, 0.4) == "teach"  # science sooner than distress
    assert kind(0.5, 0.55, 0.6) == "unsafe"
    assert kind(0.8, 0.75, 0.5) == "unsafe"  # not even then, if it sounds like this
    assert kind(0.3, 0.55, 0.2, cleared=frozenset({"self_harm"})) == "teach"
    assert kind(0.3, 0.75, 0.2, cleared=frozenset({"self_harm"})) == "unsafe"


def test_an_unsafe_exemplar_counts_only_where_the_whole_sounds_unsafe() -> None:
    def kind(sound: float, cleared: frozenset[str] = frozenset(), **near: float) -> str:
        heard = matched(0.3, 0.1, {"self_harm": 0.0, "unsafe": sound}, **near)
        return decide(Evidence(heard, content=2, cleared=cleared)).kind

    assert kind(0.6, weapons=0.5) == "unsafe"
    assert kind(0.2, weapons=0.5) == "teach"
    assert kind(0.6, weapons=0.5, harmless=0.6) == "teach"
    assert kind(0.6, frozenset({"weapons"}), weapons=0.4) == "teach"


def test_what_sounds_like_nothing_of_ours_is_outside() -> None:
    assert decide(Evidence(matched(0.4, 0.1, {"outside": 0.8}), content=2)).kind == "outside"
    assert decide(Evidence(matched(0.4, 0.1, {"outside": 0.8}), content=2, figures=True)).kind == "teach"
    assert decide(Evidence(matched(0.7, 0.1, {"outside": 0.95}), content=2)).kind == "teach"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2x^2 - 7x + 3 = 0", "quadratic equation"),
        ("y = -5t² + 20t", "quadratic equation"),
        ("n squared + 3n = 40", "quadratic equation"),
        ("x^2 - 49 = 0", "quadratic equation"),
        ("a^2 + b^2 = c^2", ""),
        ("v^2 = u^2 + 2as", ""),
        ("E = mc^2", ""),
        ("3x + 4 = 19", "linear equation"),
        ("f(2) if f(x) = 3x + 4", ""),
        ("what does count -= 2 mean", "code variable programming"),
        ("F = ma", ""),
        ("pH = 3", ""),
    ],
)
def test_notation_is_said_in_words(text: str, words: str) -> None:
    assert said(text) == words


def test_nothing_near_is_outside() -> None:
    assert decide(Evidence(matched(0.1, 0.1), content=2)).kind == "outside"
    assert decide(Evidence(matched(0.4, 0.1, outside=0.5), content=2)).kind == "outside"
