"""Elements: marks with a place and a life. What is to be seen at a time is a pure function of that time.

Knows seconds and pixels; nothing of words, themes or frames.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, pi, sin
from typing import Literal, NamedTuple, Protocol

from vividly.studio.marks import Box, Mark, Point

Entrance = Literal["fade", "rise", "left", "right", "drop", "grow", "pop", "draw", "none"]
Role = Literal["text", "label", "solid", "figure", "decor"]

FADE = 0.25  # seconds of a leave
_SWELL = 0.7  # seconds of a pulse
_CALMING = 0.4
_SHIFT = 26.0  # pixels a sliding entrance travels
_AN_HOUR = 3600.0  # seconds: later than any scene
_ALWAYS: tuple[tuple[float, float], ...] = ()


class Op(NamedTuple):
    """One stroke of a frame, in whole numbers so that the tail of an easing becomes identical frames."""

    mark: Mark
    x: int  # tenths of a pixel
    y: int
    scale: int  # thousandths, about the middle of the mark's box
    turn: int  # tenths of a degree
    alpha: int  # hundredths
    grown: int  # thousandths


class Placed(NamedTuple):
    """What the layout check needs to know about a mark: where it ends up, when it is there, what it stands on."""

    mark: Mark
    box: Box
    role: Role
    on: str
    enter: float
    leave: float


class Element(Protocol):
    """Anything a scene can show."""

    def ops(self, t: float) -> tuple[Op, ...]:
        """What is seen at `t` seconds."""
        ...

    def same_until(self, t: float) -> float:
        """The ops of `t` stay the same until this time (exclusive); `t` itself while something moves."""
        ...

    def placed(self) -> tuple[Placed, ...]:
        """For the layout check."""
        ...


def ease_out(u: float) -> float:
    """0 to 1, fast first."""
    return 1 - (1 - u) ** 3


def ease_both(u: float) -> float:
    """0 to 1, slow at both ends."""
    return u * u * (3 - 2 * u)


def overshoot(u: float) -> float:
    """0 to 1, a little past it and back."""
    v = u - 1
    return 1 + 2.2 * v * v * v + 1.2 * v * v


def place(
    mark: Mark, x: float, y: float, *, scale: float = 1.0, turn: float = 0.0, alpha: float = 1.0, grown: float = 1.0
) -> Op:
    """An op from plain numbers: pixels, factor, degrees, 0 to 1."""
    return Op(
        mark, round(x * 10), round(y * 10), round(scale * 1000), round(turn * 10), round(alpha * 100), round(grown * 1000)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One mark. `at`: where its origin is put. Times are seconds of the scene.

    how     the entrance, `over` seconds long from `enter`; "none" is there at once, "draw" follows a pen
    pulses  moments at which it swells for a moment because it is spoken of
    calm    from-to pairs in which it steps back (partly faded) because something newer is spoken of
    motion  an offset in pixels for a time, for things that move by themselves; on twos (12 a second), as animators do
    turn    degrees for a time
    role    text: must not touch text or solids. label: text meant to stand on a shape. solid: keeps text away.
            figure: must stay inside the frame. decor: unchecked
    on      the color a text stands on, for the contrast check
    """

    mark: Mark
    at: Point
    enter: float = 0.0
    how: Entrance = "fade"
    over: float = 0.45
    leave: float = inf
    pulses: tuple[float, ...] = ()
    calm: tuple[tuple[float, float], ...] = _ALWAYS
    calm_alpha: float = 0.62
    alpha: float = 1.0
    motion: Callable[[float], Point] | None = None
    turn: Callable[[float], float] | None = None
    role: Role = "figure"
    on: str = ""
    _windows: tuple[tuple[float, float], ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        windows = [(self.enter, self.enter + (0 if self.how == "none" else self.over)), (self.leave, self.leave + FADE)]
        windows += [(p, p + _SWELL) for p in self.pulses]
        windows += [(edge, edge + _CALMING) for pair in self.calm for edge in pair]
        object.__setattr__(self, "_windows", tuple(sorted(windows)))

    def same_until(self, t: float) -> float:
        if (self.motion or self.turn) and self.enter <= t < self.leave + FADE:
            return t
        following = inf
        for start, end in self._windows:
            if start <= t <= end:
                return t
            if start > t:
                following = min(following, start)
        return following

    def ops(self, t: float) -> tuple[Op, ...]:
        if t < self.enter or t >= self.leave + FADE:
            return ()
        u = 1.0 if self.how == "none" or self.over <= 0 else min(1.0, (t - self.enter) / self.over)
        x, y, scale, alpha, grown = self._entered(u)
        if t > self.leave:
            alpha *= 1 - (t - self.leave) / FADE
        for pulse in self.pulses:
            if pulse < t < pulse + _SWELL:
                scale *= 1 + 0.07 * sin(pi * (t - pulse) / _SWELL)
        alpha *= self.alpha * self._calmed(t)
        twos = round(t * 12) / 12
        if self.motion:
            dx, dy = self.motion(twos)
            x, y = x + dx, y + dy
        turn = self.turn(twos) if self.turn else 0.0
        if alpha < 0.005:
            return ()
        return (place(self.mark, x, y, scale=scale, turn=turn, alpha=alpha, grown=grown),)

    def _entered(self, u: float) -> tuple[float, float, float, float, float]:
        """x, y, scale, alpha, grown when a share `u` of the entrance is over."""
        (x, y), gone, fade = self.at, 1 - ease_out(u), ease_out(min(1.0, u * 1.6))
        match self.how:
            case "none":
                return x, y, 1.0, 1.0, 1.0
            case "fade":
                return x, y, 1.0, ease_both(u), 1.0
            case "rise":
                return x, y + _SHIFT * gone, 1.0, fade, 1.0
            case "drop":
                return x, y - _SHIFT * gone, 1.0, fade, 1.0
            case "left":
                return x - _SHIFT * 1.5 * gone, y, 1.0, fade, 1.0
            case "right":
                return x + _SHIFT * 1.5 * gone, y, 1.0, fade, 1.0
            case "grow":
                return x, y, 0.75 + 0.25 * ease_out(u), fade, 1.0
            case "pop":
                return x, y, 0.5 + 0.5 * overshoot(u), fade, 1.0
            case "draw":
                return x, y, 1.0, 1.0, ease_both(u)

    def _calmed(self, t: float) -> float:
        """1 while in front, `calm_alpha` while stepped back."""
        for start, end in self.calm:
            if start < t < end + _CALMING:
                away = min(1.0, (t - start) / _CALMING)
                back = max(0.0, (t - end) / _CALMING)
                return 1 - (1 - self.calm_alpha) * ease_both(max(0.0, away - back))
        return 1.0

    def placed(self) -> tuple[Placed, ...]:
        left, top, right, bottom = self.mark.box
        (x, y) = self.at
        box = (x + left, y + top, x + right, y + bottom)
        here = Placed(self.mark, box, self.role, self.on, self.enter, self.leave)
        if self.motion is None or self.role == "decor":
            return (here,)
        # Where it comes to rest must be inside the frame too.
        dx, dy = self.motion(_AN_HOUR)
        there = (box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy)
        return here, Placed(self.mark, there, "figure", self.on, self.enter, self.leave)


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """Marks that a function of time makes, for what no entrance can say: a growing graph, a rolling wheel, moving charge.

    `draw(t)` gets seconds of the scene, on twos unless `smooth`, between `enter` and `leave` (`rests_at`: from then on
    nothing changes any more). It must be pure. `boxes` names what it occupies, for the layout check.
    """

    draw: Callable[[float], tuple[Op, ...]]
    enter: float = 0.0
    leave: float = inf
    rests_at: float = inf
    smooth: bool = False
    boxes: tuple[Placed, ...] = ()

    def same_until(self, t: float) -> float:
        if t < self.enter:
            return self.enter
        if t >= self.leave:
            return inf
        return self.leave if t > self.rests_at + 1 / 12 else t

    def ops(self, t: float) -> tuple[Op, ...]:
        if not self.enter <= t < self.leave:
            return ()
        return self.draw(min(t if self.smooth else round(t * 12) / 12, max(self.rests_at, self.enter)))

    def placed(self) -> tuple[Placed, ...]:
        return self.boxes
