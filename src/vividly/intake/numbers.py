"""Lifts quantities out of a question, so that the lesson answers with the student's own numbers. Pure; knows no topic.

Unit names are pint's (a test parses every one); pint itself is not imported, because the door must start fast.
"""

from __future__ import annotations

import re

from vividly.intake.decisions import Number

# Symbols are matched as they are written: M is not m.
_SYMBOLS = {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "m": "meter", "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer", "ft": "foot", "mi": "mile", "yd": "yard",
    "s": "second", "ms": "millisecond", "min": "minute", "h": "hour", "hr": "hour", "hrs": "hour",
    "N": "newton", "kN": "kilonewton", "J": "joule", "kJ": "kilojoule", "MJ": "megajoule", "cal": "calorie", "kcal": "kilocalorie",
    "W": "watt", "kW": "kilowatt", "kWh": "kilowatt_hour", "hp": "horsepower", "eV": "electron_volt",
    "V": "volt", "mV": "millivolt", "kV": "kilovolt", "A": "ampere", "mA": "milliampere", "Ω": "ohm", "kΩ": "kiloohm",
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "T": "tesla",
    "Pa": "pascal", "kPa": "kilopascal", "atm": "atmosphere", "mmHg": "mmHg", "psi": "psi", "bar": "bar",
    "mol": "mole", "L": "liter", "l": "liter", "mL": "milliliter", "ml": "milliliter", "M": "molar", "K": "kelvin", "°C": "degree_Celsius",
    "°F": "degree_Fahrenheit", "°": "degree", "%": "percent", "mph": "mile/hour", "kph": "kilometer/hour", "kmh": "kilometer/hour",
    "dB": "decibel", "amu": "unified_atomic_mass_unit", "mC": "millicoulomb", "µC": "microcoulomb", "μC": "microcoulomb", "nC": "nanocoulomb",
    "kb": "kilobit", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "Mbps": "megabit/second",
}  # fmt: skip
# What students type without care for capitals, where it cannot mean another thing.
_LOOSE = {"n": "newton", "v": "volt", "j": "joule", "w": "watt", "kw": "kilowatt", "kj": "kilojoule", "hz": "hertz", "khz": "kilohertz",
          "mhz": "megahertz", "kpa": "kilopascal", "pa": "pascal", "kg": "kilogram", "kgs": "kilogram", "mph": "mile/hour", "km": "kilometer",
          "cm": "centimeter", "mm": "millimeter", "ml": "milliliter", "mol": "mole", "atm": "atmosphere", "gb": "gigabyte", "mb": "megabyte",
          "sec": "second", "secs": "second", "mins": "minute", "kwh": "kilowatt_hour", "kn": "kilonewton", "ev": "electron_volt", "lbs": "pound"}  # fmt: skip
_WORDS = {
    "kilogram": "kilogram", "kilo": "kilogram", "gram": "gram", "milligram": "milligram", "pound": "pound", "ounce": "ounce", "ton": "ton",
    "meter": "meter", "metre": "meter", "kilometer": "kilometer", "kilometre": "kilometer", "centimeter": "centimeter",
    "centimetre": "centimeter", "millimeter": "millimeter", "nanometer": "nanometer", "inch": "inch", "inche": "inch", "foot": "foot",
    "feet": "foot", "yard": "yard", "mile": "mile", "second": "second", "minute": "minute", "hour": "hour", "day": "day", "week": "week",
    "month": "month", "year": "year", "newton": "newton", "joule": "joule", "kilojoule": "kilojoule", "calorie": "calorie",
    "watt": "watt", "kilowatt": "kilowatt", "horsepower": "horsepower", "volt": "volt", "amp": "ampere", "ampere": "ampere",
    "milliamp": "milliampere", "ohm": "ohm", "kilohm": "kiloohm", "coulomb": "coulomb", "microcoulomb": "microcoulomb", "hertz": "hertz",
    "kilohertz": "kilohertz", "megahertz": "megahertz", "tesla": "tesla", "pascal": "pascal", "kilopascal": "kilopascal",
    "atmosphere": "atmosphere", "mole": "mole", "liter": "liter", "litre": "liter", "milliliter": "milliliter", "millilitre": "milliliter",
    "gallon": "gallon", "cup": "cup", "molar": "molar", "kelvin": "kelvin", "celsius": "degree_Celsius", "fahrenheit": "degree_Fahrenheit",
    "degree": "degree", "radian": "radian", "percent": "percent", "percentage": "percent", "decibel": "decibel", "bit": "bit",
    "byte": "byte", "kilobyte": "kilobyte", "megabyte": "megabyte", "gigabyte": "gigabyte", "dollar": "dollar", "buck": "dollar",
    "cent": "cent", "electronvolt": "electron_volt",
}  # fmt: skip
_POWERS = {"²": 2, "³": 3, "^2": 2, "^3": 3, "2": 2, "3": 3, "squared": 2, "cubed": 3, "⁻¹": -1, "⁻²": -2, "^-1": -1, "^-2": -2}
_SCALES = {"hundred": 1e2, "thousand": 1e3, "k": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}

_UNIT_WORD = r"[A-Za-zΩΩ°µμ%]+"
_POWER = r"(?:\^-?[23]|\^-1|[²³]|⁻[¹²]|[23](?![\d.])|\s(?:squared|cubed)\b)?"
_ATOM = rf"(?:square\s|cubic\s)?{_UNIT_WORD}{_POWER}"
_NUMBER = re.compile(
    rf"(?<![\w.^])(?P<money>\$\s?)?(?P<sign>[-−])?(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<power>\s?(?:[x×*]|times)\s?10\s?\^\s?(?P<exponent>[-−]?\d+)|e(?P<short>[-−]?\d+)(?!\w))?"
    r"(?:\s?/\s?(?P<under>\d+)(?![\d.]))?(?P<scale>\s(?:hundred|thousand|million|billion|trillion)\b)?"
    rf"(?:\s?-?(?P<unit>(?:degrees?\s)?{_ATOM}(?:\s?(?:/|per\s|\sper\s|·|\*)\s?\(?{_ATOM}\)?){{0,3}}))?"
)
_ASKED = re.compile(
    rf"\b(?:how many|how much in|what in|answer in|in)\s(?P<unit>(?:degrees?\s)?{_ATOM}(?:\s?(?:/|per\s|\sper\s)\s?{_ATOM})?)",
    re.IGNORECASE,
)
_ORDINAL = re.compile(r"^(?:st|nd|rd|th)\b")
_NOT_COUNTED = re.compile(
    r"(?:grade|chapter|unit|section|question|problem|page|part|number|step|lab|lesson|class|period|version|#)\s*$",
    re.IGNORECASE,
)

# The bare numbers of an equation belong to it, not to us.
_ALGEBRA = re.compile(r"\b\d*[a-z]\s*(?:\^|[-+*/]\s*\d|=)|=\s*\d*[a-z]\b", re.IGNORECASE)


def lift(text: str) -> tuple[Number, ...]:
    """The quantities of a question in order. Digits inside formulas (H2O), algebra (5x) and ordinals (3rd) are not quantities."""
    return tuple(number for match in _NUMBER.finditer(text) if (number := _number(match, text)) is not None)


def asked_unit(text: str) -> str:
    """The unit a question wants its answer in ("how many watts", "in meters per second"); "" if it names none."""
    for match in _ASKED.finditer(text):
        unit, _ = _unit(match["unit"], text)
        if unit and len(match["unit"]) > 1:
            return unit
    return ""


def _number(match: re.Match[str], text: str) -> Number | None:
    if _NOT_COUNTED.search(text[: match.start()]):
        return None
    unit_text = match["unit"] or ""
    unit, used = ("dollar", 0) if match["money"] else _unit(unit_text, text)
    if not unit and (_glued(match, text) or _ALGEBRA.search(text)):
        return None
    end = match.start("unit") + used if used else (match.start("unit") if match["unit"] else match.end())
    value = _value(match)
    if match["sign"] and match.start() and not text[match.start() - 1].isspace():
        value = abs(value)
    return Number(value, unit, text[match.start() : end].rstrip(" -/"))


def _value(match: re.Match[str]) -> float:
    value = float(match["digits"].replace(",", ""))
    exponent = match["exponent"] or match["short"]
    if exponent:
        value *= 10.0 ** max(min(int(exponent.replace("−", "-")), 300), -300)
    if match["under"] and float(match["under"]):
        value /= float(match["under"])
    if match["scale"]:
        value *= _SCALES[match["scale"].strip()]
    return -value if match["sign"] else value


def _glued(match: re.Match[str], text: str) -> bool:
    """5x, 3rd, 2H2O, 2x^2 and 4-sided are no quantities of anything."""
    after = text[match.end("scale") if match["scale"] else match.end("under") if match["under"] else match.end("digits") :]
    if match["power"]:
        return False
    if re.match(r"\s(?:[A-Z][a-z]?\d*)*[A-Z][a-z]?\d", after):  # 2 H2O
        return True
    return bool(after) and (
        after[0].isalpha() or after[0] in "^(_" or bool(_ORDINAL.match(after)) or bool(re.match(r"-[a-z]", after))
    )


def _unit(written: str, text: str) -> tuple[str, int]:
    """Name in pint and how many letters of `written` it took; ("", 0) if the word after the number is no unit."""
    parts: list[str] = []
    used = position = 0
    divide = False
    for piece in re.finditer(rf"\s?(?P<join>/|per\s|·|\*)?\s?\(?(?P<atom>(?:degrees?\s)?{_ATOM})\)?", written):
        if piece.start() != position or (parts and not piece["join"]):
            break
        divide = divide or piece["join"] in {"/", "per "}
        name = _atom(piece["atom"], text)
        if not name:
            break
        parts.append(("/" if divide else "*") + name if parts else name)
        used = position = piece.end()
    return "".join(parts), used


def _atom(written: str, text: str) -> str:
    match = re.fullmatch(rf"(?P<shape>square\s|cubic\s|degrees?\s)?(?P<word>{_UNIT_WORD}?)(?P<power>{_POWER})", written)
    if not match:
        return ""
    word, shape = match["word"], (match["shape"] or "").strip()
    if shape.startswith("degree"):
        return {
            "c": "degree_Celsius",
            "celsius": "degree_Celsius",
            "f": "degree_Fahrenheit",
            "fahrenheit": "degree_Fahrenheit",
        }.get(word.lower(), "degree")
    name = _name(word, text)
    power = {"square": 2, "cubic": 3}.get(shape) or _POWERS.get(match["power"].strip(), 1)
    return f"{name}**{power}" if name and power != 1 else name


def _name(word: str, text: str) -> str:
    if word in {"C", "c"}:
        return (
            "coulomb" if re.search(r"charge|coulomb|current", text, re.IGNORECASE) else "degree_Celsius" if word == "C" else ""
        )
    lower = word.lower()
    return _SYMBOLS.get(word) or _LOOSE.get(lower) or _WORDS.get(lower) or _WORDS.get(lower.removesuffix("s"), "")
