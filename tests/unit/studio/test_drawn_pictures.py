"""The drawn kinds: every picture of theirs in a pack fits, says what it shows and comes to life; their geometry is true."""

from collections import Counter
from importlib.resources import files
from itertools import pairwise

import pytest
import yaml

from vividly.providers.port import WordTime
from vividly.studio import scene
from vividly.studio.callouts import spread
from vividly.studio.elements import Item
from vividly.studio.scenes import KINDS, cell_division, circuit, geometry, motion_graph, reaction
from vividly.studio.specs import parse_picture
from vividly.studio.stage import Context
from vividly.studio.theme import theme_for, theme_ids

DRAWN = {"geometry", "number_line", "circuit", "cross_section", "cell_division", "cell", "reaction", "motion_graph"}


def _in_packs() -> list[tuple[str, dict, str]]:
    found = []
    for path in sorted(files("vividly.curriculum").joinpath("packs").iterdir(), key=lambda p: p.name):
        if path.name.endswith(".yaml"):
            for facet in yaml.safe_load(path.read_text(encoding="utf-8"))["facets"]:
                said = " ".join([facet["answer"], *(p["text"] for p in facet["passages"])])
                found += [
                    (f"{path.name[:-5]}-{facet['id']}-{n}", picture, said)
                    for n, picture in enumerate(facet["pictures"])
                    if picture["kind"] in DRAWN
                ]
    return found


PACKED = _in_packs()
LABEL = "a label as long as they are allowed"[:34]
FULL = {
    "geometry": {
        "points": {"A": [0, 0], "B": [9, 0], "C": [9, 4], "D": [0, 4]},
        "show_names": True,
        "fill": [["A", "B", "C", "D"]],
        "sides": [{"ends": [a, b], "label": "a side with a long na"} for a, b in ("AB", "BC", "CD", "DA", "AC")],
        "right_angles": [["D", "A", "B"]],
    },
    "number_line": {
        "low": -20, "high": 20, "step": 1, "left": "the far negative end ...", "right": "the far positive end ...",
        "marks": [{"at": at, "label": "a mark with a long nam"} for at in (-20, -19, -1, 0, 1, 19, 20)],
    },
    "circuit": {
        "battery": "a battery of 12 V", "current_label": "the current in the ring",
        "components": [{"type": t, "label": "a part named so lo"} for t in ("bulb", "switch_open", "motor", "voltmeter")],
    },
    "cross_section": {
        "of": "subduction",
        "labels": [{"part": p, "label": LABEL} for p in ("plate_left", "plate_right", "trench", "volcano", "magma", "mantle")],
    },
    "cell_division": {"phases": [{"phase": p, "label": LABEL} for p in list(cell_division._SEEN)]},
    "cell": {
        "of": "plant",
        "parts": [{"part": p, "label": LABEL} for p in ("wall", "nucleus", "chloroplast", "vacuole", "membrane", "ribosome")],
    },
    "reaction": {
        "left": [{"formula": f, "count": 24, "label": "a substance in there"} for f in ("Ca3(PO4)2", "H2SO4", "H2O")],
        "right": [{"formula": f, "count": 2, "label": "a substance in there"} for f in ("C6H12O6", "Fe2(SO4)3", "O2")],
        "over_arrow": "heat and pressure", "reversible": True,
    },
    "motion_graph": {
        "thing": LABEL, "second_thing": LABEL, "position": "20*sin(t)", "second": "-4*t**2", "t_end": 12, "show": "acceleration",
    },
}  # fmt: skip


def job(picture: dict, said: str = "one two three four five six seven", *, interest: str = "") -> scene.SceneJob:
    words = tuple(WordTime(w, 0.35 * i, 0.35 * i + 0.3) for i, w in enumerate(said.split()))
    seconds = max(8.0, 0.35 * len(words) + 1)
    return scene.SceneJob("s", "A heading", parse_picture(picture), words, ((0.0, seconds),), seconds, interest, 2, 8)


def context(*at: float, seconds: float = 12.0) -> Context:
    return Context(theme=theme_for(""), at=at, seconds=seconds, heading="", interest="")


@pytest.mark.parametrize(("picture", "said"), [p[1:] for p in PACKED], ids=[p[0] for p in PACKED])
def test_a_picture_of_a_pack_fits_and_describes_itself(picture: dict, said: str) -> None:
    sample = job(picture, said)
    assert scene.problems(sample) == []
    told = scene.describe(sample.picture)
    assert told.endswith(".")
    assert len(told) > 30
    labels = [text for text in _strings(picture, "label") if picture["kind"] != "circuit"]
    assert [text for text in labels if text not in told] == []


def _strings(data: object, key: str) -> list[str]:
    if isinstance(data, dict):
        return [v for k, v in data.items() if k == key] + [s for v in data.values() for s in _strings(v, key)]
    return [s for v in data for s in _strings(v, key)] if isinstance(data, list) else []


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_a_full_picture_has_no_problems_in_any_look(kind: str) -> None:
    for interest in ("", *theme_ids()):
        assert scene.problems(job({"kind": kind, **FULL[kind]}, interest=interest)) == []


@pytest.mark.parametrize("kind", sorted(DRAWN))
def test_it_moves_never_stands_empty_and_comes_to_rest(kind: str) -> None:
    made = scene._displays(job({"kind": kind, **FULL[kind]}))
    assert all(len(display) > 9 for display in made[14:-8])
    assert len({id(d) for d in made}) > 20
    last = made[-20:-8]
    assert all(a is b for a, b in pairwise(last)), "at rest, so that its last second costs nothing"


@pytest.mark.parametrize("of", ["divergent", "collision", "transform", "hotspot", "layers"])
def test_every_part_of_the_ground_can_be_named_everywhere(of: str) -> None:
    parts = ["crust", "mantle", "outer_core", "inner_core", "plate_left", "plate_right", "magma", "ridge", "trench", "volcano",
             "mountains", "fault", "earthquake", "plume", "convection"]  # fmt: skip
    for first in range(0, 15, 5):
        labels = [{"part": part, "label": part} for part in parts[first : first + 5]]
        assert scene.problems(job({"kind": "cross_section", "of": of, "labels": labels})) == []


def test_names_in_a_row_keep_apart_in_order_and_inside() -> None:
    sizes = [100.0, 80.0, 120.0, 60.0]
    middles = spread([10.0, 12.0, 300.0, 395.0], sizes, low=0.0, high=400.0, gap=8.0)
    boxes = [(m - s / 2, m + s / 2) for m, s in zip(middles, sizes, strict=True)]
    assert boxes[0][0] >= 0
    assert boxes[-1][1] <= 400
    assert all(right + 8 <= left + 1e-9 for (_, right), (left, _) in pairwise(boxes))


@pytest.mark.parametrize(
    ("formula", "atoms"),
    [
        ("CO2", {"C": 1, "O": 2}),
        ("C6H12O6", {"C": 6, "H": 12, "O": 6}),
        ("Ca(OH)2", {"Ca": 1, "O": 2, "H": 2}),
        ("Fe2(SO4)3", {"Fe": 2, "S": 3, "O": 12}),
        ("Al2(C2(OH)3)2", {"Al": 2, "C": 4, "O": 6, "H": 6}),
        ("NaCl", {"Na": 1, "Cl": 1}),
    ],
)
def test_a_formula_is_counted_atom_by_atom(formula: str, atoms: dict[str, int]) -> None:
    assert Counter(reaction._atoms_of(formula)) == atoms
    assert Counter(e for e, _, _ in reaction._molecule(formula)) == atoms


def test_only_a_balanced_reaction_is_said_to_keep_its_atoms() -> None:
    def said(right: int) -> bool:
        spec = parse_picture(
            {
                "kind": "reaction",
                "left": [{"formula": "H2", "count": 2}, {"formula": "O2"}],
                "right": [{"formula": "H2O", "count": right}],
            }
        )
        made = reaction.KIND.build(spec, context(0.5, 1.0, 2.0))
        return any("the same atoms" in getattr(e.mark, "text", "") for e in made if isinstance(e, Item))

    assert said(2)
    assert not said(1)


def test_charge_flows_only_round_a_closed_loop() -> None:
    def starts(layout: str, *types: str) -> list[float | None]:
        parts = [{"type": t} for t in types]
        spec = parse_picture({"kind": "circuit", "layout": layout, "battery": "9 V", "components": parts})
        return circuit._starts(spec, context(*[1.0 + i for i in range(len(types))]))

    assert starts("series", "bulb", "resistor") == [2.6, 2.6]
    assert starts("series", "bulb", "switch_open") == [None, None]
    assert starts("parallel", "bulb", "switch_open", "bulb") == [1.6, None, 3.6]


def test_squares_stand_outside_their_triangle_and_have_the_right_size() -> None:
    spec = parse_picture(
        {
            "kind": "geometry", "points": {"A": [0, 0], "B": [4, 0], "C": [0, 3]}, "fill": [["A", "B", "C"]],
            "sides": [{"ends": list(ends), "square": True} for ends in ("AB", "AC", "BC")],
        }
    )  # fmt: skip
    plan = geometry._planned(spec, context().area)
    areas = []
    for side in spec.sides:
        corners = geometry._square(plan.ends(side), plan.outward(side))
        turned = zip(corners, corners[1:] + corners[:1], strict=True)
        areas.append(abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in turned)) / 2 / plan.unit**2)
        middle = sum(p[0] for p in corners) / 4, sum(p[1] for p in corners) / 4
        assert not geometry._within(middle, plan, ["A", "B", "C"])
        assert all(context().area.left <= x <= context().area.right for x, _ in corners)
    assert areas == pytest.approx([16, 9, 25], rel=0.03)
    assert areas[0] + areas[1] == pytest.approx(areas[2], rel=0.03)


def test_division_goes_through_phases_left_out_and_arrives_at_each() -> None:
    spec = parse_picture(
        {"kind": "cell_division", "phases": [{"phase": "interphase", "label": "a"}, {"phase": "cytokinesis", "label": "b"}]}
    )
    track = cell_division._track(spec, context(1.0, 4.0, seconds=14.0))
    assert cell_division._moment(track, 0.0) == 0.0
    assert cell_division._moment(track, 3.9) == 1.0
    assert cell_division._moment(track, 13.9) == 6.0
    seen = {int(cell_division._moment(track, 4.0 + k / 10)) for k in range(100)}
    assert seen == {1, 2, 3, 4, 5, 6}
    lined, parted = cell_division._state(3.0), cell_division._state(4.0)
    assert lined.parted == 0
    assert {x for x, _ in lined.places} == {0}
    assert parted.parted > 100


def test_the_graph_shows_the_derivative_and_refuses_code() -> None:
    assert motion_graph._values("3*t**2", 1, 2.0)[-1] == pytest.approx(12.0)
    assert motion_graph._values("3*t**2", 2, 2.0)[0] == pytest.approx(6.0)
    with pytest.raises(ValueError, match="more than t"):
        motion_graph._values("x*t", 0, 2.0)


def test_all_drawn_kinds_are_registered() -> None:
    assert set(KINDS) >= DRAWN
