"""Units of measurement as words: "m/s²" -> meters per second squared. Pure."""

from __future__ import annotations

import re

_PREFIXES = {
    "k": "kilo",
    "c": "centi",
    "m": "milli",
    "M": "mega",
    "G": "giga",
    "μ": "micro",
    "µ": "micro",
    "n": "nano",
    "d": "deci",
}
_PREFIXED = {  # symbol: (singular, plural, prefixes it takes in school)
    "m": ("meter", "meters", "kcmμµnd"),
    "g": ("gram", "grams", "kmcμµ"),
    "s": ("second", "seconds", "mμµn"),
    "N": ("newton", "newtons", "kmM"),
    "J": ("joule", "joules", "kMmG"),
    "W": ("watt", "watts", "kMmG"),
    "V": ("volt", "volts", "kmMμµ"),
    "A": ("ampere", "amperes", "mkμµ"),
    "Ω": ("ohm", "ohms", "kMm"),
    "Hz": ("hertz", "hertz", "kMG"),
    "Pa": ("pascal", "pascals", "kMG"),
    "C": ("coulomb", "coulombs", "mμµn"),
    "F": ("farad", "farads", "mμµn"),
    "T": ("tesla", "teslas", "mμµ"),
    "L": ("liter", "liters", "mdcμµ"),
    "l": ("liter", "liters", "m"),
    "mol": ("mole", "moles", "mkμµ"),
    "eV": ("electronvolt", "electronvolts", "kMG"),
    "B": ("byte", "bytes", "kMG"),
    "cal": ("calorie", "calories", "k"),
    "Wh": ("watt hour", "watt hours", "kM"),
}
_PLAIN = {
    "K": ("kelvin", "kelvins"),
    "°": ("degree", "degrees"),
    "°C": ("degree Celsius", "degrees Celsius"),
    "℃": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "h": ("hour", "hours"),
    "hr": ("hour", "hours"),
    "min": ("minute", "minutes"),
    "rad": ("radian", "radians"),
    "rev": ("revolution", "revolutions"),
    "atm": ("atmosphere", "atmospheres"),
    "mmHg": ("millimeter of mercury", "millimeters of mercury"),
    "KB": ("kilobyte", "kilobytes"),
    "Wb": ("weber", "webers"),
    "dB": ("decibel", "decibels"),
    "lb": ("pound", "pounds"),
    "lbs": ("pounds", "pounds"),
    "oz": ("ounce", "ounces"),
    "ft": ("foot", "feet"),
    "mi": ("mile", "miles"),
    "mph": ("mile per hour", "miles per hour"),
    "rpm": ("revolution per minute", "revolutions per minute"),
    "bpm": ("beat per minute", "beats per minute"),
    "fps": ("frame per second", "frames per second"),
    "kph": ("kilometer per hour", "kilometers per hour"),
    "ly": ("light-year", "light-years"),
    "AU": ("astronomical unit", "astronomical units"),
    "amu": ("atomic mass unit", "atomic mass units"),
    "px": ("pixel", "pixels"),
    "yr": ("year", "years"),
    "M": ("molar", "molar"),
    "%": ("percent", "percent"),
}
_NEVER_ALONE = frozenset("mgsNJWVACFTLlKhMB") | {"min", "rev", "mi", "ly", "dB", "M", "rad", "cal", "Pa", "AU"}
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_FACTOR = re.compile(r"([A-Za-zΩμµ°℃%]+)(?:\^?\(?([-−]?\d|[⁻]?[¹²³⁴⁵⁶])\)?)?$")


def simple(symbol: str) -> tuple[str, str] | None:
    """Singular and plural of one unit symbol, None if it is none."""
    if symbol in _PLAIN:
        return _PLAIN[symbol]
    if symbol in _PREFIXED:
        return _PREFIXED[symbol][:2]
    prefix, rest = symbol[:1], symbol[1:]
    if rest in _PREFIXED and prefix in _PREFIXED[rest][2]:
        singular, plural, _ = _PREFIXED[rest]
        return _PREFIXES[prefix] + singular, _PREFIXES[prefix] + plural
    return None


def _factor(text: str, *, plural: bool) -> list[str] | None:
    """One symbol with its power: m² -> square meters, s² -> second squared (after "per")."""
    match = _FACTOR.match(text)
    names = simple(match[1]) if match else None
    if match is None or names is None:
        return None
    power = (match[2] or "1").translate(_SUPERSCRIPT).replace("−", "-")
    name = names[1 if plural else 0].split()
    if power == "1":
        return name
    if match[1].endswith("m") and power in "23" and plural:
        return ["square" if power == "2" else "cubic", *name]
    words = {"2": ["squared"], "3": ["cubed"]}
    if power in words:
        return [*name, *words[power]]
    if power == "-1":
        return ["per", *names[0].split()]
    if power in {"-2", "-3"}:
        return ["per", *names[0].split(), *words[power[1]]]
    return None


def unit(text: str, *, plural: bool = True) -> list[str] | None:
    """Words of a unit such as kg·m/s², J/(kg·K), km/h; only the last factor above the line takes the plural. None if it is none."""
    above, *below = text.split("/")
    if not above:
        return None
    words: list[str] = []
    factors = re.split(r"[·*⋅]", above)
    for i, factor in enumerate(factors):
        part = _factor(factor, plural=plural and i == len(factors) - 1)
        if part is None:
            return None
        words += part
    for group in below:
        parts = [_below(f) for f in re.split(r"[·*⋅]", group.strip("()"))]
        if any(p is None for p in parts):
            return None
        words.append("per")
        words += [word for p in parts if p for word in p]
    return words


def _below(factor: str) -> list[str] | None:
    words = _factor(factor, plural=False)
    match = _FACTOR.match(factor)
    if words and match and match[1].endswith("m") and match[2] in {"2", "3", "²", "³"}:
        return ["square" if match[2] in "2²" else "cubic", *words[:-1]]
    return words


def stands_alone(text: str) -> bool:
    """Is this a unit even where no number stands before it ("in m/s²", "kg")? Single letters and words like "min" are not."""
    if text in _NEVER_ALONE or (text.isalpha() and len(text) == 1 and text != "Ω"):
        return False
    if re.fullmatch(r"[A-Za-z]/[A-Za-z]", text) and text not in {"m/s", "N/m", "g/L", "V/m", "J/s", "J/C", "C/s", "N/C", "J/K"}:
        return False
    return unit(text) is not None
