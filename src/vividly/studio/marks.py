"""Marks: the immutable things an op places on the canvas: paths, arrows, dots, images. Each knows its box and its key.

A mark knows its own shape only: where it stands, when it appears and how strongly belong to elements.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from math import atan2, cos, hypot, pi, sin

import skia

from vividly.studio.colors import paint_color

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels
Point = tuple[float, float]


class Mark(ABC):
    """What can be drawn. Two marks with the same key look the same; `box` is relative to the mark's own origin."""

    def __init__(self, *, key: str, box: Box) -> None:
        self.key, self.box, self._hash = key, box, hash(key)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Mark) and self._hash == other._hash and self.key == other.key)

    def __hash__(self) -> int:
        return self._hash

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> float:
        return self.box[3] - self.box[1]

    @property
    def painted(self) -> Box:
        """The pixels touched, a little more than the box."""
        return self.box

    @abstractmethod
    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:
        """Draw at the canvas' origin. `alpha` 0 to 1; `grown` 0 to 1 for marks that are drawn on by a pen."""


def _brush(color: str, alpha: float, *, line: float = 0.0, dash: tuple[float, ...] = ()) -> skia.Paint:
    paint = skia.Paint(AntiAlias=True, Color=paint_color(color))
    paint.setAlphaf(alpha)
    if line:
        paint.setStyle(skia.Paint.kStroke_Style)
        paint.setStrokeWidth(line)
        paint.setStrokeCap(skia.Paint.kRound_Cap)
        paint.setStrokeJoin(skia.Paint.kRound_Join)
        if dash:
            paint.setPathEffect(skia.DashPathEffect.Make(list(dash), 0))
    return paint


class Shape(Mark):
    """A path, filled, outlined or both. An outline alone is drawn on as it grows; a fill grows from nothing with it."""

    def __init__(
        self,
        path: skia.Path,
        *,
        key: str,
        fill: str = "",
        line: str = "",
        line_width: float = 0.0,
        dash: tuple[float, ...] = (),
    ) -> None:
        bounds = path.computeTightBounds()
        half = line_width / 2 if line else 0.0
        self._path, self._fill, self._line, self._width, self._dash = path, fill, line, line_width, dash
        box = (bounds.left() - half, bounds.top() - half, bounds.right() + half, bounds.bottom() + half)
        super().__init__(key=f"{key}|{fill}|{line}|{line_width}|{dash}", box=box)

    @property
    def painted(self) -> Box:
        left, top, right, bottom = self.box
        return left - 1.5, top - 1.5, right + 1.5, bottom + 1.5

    @cached_property
    def _measure(self) -> list[tuple[skia.PathMeasure, float]]:
        """Each contour with its length."""
        measure, found = skia.PathMeasure(self._path, False), []
        while True:
            length = measure.getLength()
            if length > 0:
                piece = skia.Path()
                measure.getSegment(0, length, piece, True)
                found.append((skia.PathMeasure(piece, False), float(length)))
            if not measure.nextContour():
                return found

    def _drawn(self, grown: float) -> skia.Path:
        """The beginning of the path, as if a pen had come so far."""
        left, drawn = grown * sum(length for _, length in self._measure), skia.Path()
        if left < 1:  # a round pen that has not moved would leave a dot
            return drawn
        for measure, length in self._measure:
            if left <= 0:
                break
            measure.getSegment(0, min(left, length), drawn, True)
            left -= length
        return drawn

    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:
        if self._fill:
            canvas.drawPath(self._path, _brush(self._fill, alpha * grown))
        if self._line:
            path = self._path if grown >= 1 else self._drawn(grown)
            canvas.drawPath(path, _brush(self._line, alpha, line=self._width, dash=self._dash))


class Arrow(Mark):
    """An arrow from (0, 0) to (dx, dy) that grows out of its tail; the head keeps its size and turns up first."""

    def __init__(self, dx: float, dy: float, *, color: str, thick: float = 9.0, head: float = 0.0, both: bool = False) -> None:
        self._dx, self._dy, self._color, self._thick, self._both = dx, dy, color, thick, both
        self._head = head or thick * 2.9
        reach = self._head * 0.62
        box = (min(0, dx) - reach, min(0, dy) - reach, max(0, dx) + reach, max(0, dy) + reach)
        super().__init__(key=f"arrow:{dx:.1f},{dy:.1f},{color},{thick},{head},{both}", box=box)

    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:
        length, angle = hypot(self._dx, self._dy) * grown, atan2(self._dy, self._dx)
        if length < 1:
            return
        head = min(self._head, length * 0.9)
        canvas.save()
        canvas.rotate(angle * 180 / pi)
        # One path for shaft and head, so that a faded arrow shows no seam.
        path = skia.Path()
        half, wide, neck = self._thick / 2, head * 0.52, length - head
        if self._both:
            path.moveTo(head, half).lineTo(head * 1.06, wide).lineTo(0, 0).lineTo(head * 1.06, -wide).lineTo(head, -half)
        else:
            path.moveTo(half, half).arcTo(half, half, 0, skia.Path.kSmall_ArcSize, skia.PathDirection.kCW, half, -half)
        path.lineTo(neck, -half).lineTo(neck - head * 0.06, -wide).lineTo(length, 0).lineTo(neck - head * 0.06, wide)
        path.lineTo(neck, half).close()
        paint = _brush(self._color, alpha)
        paint.setPathEffect(skia.CornerPathEffect.Make(min(3.2, self._thick * 0.4)))
        canvas.drawPath(path, paint)
        canvas.restore()


class Image(Mark):
    """A picture made once; `scale` is image pixels per drawn pixel. Origin at its top left."""

    def __init__(self, image: skia.Image, *, key: str, scale: float = 1.0) -> None:
        self._picture, self._scale = image, scale
        super().__init__(key=f"image:{key}|{scale}", box=(0.0, 0.0, image.width() / scale, image.height() / scale))

    @cached_property
    def _image(self) -> skia.Image:
        """Scaled down once with a good filter, not in every frame with a quick one."""
        if self._scale == 1:
            return self._picture
        width, height = max(1, round(self.width)), max(1, round(self.height))
        surface = skia.Surface.MakeRaster(skia.ImageInfo.MakeN32Premul(width, height))
        sampling = skia.SamplingOptions(skia.CubicResampler.Mitchell())
        surface.getCanvas().drawImageRect(self._picture, skia.Rect.MakeWH(width, height), sampling)
        return surface.makeImageSnapshot()

    def paint(self, canvas: skia.Canvas, *, alpha: float, grown: float) -> None:
        if grown < 1:
            canvas.save()
            canvas.clipRect(skia.Rect.MakeWH(self.width * grown, self.height), True)
        canvas.drawImage(self._image, 0, 0, skia.SamplingOptions(skia.FilterMode.kLinear), skia.Paint(Alphaf=alpha))
        if grown < 1:
            canvas.restore()


def rect(width: float, height: float, *, radius: float = 0.0, fill: str = "", line: str = "", line_width: float = 0.0) -> Shape:
    """A rectangle with its top left at the origin."""
    path = skia.Path()
    path.addRoundRect(skia.Rect.MakeWH(width, height), radius, radius)
    return Shape(path, key=f"rect:{width:.1f},{height:.1f},{radius}", fill=fill, line=line, line_width=line_width)


def rim(width: float, height: float, *, radius: float, drop: float, fill: str) -> Shape:
    """What is seen of a rectangle that lies `drop` pixels lower behind an equal one: nothing under it shines through."""
    front, back = skia.Path(), skia.Path()
    front.addRoundRect(skia.Rect.MakeWH(width, height), radius, radius)
    back.addRoundRect(skia.Rect.MakeXYWH(0, drop, width, height), radius, radius)
    path = skia.Op(back, front, skia.PathOp.kDifference_PathOp)
    return Shape(path, key=f"rim:{width:.1f},{height:.1f},{radius},{drop}", fill=fill)


def circle(radius: float, *, fill: str = "", line: str = "", line_width: float = 0.0, dash: tuple[float, ...] = ()) -> Shape:
    """A circle around the origin."""
    path = skia.Path()
    path.addCircle(0, 0, radius)
    return Shape(path, key=f"circle:{radius:.2f}", fill=fill, line=line, line_width=line_width, dash=dash)


def ellipse(rx: float, ry: float, *, fill: str = "", line: str = "", line_width: float = 0.0) -> Shape:
    """An ellipse around the origin."""
    path = skia.Path()
    path.addOval(skia.Rect.MakeLTRB(-rx, -ry, rx, ry))
    return Shape(path, key=f"ellipse:{rx:.2f},{ry:.2f}", fill=fill, line=line, line_width=line_width)


def polyline(
    points: Sequence[Point],
    *,
    line: str = "",
    line_width: float = 4.0,
    fill: str = "",
    closed: bool = False,
    smooth: bool = False,
    dash: tuple[float, ...] = (),
) -> Shape:
    """Straight pieces through the points, or a smooth curve through them; drawn on from the first point as it grows."""
    path = skia.Path()
    path.moveTo(*points[0])
    if smooth:
        _through(path, points)
    else:
        for point in points[1:]:
            path.lineTo(*point)
    if closed:
        path.close()
    told = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    # Long point lists are hashed: keys are compared and stored for every frame.
    short = told if len(told) < 64 else hashlib.sha256(told.encode()).hexdigest()[:20]
    key = f"poly:{short},{closed},{smooth}"
    return Shape(path, key=key, fill=fill, line=line if line_width else "", line_width=line_width if line else 0.0, dash=dash)


def _through(path: skia.Path, points: Sequence[Point]) -> None:
    """Catmull-Rom through all points, as cubic Beziers."""
    last = len(points) - 1
    for i in range(last):
        before, here, there, after = points[max(0, i - 1)], points[i], points[i + 1], points[min(last, i + 2)]
        first = here[0] + (there[0] - before[0]) / 6, here[1] + (there[1] - before[1]) / 6
        second = there[0] - (after[0] - here[0]) / 6, there[1] - (after[1] - here[1]) / 6
        path.cubicTo(*first, *second, *there)


def line(dx: float, dy: float, *, color: str, width: float = 3.0, dash: tuple[float, ...] = ()) -> Shape:
    """A straight line from the origin."""
    return polyline([(0, 0), (dx, dy)], line=color, line_width=width, dash=dash)


def arc(radius: float, start: float, sweep: float, *, color: str, width: float = 3.0) -> Shape:
    """Part of a circle round the origin; degrees, 0 = right, counterclockwise as in mathematics."""
    steps = max(2, int(abs(sweep) / 4))
    angles = [(start + sweep * i / steps) * pi / 180 for i in range(steps + 1)]
    return polyline([(radius * cos(a), -radius * sin(a)) for a in angles], line=color, line_width=width)
