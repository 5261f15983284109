"""The paper behind a lesson: a flat ground with one large, quiet pattern from the interest's world. Drawn once per lesson.

Knows themes and skia; nothing of scenes. Patterns are decor: barely darker or lighter than the ground.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cos, pi, sin

import skia

from vividly.studio.colors import mix, paint_color
from vividly.studio.frames import HEIGHT, WIDTH
from vividly.studio.theme import Theme, theme_for

Pen = Callable[..., None]


class _Quiet:
    """A pencil in the pattern color."""

    def __init__(self, canvas: skia.Canvas, color: str) -> None:
        self.canvas, self.color = canvas, color

    def paint(self, width: float = 0.0, share: float = 1.0) -> skia.Paint:
        paint = skia.Paint(AntiAlias=True, Color=paint_color(self.color))
        paint.setAlphaf(share)
        if width:
            paint.setStyle(skia.Paint.kStroke_Style)
            paint.setStrokeWidth(width)
            paint.setStrokeCap(skia.Paint.kRound_Cap)
        return paint

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 6) -> None:
        self.canvas.drawLine(x0, y0, x1, y1, self.paint(width))

    def ring(self, x: float, y: float, r: float, width: float = 6) -> None:
        self.canvas.drawCircle(x, y, r, self.paint(width))

    def dot(self, x: float, y: float, r: float, share: float = 1.0) -> None:
        self.canvas.drawCircle(x, y, r, self.paint(share=share))

    def box(self, x: float, y: float, w: float, h: float, width: float = 0.0, radius: float = 0.0) -> None:
        self.canvas.drawRoundRect(skia.Rect.MakeXYWH(x, y, w, h), radius, radius, self.paint(width))

    def curve(self, points: list[tuple[float, float]], width: float = 0.0) -> None:
        path = skia.Path()
        path.moveTo(*points[0])
        for i in range(1, len(points) - 2, 3):
            path.cubicTo(*points[i], *points[i + 1], *points[i + 2])
        self.canvas.drawPath(path, self.paint(width))

    def polygon(self, points: list[tuple[float, float]], share: float = 1.0) -> None:
        path = skia.Path()
        path.addPoly([skia.Point(*p) for p in points], True)
        self.canvas.drawPath(path, self.paint(share=share))


def _basketball(q: _Quiet) -> None:
    q.ring(1290, 720, 330, 8)
    q.ring(1290, 720, 130, 8)
    q.box(1060, 590, 240, 140, 8)
    for x in range(-20, 1300, 160):
        q.line(x, 712, x + 90, 712, 2)


def _soccer(q: _Quiet) -> None:
    for x in range(0, WIDTH, 320):
        q.canvas.drawRect(skia.Rect.MakeXYWH(x, 0, 160, HEIGHT), q.paint(share=0.45))
    q.ring(1280, 400, 210, 6)
    q.ring(0, 720, 70, 6)
    q.line(1277, 0, 1277, 720, 6)


def _american_football(q: _Quiet) -> None:
    for x in range(40, WIDTH, 200):
        q.line(x, 640, x, 740, 6)
        for k in range(1, 5):
            q.line(x + k * 40, 690, x + k * 40, 712, 4)
    q.ring(1220, -30, 150, 6)


def _baseball(q: _Quiet) -> None:
    for radius, x in ((420, 1440), (420, -160)):
        q.ring(x, 520, radius, 5)
        for k in range(-12, 13):
            a = k * 0.09 + (pi if x > 640 else 0)
            cx, cy = x + radius * cos(a), 520 + radius * sin(a)
            q.line(cx - 12, cy - 10, cx + 12, cy + 2, 4)


def _lanes(q: _Quiet) -> None:
    for k in range(7):
        y = 560 + k * 34
        q.curve([(-20, y), (340, y - 60), (820, y + 60), (1300, y - 40)], 5)


def _skate(q: _Quiet) -> None:
    q.curve([(1300, 250), (1240, 560), (1060, 720), (760, 730)], 8)
    q.curve([(1300, 420), (1240, 620), (1120, 740), (980, 740)], 8)
    for k in range(5):
        q.line(30 + k * 26, 690 - k * 3, 60 + k * 26, 640 - k * 3, 6)


def _ribbons(q: _Quiet) -> None:
    for k in range(4):
        d = k * 26
        q.curve(
            [(-40, 660 + d), (300, 520 + d), (620, 800 - d), (900, 650 + d), (1080, 560), (1200, 700 - d), (1320, 540 + d)], 7
        )


def _equalizer(q: _Quiet) -> None:
    for k in range(46):
        high = 26 + 70 * abs(sin(k * 0.7) * cos(k * 0.23))
        q.box(14 + k * 28, 724 - high, 14, high + 20, radius=7)


def _pixels(q: _Quiet) -> None:
    seed = 7
    for column in range(40):
        seed = (seed * 1103515245 + 12345) % 2**31
        for row in range(seed // 65536 % 4):
            q.box(column * 32, 720 - (row + 1) * 32, 30, 30)
    for x, y in ((1180, 40), (1212, 40), (1212, 72), (40, 600)):
        q.box(x, y, 30, 30)


def _gingham(q: _Quiet) -> None:
    for x in range(0, WIDTH, 64):
        q.canvas.drawRect(skia.Rect.MakeXYWH(x, 640, 32, 80), q.paint(share=0.6))
    for y in (640, 704):
        q.canvas.drawRect(skia.Rect.MakeXYWH(0, y, WIDTH, 32), q.paint(share=0.6))


def _dots(q: _Quiet) -> None:
    for x in range(32, WIDTH, 40):
        for y in range(32, HEIGHT, 40):
            q.dot(x, y, 2.2)
    q.curve([(860, 760), (1000, 600), (1120, 760), (1310, 560)], 46)


def _stitches(q: _Quiet) -> None:
    for k in range(3):
        paint = q.paint(5)
        paint.setPathEffect(skia.DashPathEffect.Make([22, 16], 0))
        path = skia.Path()
        path.moveTo(-20, 640 + 34 * k).cubicTo(400, 700 + 34 * k, 800, 560 + 34 * k, 1300, 660 + 34 * k)
        q.canvas.drawPath(path, paint)


def _checkers(q: _Quiet) -> None:
    for column in range(43):
        for row in range(3):
            if (column + row) % 2 == 0:
                q.box(column * 30, 630 + row * 30, 30, 30)
    for k in range(4):
        q.line(900 + k * 60, 30 + k * 14, 1320, 30 + k * 14, 4)


def _paws(q: _Quiet) -> None:
    for k in range(8):
        x, y = 60 + k * 170, 690 - (k % 2) * 46
        q.canvas.save()
        q.canvas.translate(x, y)
        q.canvas.rotate(74)
        q.canvas.drawOval(skia.Rect.MakeXYWH(-17, -6, 34, 28), q.paint())
        for dx, dy in ((-20, -14), (-8, -24), (8, -24), (20, -14)):
            q.dot(dx, dy, 7)
        q.canvas.restore()


def _film(q: _Quiet) -> None:
    q.polygon([(1180, -20), (520, 740), (900, 740)], 0.5)
    q.polygon([(100, -20), (420, 740), (760, 740)], 0.35)
    for k in range(27):
        q.box(12 + k * 48, 682, 26, 20, radius=5)


def _ridges(q: _Quiet) -> None:
    q.polygon(
        [
            (0, 720),
            (0, 640),
            (150, 560),
            (270, 640),
            (420, 530),
            (620, 680),
            (780, 590),
            (960, 700),
            (1120, 560),
            (1280, 650),
            (1280, 720),
        ]
    )
    q.polygon([(0, 720), (0, 690), (240, 640), (520, 705), (800, 650), (1060, 700), (1280, 660), (1280, 720)], 0.9)
    q.ring(1150, 90, 52, 5)


def _stars(q: _Quiet) -> None:
    seed = 11
    for _ in range(90):
        seed = (seed * 1103515245 + 12345) % 2**31
        x, y, r = seed // 7 % WIDTH, seed // 9973 % HEIGHT, 1.2 + seed // 65536 % 3
        q.dot(x, y, r, 0.9)
    for k in range(3):
        q.ring(1230, 730, 170 + 90 * k, 3)


def _traces(q: _Quiet) -> None:
    for k in range(6):
        y = 590 + k * 26
        q.line(720 + k * 46, 730, 720 + k * 46 + (730 - y), y, 4)
        q.line(720 + k * 46 + (730 - y), y, 1300, y, 4)
        q.dot(720 + k * 46 + (730 - y), y, 8)
    for k in range(4):
        q.line(40 + 60 * k, 730, 40 + 60 * k, 650 + 16 * k, 4)
        q.dot(40 + 60 * k, 650 + 16 * k, 8)


def _plain(q: _Quiet) -> None:
    q.ring(1250, 700, 190, 30)
    q.ring(60, 730, 110, 22)


_PATTERNS: dict[str, Callable[[_Quiet], None]] = {
    "basketball": _basketball,
    "soccer": _soccer,
    "american_football": _american_football,
    "baseball": _baseball,
    "track_swimming": _lanes,
    "skateboarding": _skate,
    "dance": _ribbons,
    "music": _equalizer,
    "video_games": _pixels,
    "cooking": _gingham,
    "drawing": _dots,
    "fashion": _stitches,
    "cars": _checkers,
    "animals": _paws,
    "movies": _film,
    "outdoors": _ridges,
    "space_flight": _stars,
    "coding": _traces,
}


def _background(theme: Theme) -> skia.Image:
    surface = skia.Surface.MakeRaster(skia.ImageInfo.MakeN32Premul(WIDTH, HEIGHT))
    canvas = surface.getCanvas()
    canvas.clear(paint_color(theme.ground))
    _PATTERNS.get(theme.id, _plain)(_Quiet(canvas, mix(theme.ground, theme.pattern, 0.8)))
    return surface.makeImageSnapshot()


@lru_cache(maxsize=4)
def background(interest: str) -> skia.Image:
    """The ground of an interest's theme, 1280x720."""
    return _background(theme_for(interest))
