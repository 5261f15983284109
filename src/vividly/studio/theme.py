"""One look per interest: a palette whose text is readable by construction, and the name of the pattern behind it.

Knows colors; what is drawn with them is decided elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from vividly.studio.colors import mix, readable
from vividly.studio.specs import Tone


@dataclass(frozen=True, slots=True)
class Theme:
    """`ink`, `soft` and every tone read at 4.5:1 or better on `ground` and on `panel`; `pattern` and `edge` are decor."""

    id: str
    dark: bool
    ground: str
    panel: str
    edge: str
    pattern: str
    ink: str
    soft: str
    tones: dict[Tone, str]

    @property
    def accent(self) -> str:
        return self.tones["main"]

    def tone(self, name: Tone) -> str:
        """A color strong enough for text and thin lines."""
        return self.tones[name]

    def tint(self, name: Tone, share: float = 0.16) -> str:
        """A tone thinned with the panel color: a fill that ink stays readable on."""
        return mix(self.panel, self.tones[name], share)

    @property
    def key(self) -> str:
        return f"{self.id}{self.ground}{self.panel}{self.ink}{self.soft}{sorted(self.tones.items())}"


# id: dark, ground, panel, ink, then main, second, third
_SEEDS: dict[str, tuple[bool, str, str, str, str, str, str]] = {
    "": (False, "#f5f1e8", "#fffdf8", "#1f2433", "#3b5bdb", "#c2410c", "#0b7a75"),
    "basketball": (False, "#faecd7", "#fff9f0", "#2d1b10", "#c9480a", "#1d4ed8", "#7a3e9d"),
    "soccer": (True, "#0f3d2e", "#16513d", "#f3fbf2", "#ffd43b", "#7fe3ff", "#ffab7a"),
    "american_football": (True, "#12284a", "#1a3560", "#f5f8ff", "#ff9d5c", "#8fd0ff", "#c6f27a"),
    "baseball": (False, "#f7f3e9", "#fffefb", "#1b2333", "#c2232f", "#1c4e80", "#2b7a3d"),
    "track_swimming": (False, "#dff3f7", "#f7fdfe", "#0d2a38", "#0b6a93", "#c8326a", "#9a5b00"),
    "skateboarding": (True, "#1f1f27", "#2b2b36", "#f7f7fa", "#c6f135", "#ff79b8", "#5fd0f5"),
    "dance": (True, "#2d1440", "#3c1f53", "#fdf4ff", "#ff8fd0", "#ffd166", "#86e3f5"),
    "music": (True, "#1a1740", "#262257", "#f7f5ff", "#ffbe57", "#7eeac8", "#ff93c1"),
    "video_games": (True, "#11132e", "#1c1f45", "#f2f6ff", "#53e6ff", "#ff82dc", "#b9f96a"),
    "cooking": (False, "#fff3d6", "#fffbf0", "#33200f", "#bf2f24", "#2f7434", "#8d5a00"),
    "drawing": (False, "#f8f6f1", "#ffffff", "#23202e", "#6741d9", "#c2410c", "#0b7285"),
    "fashion": (False, "#faeaee", "#fff8fa", "#331523", "#a81e5e", "#1b6b74", "#86580a"),
    "cars": (True, "#1c2127", "#282f37", "#f5f7f9", "#ff7b72", "#ffd43b", "#6fdcec"),
    "animals": (False, "#ebf3e2", "#fafdf6", "#1e2b18", "#2c7338", "#ae4f17", "#1b6a88"),
    "movies": (True, "#24121a", "#331c26", "#fff6ee", "#ffc94d", "#ff8a8a", "#94dcf7"),
    "outdoors": (False, "#e4edf2", "#f8fbfd", "#172a33", "#17695a", "#b04a10", "#5a48b5"),
    "space_flight": (True, "#0c1230", "#172048", "#f1f5ff", "#ffd166", "#8fb2ff", "#ff9fb0"),
    "coding": (True, "#0e1c25", "#172b37", "#eefaf6", "#5cf2b0", "#ffbf7a", "#9cc0ff"),
}
_SIGNS: dict[bool, dict[Tone, str]] = {
    False: {"warm": "#c92a2a", "cool": "#1864ab", "good": "#2b7a3d", "bad": "#c92a2a"},
    True: {"warm": "#ff8787", "cool": "#74c0fc", "good": "#8ce99a", "bad": "#ff8787"},
}


@lru_cache
def theme_for(interest: str) -> Theme:
    """The look of an interest id; one we do not know gets the calm default."""
    name = interest if interest in _SEEDS else ""
    dark, ground, panel, ink, main, second, third = _SEEDS[name]
    # Tints of a tone carry text too, so every tone is made readable on the strongest usual tint of itself.
    raw: dict[Tone, str] = {"main": main, "second": second, "third": third, **_SIGNS[dark], "muted": mix(ink, ground, 0.42)}
    tones = {n: readable(c, ground, panel, mix(panel, c, 0.12)) for n, c in raw.items()}
    return Theme(
        id=name or "plain",
        dark=dark,
        ground=ground,
        panel=panel,
        edge=mix(panel, ink, 0.16),
        pattern=mix(ground, ink if dark else main, 0.1),
        ink=ink,
        soft=readable(mix(ink, ground, 0.34), ground, panel),
        tones=tones,
    )


def theme_ids() -> tuple[str, ...]:
    """Interest ids that have a look of their own."""
    return tuple(n for n in _SEEDS if n)
