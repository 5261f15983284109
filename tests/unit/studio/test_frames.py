"""Display lists: quantized, still when nothing moves, and honest about which pixels change."""

from itertools import pairwise

import pytest

from vividly.studio.elements import Item, Live, place
from vividly.studio.film.encoder import GAP, TAIL, wanted
from vividly.studio.frames import CURTAIN, FPS, HEIGHT, WIDTH, bounds, changes, displays, frame_count
from vividly.studio.marks import Arrow, circle, line, rect


def test_a_scene_is_a_whole_number_of_frames() -> None:
    assert frame_count(2.0) == 48
    assert frame_count(2.001) == 49
    assert frame_count(0.01) == CURTAIN + 1


def test_an_entrance_ends_and_then_nothing_changes() -> None:
    item = Item(mark=rect(40, 40, fill="#ff0000"), at=(100, 100), enter=0.5, how="rise", over=0.4)
    made = displays([item], [], frames=48, curtain=False)
    assert made[0] == ()
    assert made[11] is made[0]
    assert made[13] != made[12]
    assert all(display is made[24] for display in made[24:])


@pytest.mark.parametrize("how", ["fade", "rise", "left", "right", "drop", "grow", "pop", "draw", "none"])
def test_every_entrance_ends_exactly_in_place(how: str) -> None:
    item = Item(mark=rect(40, 40, fill="#ff0000"), at=(100, 100), enter=0.5, how=how)
    (op,) = item.ops(2.0)
    assert (op.x, op.y, op.scale, op.turn, op.alpha, op.grown) == (1000, 1000, 1000, 0, 100, 1000)
    assert item.ops(0.49) == ()


def test_what_an_item_says_about_rest_is_true() -> None:
    item = Item(mark=circle(9, fill="#ff0000"), at=(9, 9), enter=0.5, pulses=(2.0,), calm=((3.0, 4.0),), leave=5.0)
    for frame in range(FPS * 6):
        t = frame / FPS
        until = item.same_until(t)
        later = frame + 1
        while later / FPS < min(until, 6):
            assert item.ops(later / FPS) == item.ops(t), (t, later / FPS)
            later += 1


def test_stepping_back_and_coming_forward_again() -> None:
    item = Item(mark=circle(9, fill="#ff0000"), at=(9, 9), how="none", calm=((1.0, 3.0),), calm_alpha=0.6)
    assert [item.ops(t)[0].alpha for t in (0.9, 2.0, 4.0)] == [100, 60, 100]


def test_things_that_move_by_themselves_move_on_twos() -> None:
    item = Item(mark=circle(9, fill="#ff0000"), at=(0, 0), how="none", motion=lambda t: (t * 24, 0.0))
    made = displays([item], [], frames=24, curtain=False)
    assert len({id(d) for d in made}) <= 13


def test_a_live_element_rests() -> None:
    live = Live(draw=lambda t: (place(circle(5, fill="#00ff00"), t * 10, 0),), rests_at=1.0)
    made = displays([live], [], frames=72, curtain=False)
    assert made[40] is made[70]
    assert made[10] != made[20]


def test_the_curtain_takes_the_content_and_leaves_the_heading() -> None:
    content = Item(mark=circle(9, fill="#ff0000"), at=(9, 9), how="none")
    heading = Item(mark=circle(4, fill="#0000ff"), at=(9, 9), how="none")
    made = displays([content], [heading], frames=30, curtain=True)
    alphas = [display[0].alpha for display in made]
    assert alphas[30 - CURTAIN - 1] == 100
    assert sorted(alphas, reverse=True) == alphas
    assert alphas[-1] < 20
    assert made[-1][1].alpha == 100


def test_positions_are_tenths_of_a_pixel() -> None:
    assert place(circle(1), 1.04, 1.06).x == 10
    assert place(circle(1), 1.04, 1.06).y == 11


def test_nothing_changes_between_equal_lists() -> None:
    one, two = place(circle(5, fill="#111111"), 50, 50), place(circle(5, fill="#111111"), 50, 50)
    assert changes((one,), (two,)) == []


def test_changes_hold_the_old_and_the_new_place_on_even_pixels() -> None:
    before, after = place(circle(5, fill="#111111"), 51, 51), place(circle(5, fill="#111111"), 901, 601)
    rects = changes((before,), (after,))
    assert all(v % 2 == 0 for rect in rects for v in rect)
    for op in (before, after):
        left, top, right, bottom = bounds(op)
        assert any(r[0] <= left and r[1] <= top and r[2] >= right and r[3] >= bottom for r in rects)


def test_changes_stay_inside_the_frame_and_apart() -> None:
    ops = tuple(place(circle(60, fill="#111111"), x, y) for x, y in ((0, 0), (40, 30), (1280, 720), (600, 300)))
    rects = changes((), ops)
    assert all(0 <= r[0] < r[2] <= WIDTH and 0 <= r[1] < r[3] <= HEIGHT for r in rects)
    assert len(rects) == 3


def test_bounds_hold_turned_and_scaled_marks() -> None:
    arrow = Arrow(100, 0, color="#111111")
    left, top, right, bottom = bounds(place(arrow, 200, 200, turn=90, scale=1.2))
    assert bottom - top >= 120
    assert left <= 250 <= right


def test_still_frames_are_sent_every_half_second_and_the_last_ones_all() -> None:
    item = Item(mark=line(9, 9, color="#111111"), at=(0, 0), how="none")
    made = displays([item], [], frames=100, curtain=False)
    sent = wanted(made)
    assert sent[0] == 0
    assert sent[-TAIL:] == list(range(100 - TAIL, 100))
    assert max(b - a for a, b in pairwise(sent)) <= GAP
    assert len(sent) < 16
