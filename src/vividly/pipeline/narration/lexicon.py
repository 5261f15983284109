"""Tables of the normalizer: how symbols, abbreviations and short words of school science are said. Data only."""

from __future__ import annotations

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta", "κ": "kappa",
    "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi",
    "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "gamma", "Δ": "delta", "∆": "delta", "Θ": "theta", "Λ": "lambda",
    "Π": "pi", "Σ": "sigma", "Φ": "phi", "Ψ": "psi", "Ω": "omega",
}  # fmt: skip

OPERATORS = {
    "=": "equals", "+": "plus", "−": "minus", "×": "times", "·": "times", "⋅": "times", "*": "times", "÷": "divided by",
    "<": "is less than", ">": "is greater than", "≤": "is less than or equal to", "≥": "is greater than or equal to",
    "≠": "is not equal to", "≈": "is approximately", "≅": "is congruent to", "≡": "is equivalent to", "∝": "is proportional to",
    "±": "plus or minus", "→": "leads to", "⟶": "leads to", "←": "comes from", "⇌": "is in equilibrium with", "↔": "goes both ways to",
    "⇒": "implies", "∥": "is parallel to", "⊥": "is perpendicular to", "~": "is similar to", "∈": "is in", "∪": "union",
    "∩": "intersection", "==": "equals equals", "!=": "is not equal to", "<=": "is less than or equal to",
    ">=": "is greater than or equal to", "+=": "plus equals", "-=": "minus equals", "*=": "times equals", "/=": "divided by equals",
    "**": "to the power of", "//": "floor divided by", "->": "leads to", "=>": "leads to", "&&": "and", "||": "or",
    "&": "and", "/": "divided by", "^": "to the power of",
}  # fmt: skip

PREFIXED = {
    "√": "the square root of", "∛": "the cube root of", "∠": "angle", "△": "triangle", "∑": "the sum of", "∫": "the integral of",
    "∂": "partial", "∞": "infinity", "±": "plus or minus", "~": "about", "≈": "about", "∴": "therefore", "<": "less than",
    ">": "more than", "≤": "at most", "≥": "at least",
}  # fmt: skip

FUNCTIONS = {
    "sin": "sine", "cos": "cosine", "tan": "tangent", "log": "log", "ln": "natural log", "sqrt": "the square root", "exp": "e to the",
    "lim": "the limit", "abs": "the absolute value", "arcsin": "arc sine", "arccos": "arc cosine", "arctan": "arc tangent",
}  # fmt: skip

ABBREVIATIONS = {
    "e.g.": "for example", "i.e.": "that is", "vs.": "versus", "vs": "versus", "etc.": "et cetera", "approx.": "approximately",
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor", "St.": "Saint", "Jr.": "Junior",
    "Fig.": "Figure", "fig.": "figure", "Eq.": "Equation", "eq.": "equation", "No.": "Number", "no.": "number", "p.": "page",
    "pp.": "pages", "ch.": "chapter", "max.": "maximum", "min.": "minimum", "avg.": "average", "dept.": "department",
    "a.m.": "A M", "p.m.": "P M", "AM": "A M", "PM": "P M", "U.S.": "U S", "Ph.D.": "P H D", "w/": "with", "w/o": "without", "b/c": "because",
    "ADP": "A D P", "AMP": "A M P", "NADP": "N A D P", "NADPH": "N A D P H", "NADH": "N A D H", "GTP": "G T P", "KE": "K E", "VS": "versus", "elif": "else if", "str": "string", "kWh": "kilowatt hours",
    "SOH-CAH-TOA": "sohkahtoa", "SOHCAHTOA": "sohkahtoa", "mmHg": "millimeters of mercury",
}  # fmt: skip

# Those after which a sentence usually goes on, so that their full stop ends nothing.
NEVER_LAST = frozenset("e.g. i.e. vs. approx. Dr. Mr. Mrs. Ms. Prof. St. Fig. fig. Eq. eq. No. p. pp. ch.".split())

OPENERS = frozenset(
    "The A An It This That These Those So When If In And But What Why How Now Then You We They Each Its".split()
)

YEAR_BEFORE = frozenset(
    "in since by of from until till around about year before after during circa and to spring summer fall winter january february "
    "march april may june july august september october november december".split()
)
MONTHS = frozenset("January February March April May June July August September October November December".split())
ROMAN_BEFORE = frozenset(
    "war type chapter phase part group class act volume book meiosis prophase metaphase anaphase telophase photosystem complex "
    "stage grade level period iron copper tin lead chromium manganese cobalt mercury factor law elizabeth henry louis region".split()
)
ARTICLES = frozenset("a an the this that each every your my his her its our their one's another".split())
NOT_A_NOUN = frozenset(
    "of is in and to for at on or per are was were from by with than as that which acts act force-free when if so but then equals "
    "gives downward upward left right away apart long high deep wide tall below above".split()
)
# Lower-case runs of up to three letters that are words even between operators ("rise over run"); others are products of variables.
SHORT_WORDS = frozenset(
    "a an the is of and or to in on at by as if it we so no not net sum row old new one two six ten per for let run max min top low "
    "all any out age car dog cat mix way day sun gas ion dna len int def var set get add pop map end use sub".split()
)
VARIABLE_AFTER = frozenset(
    "acceleration side variable coefficient constant letter where value vector point leg base and".split()
)
