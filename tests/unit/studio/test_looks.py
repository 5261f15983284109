"""Every interest has a look of its own, readable by construction, and a drawing."""

from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from vividly.studio.colors import contrast, mix, on, readable
from vividly.studio.figures import figure, shapes
from vividly.studio.fonts import missing, typefaces
from vividly.studio.illustrations import drawn, illustration, svg_of
from vividly.studio.specs import Body
from vividly.studio.theme import theme_for, theme_ids

IDS = ["", *theme_ids()]


@pytest.mark.parametrize("interest", IDS)
def test_words_are_readable_on_every_ground(interest: str) -> None:
    theme = theme_for(interest)
    for ground in (theme.ground, theme.panel):
        assert contrast(theme.ink, ground) >= 7
        assert contrast(theme.soft, ground) >= 4.5
        for name, color in theme.tones.items():
            assert contrast(color, ground) >= 4.5, (name, ground)
    for name in theme.tones:
        assert contrast(theme.ink, theme.tint(name, 0.2)) >= 4.5, name
        assert contrast(on(theme.tone(name)), theme.tone(name)) >= 4.5, name


def test_looks_differ() -> None:
    for a, b in combinations(theme_ids(), 2):
        one, two = theme_for(a), theme_for(b)
        assert (one.ground, one.accent) != (two.ground, two.accent), (a, b)


def test_every_interest_of_the_curriculum_has_a_look_and_a_drawing() -> None:
    from vividly.curriculum.interests import interests

    ids = {i.interest_id if hasattr(i, "interest_id") else i.id for i in interests()}
    assert ids == set(theme_ids()) == drawn()


@pytest.mark.parametrize("interest", IDS)
def test_drawings_are_well_formed_and_draw_something(interest: str) -> None:
    ET.fromstring(svg_of(interest))
    pixels = illustration(interest, width=80)._image.toarray()
    assert (pixels[..., 3] > 0).mean() > 0.4


def test_an_unknown_interest_gets_the_calm_look() -> None:
    assert theme_for("falconry") == theme_for("")
    assert svg_of("falconry") == svg_of("")


def test_there_is_a_drawing_of_every_body() -> None:
    names = Body.model_fields["shape"].annotation.__args__
    assert set(names) == set(shapes())
    for name in names:
        art, (wide, high) = figure(name, size=1.0)
        assert (art._image.toarray()[..., 3] > 0).any()
        assert 0 < wide <= art.width
        assert 0 < high <= art.height


def test_a_ball_is_the_ball_of_the_sport() -> None:
    assert figure("ball", size=1, interest="basketball")[0] != figure("ball", size=1, interest="soccer")[0]


def test_the_nearest_readable_color() -> None:
    assert readable("#777777", "#ffffff") != "#777777"
    assert contrast(readable("#ffd43b", "#ffffff"), "#ffffff") >= 4.5
    assert readable("#000000", "#ffffff") == "#000000"
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_weights_are_real_and_glyphs_are_there() -> None:
    faces = typefaces()
    assert faces["bold"].fontStyle().weight() > faces["medium"].fontStyle().weight() > faces["body"].fontStyle().weight()
    for face in ("display", "body", "bold", "code"):
        assert missing("F = ma, 5.9 m/s², 20 °C, Ω, Δx, θ, μ, π ≤ ± × → CO₂ √ “quotes” – ½", face) == ""
    assert missing("a\U0001f9ff", "body") == "\U0001f9ff"
