"""Chemical formulas as spoken letters and numbers: "Ca(OH)2" -> C A O H two. Pure."""

from __future__ import annotations

import re

from vividly.pipeline.narration.numbers import cardinal, digits

_ELEMENTS = frozenset(
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh "
    "Pd Ag Cd In Sn Sb Te I Xe Cs Ba La W Pt Au Hg Tl Pb Bi Po Rn Fr Ra Ac Th Pa U Np Pu Am".split()
)
# Without a digit or a charge a formula looks like a word: these are formulas all the same.
_KNOWN = frozenset(
    "CO NO NaCl HCl HBr HF HI NaOH KOH LiOH KCl KBr KI NaF NaBr AgCl AgBr LiF CaO MgO FeO CuO ZnO BaO PbO HgO FeS ZnS CuS HCN "
    "NaHCO KMnO SiC GaAs HOCl".split()
)
# Symbols that the voice would read as a word, spelled wherever they stand alone.
_SPELLED = frozenset("Na Cl Fe Mg Ca Cu Zn Ag Au Pb Hg Mn Br Li Si Ne Ar Kr Xe Ni Cr Ti Sn Ba Cs Rb Sr Pt Cd Ga Ge Se".split())
_STATES = {"(aq)": ["aqueous"], "(s)": ["solid"], "(l)": ["liquid"], "(g)": ["gas"]}
_SUB = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_SHAPE = re.compile(
    r"(?P<count>\d+)?(?P<body>(?:[A-Z][a-z]?\d*|\((?:[A-Z][a-z]?\d*)+\)\d*|\[(?:[A-Z][a-z]?\d*)+\])+)"
    r"(?P<charge>\^?\(?(?:[¹²³⁴⁵⁶⁷]?[⁺⁻]|[1-7]?[+\-−]))?\)?(?P<state>\((?:aq|s|l|g)\))?"
)
_PIECE = re.compile(r"[A-Z][a-z]?|\d+|[()\[\]]")


def formula(text: str, *, reaction: bool = False) -> list[str] | None:
    """Words for a formula with coefficient, charge and state, None if `text` is none. `reaction`: single elements count too."""
    plain = text.translate(_SUB)
    match = _SHAPE.fullmatch(plain)
    if match is None:
        return None
    body, charge = match["body"], (match["charge"] or "").translate(_SUPER)
    symbols = [p for p in _PIECE.findall(body) if p[0].isalpha()]
    if not symbols or any(s not in _ELEMENTS for s in symbols):
        return None
    count = match["count"] or ""
    if not _certain(body, charge, match["state"], len(symbols), reaction=reaction):
        return None
    if charge[:1].isdigit() and body[-1:].isalpha() and len(symbols) == 1 and charge[0] not in "1234":
        return None
    words = cardinal(int(count)) if count else []
    for piece in _PIECE.findall(body):
        if piece.isdigit():
            words += cardinal(int(piece)) if len(piece) < 3 else digits(piece)
        elif piece[0].isalpha():
            words += list(piece.upper())
    return words + _charge(charge) + _STATES.get(match["state"] or "", [])


def _certain(body: str, charge: str, state: str | None, elements: int, *, reaction: bool) -> bool:
    """Is it surely chemistry? A subscript, a charge on something known, a state, a known name, or a reaction around it."""
    if any(c.isdigit() for c in body):
        return elements > 1 or body.rstrip("0123456789") in {"H", "O", "N", "F", "Cl", "Br", "I", "P", "S"}
    if charge and (body in _SPELLED or body in {"H", "K", "OH", "F", "Al", "I", "S", "O", "Co"} or len(charge.strip("^(")) > 1):
        return True
    return bool(state) or body in _KNOWN or (reaction and all(len(p) <= 2 for p in _PIECE.findall(body)))


def _charge(text: str) -> list[str]:
    plain = text.strip("^()").replace("−", "-")
    if not plain:
        return []
    number = cardinal(int(plain[0])) if plain[0].isdigit() else []
    return [*number, "plus" if plain.endswith("+") else "minus"]


def element(text: str) -> list[str] | None:
    """A two-letter symbol by itself, spelled: "Na" -> N A. None for others ("He" is a word too)."""
    return list(text.upper()) if text in _SPELLED else None


def isotope(text: str) -> list[str] | None:
    """¹⁴C, U-235, carbon-14: the name and its number. None if it is no isotope."""
    if match := re.fullmatch(r"([⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})([A-Z][a-z]?)", text):
        name, mass = match[2], match[1].translate(_SUPER)
    elif match := re.fullmatch(
        r"([A-Z][a-z]?|[A-Za-z]*(?:carbon|uranium|hydrogen|iodine|cobalt|potassium|oxygen))-(\d{1,3})", text
    ):
        name, mass = match[1], match[2]
    else:
        return None
    if len(name) <= 2 and name not in _ELEMENTS:
        return None
    return [*(list(name.upper()) if len(name) <= 2 else [name]), *cardinal(int(mass))]


def is_reaction(text: str) -> bool:
    """Does an arrow stand between formulas in this sentence?"""
    sides = re.split(r"→|⟶|⇌|->", text)
    if len(sides) < 2:
        return False
    near = sides[0].split()[-1:] + sides[1].split()[:1] + sides[0].split()[-3:-2]
    return any(formula(w.strip("().,;:"), reaction=True) is not None for w in near)
