"""The things forces act on, drawn flat by us: crate, ball, person, rocket, balloon, cart, wall, car, hand, skateboard, earth, a puff of air.

Each is SVG in its own units, standing on the lower edge. Knows nothing of scenes.
"""

from __future__ import annotations

from dataclasses import dataclass

from vividly.studio.art import Art

_BASE = 144.0  # pixels: height of a thing of size 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing and how far its body reaches from its middle, as shares of its width and height (where arrows begin)."""

    body: str
    wide: float
    high: float
    tall: float = 1.0
    reach: tuple[float, float] = (0.5, 0.5)


_BOX = """<rect x="4" y="4" width="112" height="112" rx="12" fill="#c98d4f"/><rect x="4" y="4" width="112" height="30" rx="12" fill="#dba468"/>
<rect x="4" y="22" width="112" height="14" fill="#dba468"/><path d="M22 40V108M98 40V108" stroke="#a86f38" stroke-width="7" stroke-linecap="round"/>
<path d="M30 100L90 48" stroke="#a86f38" stroke-width="9" stroke-linecap="round"/><circle cx="22" cy="20" r="3.5" fill="#8a5a2b"/><circle cx="98" cy="20" r="3.5" fill="#8a5a2b"/>"""
_BALL = """<circle cx="60" cy="60" r="56" fill="#e8590c"/><path d="M60 4a56 56 0 0 1 40 95a62 62 0 0 0-6-88a56 56 0 0 0-34-7z" fill="#cf4a06"/>
<g fill="none" stroke="#5b2408" stroke-width="4.5"><path d="M4 60H116M60 4V116"/><path d="M20 21C46 44 46 78 20 99"/><path d="M100 21C74 44 74 78 100 99"/></g>
<ellipse cx="38" cy="30" rx="13" ry="7" transform="rotate(-35 38 30)" fill="#fff" opacity=".35"/>"""
_SOCCER = """<circle cx="60" cy="60" r="56" fill="#f8f9fa"/><path d="M60 4a56 56 0 0 1 40 95a62 62 0 0 0-6-88a56 56 0 0 0-34-7z" fill="#dee2e6"/>
<path d="M60 40L79 54L72 77H48L41 54Z" fill="#212529"/><g fill="#212529"><path d="M60 4L76 12L60 22L44 12Z"/><path d="M113 44L116 66L101 62L98 47Z"/><path d="M7 44L4 66L19 62L22 47Z"/><path d="M92 106L74 115L76 99L88 91Z"/><path d="M28 106L46 115L44 99L32 91Z"/></g>
<g stroke="#212529" stroke-width="4"><path d="M60 22V40M98 47L79 54M22 47L41 54M88 91L72 77M32 91L48 77"/></g>"""
_BASEBALL = """<circle cx="60" cy="60" r="56" fill="#fdfbf5"/><path d="M60 4a56 56 0 0 1 40 95a62 62 0 0 0-6-88a56 56 0 0 0-34-7z" fill="#e9e2d3"/>
<g fill="none" stroke="#d6303b" stroke-width="4.5" stroke-linecap="round"><path d="M22 20C44 42 44 78 22 100"/><path d="M98 20C76 42 76 78 98 100"/>
<path d="M24 38L38 34M28 54L44 52M28 70L44 72M24 86L36 90M96 38L82 34M92 54L76 52M92 70L76 72M96 86L84 90"/></g>"""
_PLAIN_BALL = """<circle cx="60" cy="60" r="56" fill="#4c8df6"/><path d="M60 4a56 56 0 0 1 40 95a62 62 0 0 0-6-88a56 56 0 0 0-34-7z" fill="#3573db"/>
<path d="M8 40A56 56 0 0 0 8 80C42 92 78 92 112 80A56 56 0 0 0 112 40C78 52 42 52 8 40Z" fill="#fff" opacity=".9"/><ellipse cx="38" cy="26" rx="12" ry="6" transform="rotate(-35 38 26)" fill="#fff" opacity=".5"/>"""
_PERSON = """<path d="M34 128L30 192" stroke="#34435e" stroke-width="19" stroke-linecap="round"/><path d="M56 128L60 192" stroke="#2b3850" stroke-width="19" stroke-linecap="round"/>
<path d="M22 196H38M54 196H70" stroke="#f8f9fa" stroke-width="11" stroke-linecap="round"/><path d="M24 84L12 122" stroke="#c68642" stroke-width="13" stroke-linecap="round"/><path d="M66 84L78 122" stroke="#c68642" stroke-width="13" stroke-linecap="round"/>
<path d="M22 78Q22 62 45 62Q68 62 68 78L66 134H24Z" fill="#12b886"/><path d="M24 78L18 100M66 78L72 100" stroke="#12b886" stroke-width="16" stroke-linecap="round"/><path d="M24 112H66V134H24Z" fill="#0ca678"/>
<rect x="38" y="48" width="14" height="20" rx="6" fill="#b57635"/><circle cx="45" cy="33" r="22" fill="#c68642"/><path d="M22 34C20 8 34 5 46 5C62 5 71 16 68 34C62 26 60 20 54 19C44 24 32 22 26 26Z" fill="#2b1a10"/>
<circle cx="37" cy="36" r="2.6" fill="#2b1a10"/><circle cx="53" cy="36" r="2.6" fill="#2b1a10"/><path d="M38 45Q45 50 52 45" fill="none" stroke="#2b1a10" stroke-width="2.6" stroke-linecap="round"/>"""
_ROCKET = """<path d="M40 150Q50 206 50 206Q50 206 60 150Z" fill="#ffd43b"/><path d="M32 146Q50 186 68 146Z" fill="#ff922b"/><path d="M26 98L4 138Q6 150 14 148L34 138Z" fill="#e03131"/><path d="M74 98L96 138Q94 150 86 148L66 138Z" fill="#c92a2a"/>
<path d="M50 4C78 34 80 90 68 146H32C20 90 22 34 50 4Z" fill="#f1f3f5"/><path d="M50 4C78 34 80 90 68 146H54C66 90 64 34 50 4Z" fill="#ced4da"/><path d="M50 4C62 16 69 32 72 48H28C31 32 38 16 50 4Z" fill="#e03131"/>
<circle cx="50" cy="76" r="14" fill="#495057"/><circle cx="50" cy="76" r="9.5" fill="#74c0fc"/><path d="M32 146H68L66 154H34Z" fill="#868e96"/>"""
_BALLOON = """<path d="M60 142Q52 168 62 188Q70 200 62 214" fill="none" stroke="#adb5bd" stroke-width="3"/><path d="M60 6C94 6 112 34 110 64C108 98 82 124 66 136H54C38 124 12 98 10 64C8 34 26 6 60 6Z" fill="#e64980"/>
<path d="M60 6C94 6 112 34 110 64C108 98 82 124 66 136H60C84 110 96 40 60 6Z" fill="#c2255c"/><path d="M52 134H68L72 146H48Z" fill="#a61e4d"/><ellipse cx="36" cy="40" rx="9" ry="18" transform="rotate(22 36 40)" fill="#fff" opacity=".45"/>"""
_CART = """<path d="M8 38H152Q158 38 156 46L148 84Q146 90 140 90H20Q14 90 12 84L4 46Q2 38 8 38Z" fill="#4263eb"/><path d="M6 56H154L150 76H10Z" fill="#364fc7"/><rect x="0" y="30" width="160" height="13" rx="6.5" fill="#5c7cfa"/>
<g><circle cx="40" cy="98" r="20" fill="#343a40"/><circle cx="40" cy="98" r="9" fill="#ced4da"/><circle cx="120" cy="98" r="20" fill="#343a40"/><circle cx="120" cy="98" r="9" fill="#ced4da"/></g>"""
_WALL = """<rect width="70" height="220" rx="8" fill="#b5533c"/><g fill="#c96a50"><rect x="4" y="4" width="38" height="24" rx="4"/><rect x="46" y="4" width="20" height="24" rx="4"/><rect x="4" y="32" width="18" height="24" rx="4"/><rect x="26" y="32" width="40" height="24" rx="4"/><rect x="4" y="60" width="38" height="24" rx="4"/><rect x="46" y="60" width="20" height="24" rx="4"/><rect x="4" y="88" width="18" height="24" rx="4"/><rect x="26" y="88" width="40" height="24" rx="4"/><rect x="4" y="116" width="38" height="24" rx="4"/><rect x="46" y="116" width="20" height="24" rx="4"/><rect x="4" y="144" width="18" height="24" rx="4"/><rect x="26" y="144" width="40" height="24" rx="4"/><rect x="4" y="172" width="38" height="24" rx="4"/><rect x="46" y="172" width="20" height="24" rx="4"/><rect x="4" y="200" width="18" height="16" rx="4"/><rect x="26" y="200" width="40" height="16" rx="4"/></g>"""
_CAR = """<path d="M14 62Q16 50 34 46L58 20Q64 12 78 12H126Q138 12 146 20L170 46Q192 48 194 64V82Q194 90 186 90H12Q4 90 4 82V74Q4 64 14 62Z" fill="#e03131"/><path d="M4 72H194V82Q194 90 186 90H12Q4 90 4 82Z" fill="#b02525"/>
<path d="M66 26Q70 22 76 22H96V46H48Z" fill="#d0ebff"/><path d="M104 22H126Q134 22 140 28L154 46H104Z" fill="#a5d8ff"/><rect x="180" y="56" width="14" height="9" rx="4" fill="#ffe066"/><rect x="4" y="62" width="9" height="9" rx="4" fill="#ff8787"/><path d="M106 56H120" stroke="#8a1c1c" stroke-width="4" stroke-linecap="round"/>
<circle cx="46" cy="90" r="20" fill="#212529"/><circle cx="46" cy="90" r="9" fill="#ced4da"/><circle cx="152" cy="90" r="20" fill="#212529"/><circle cx="152" cy="90" r="9" fill="#ced4da"/>"""
_HAND = """<path d="M0 44H40V108H0Q-2 76 0 44Z" fill="#4263eb"/><path d="M30 40H46V112H30Z" fill="#f1f3f5"/><path d="M44 50Q60 40 84 42L132 40Q142 40 142 49Q142 58 132 58H104L146 60Q155 61 155 69Q155 78 146 78H108L142 82Q150 83 149 91Q148 99 140 98L106 96L128 102Q135 104 133 111Q131 117 124 116L84 110Q60 112 44 104Z" fill="#e0a878"/>
<path d="M74 44Q78 24 92 16Q102 12 106 20Q108 26 100 34L92 48Z" fill="#d2965f"/>"""
_SKATEBOARD = """<path d="M8 16Q16 34 34 34H166Q184 34 192 16" fill="none" stroke="#f76707" stroke-width="13" stroke-linecap="round"/><path d="M34 30H166" stroke="#343a40" stroke-width="6" stroke-linecap="round"/><path d="M44 40H68L62 52H50ZM132 40H156L150 52H138Z" fill="#adb5bd"/>
<circle cx="56" cy="58" r="13" fill="#ffe8cc"/><circle cx="56" cy="58" r="5" fill="#e8590c"/><circle cx="144" cy="58" r="13" fill="#ffe8cc"/><circle cx="144" cy="58" r="5" fill="#e8590c"/>"""
_EARTH = """<circle cx="100" cy="100" r="96" fill="#228be6"/><path d="M40 40C64 24 92 28 96 46C100 62 78 64 74 82C70 96 50 92 40 80C30 70 26 56 40 40ZM112 92C130 80 158 86 170 104C178 118 160 128 154 148C148 166 128 172 122 154C116 138 98 108 112 92ZM130 26C148 30 166 42 174 56C160 62 138 56 130 44ZM58 128C74 126 84 138 80 152C76 166 62 168 54 156C48 146 48 130 58 128Z" fill="#40c057"/>
<path d="M100 4a96 96 0 0 1 66 166A104 104 0 0 0 150 18A96 96 0 0 0 100 4Z" fill="#0b3d7a" opacity=".28"/><ellipse cx="58" cy="44" rx="22" ry="10" transform="rotate(-38 58 44)" fill="#fff" opacity=".22"/>"""
_AIR = """<g fill="#a5d8ff"><circle cx="58" cy="60" r="40"/><circle cx="98" cy="44" r="34"/><circle cx="134" cy="66" r="32"/><circle cx="96" cy="82" r="32"/><circle cx="30" cy="74" r="24"/></g>
<g fill="#d0ebff"><circle cx="50" cy="48" r="22"/><circle cx="92" cy="34" r="19"/><circle cx="130" cy="56" r="17"/></g>
<g fill="none" stroke="#4dabf7" stroke-width="5" stroke-linecap="round"><path d="M34 66H82Q94 66 94 56"/><path d="M48 84H116Q128 84 128 74"/></g>"""

_FIGURES: dict[str, Figure] = {
    "box": Figure(_BOX, 120, 120, 1.0),
    "ball": Figure(_PLAIN_BALL, 120, 120, 0.8),
    "person": Figure(_PERSON, 90, 202, 1.75, (0.30, 0.5)),
    "rocket": Figure(_ROCKET, 100, 208, 1.75, (0.32, 0.46)),
    "balloon": Figure(_BALLOON, 120, 216, 1.5, (0.46, 0.40)),
    "cart": Figure(_CART, 160, 120, 0.95),
    "wall": Figure(_WALL, 70, 220, 2.0),
    "car": Figure(_CAR, 198, 112, 0.85),
    "hand": Figure(_HAND, 158, 124, 0.9, (0.48, 0.3)),
    "skateboard": Figure(_SKATEBOARD, 200, 74, 0.5),
    "earth": Figure(_EARTH, 200, 200, 1.5),
    "air": Figure(_AIR, 170, 118, 0.9, (0.46, 0.4)),
}
_BALLS = {"basketball": _BALL, "soccer": _SOCCER, "baseball": _BASEBALL}


# Not everybody looks the same: skin, neck, hair, shirt and its hem of the first person, then of the others.
_PEOPLE = (
    ("#c68642", "#b57635", "#2b1a10", "#12b886", "#0ca678"),
    ("#f1c9a5", "#dfb08a", "#8a4b1f", "#f76707", "#d9540b"),
    ("#8d5524", "#774517", "#1a1210", "#fab005", "#e09600"),
    ("#e0ac69", "#c98f4e", "#3d2b1f", "#4c6ef5", "#3b5bdb"),
)


def figure(shape: str, *, size: float, interest: str = "", person: int = 0) -> tuple[Art, tuple[float, float]]:
    """The drawing of a shape, and how far in pixels its body reaches sideways and upwards from its middle.

    A ball is the ball of the student's sport, where there is one; `person` chooses among people.
    """
    drawn = _FIGURES[shape]
    body = _BALLS.get(interest, drawn.body) if shape == "ball" else drawn.body
    if shape == "person":
        for color, other in zip(_PEOPLE[0], _PEOPLE[person % len(_PEOPLE)], strict=True):
            body = body.replace(color, other)
    high = _BASE * drawn.tall * size
    art = Art(body, width=round(high * drawn.wide / drawn.high), unit_width=drawn.wide, unit_height=drawn.high)
    return art, (art.width * drawn.reach[0], art.height * drawn.reach[1])


def shapes() -> tuple[str, ...]:
    """All things there is a drawing of."""
    return tuple(_FIGURES)
