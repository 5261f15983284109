"""Is this English? A question in another language gets a kind answer instead of a wrong lesson. Pure; knows function words."""

from __future__ import annotations

import re
import unicodedata

_ENGLISH = frozenset(
    """the a an is are was were be do does did how why what when where which who can could should would will i you he she it we they my
    your of to in on at for from with and or but not if that this these those me help please explain explained between difference about
    work works find get make need understand so than then there has have had""".split()
)
_FOREIGN = {
    "Spanish": frozenset(
        """el la los las un una unos unas de del y que qué cómo como por para con es son está están ley cuál cual cuáles porque porqué
        qué explica explicame explícame ayuda ayúdame funciona hacer hace entre sobre en mi tu su al lo se no me puedes quiero
        necesito entiendo tarea fuerza energía célula cuando cuándo dónde cuánto diferencia""".split()
    ),
    "French": frozenset(
        """le la les un une des du de et que qui comment pourquoi est sont avec pour dans sur je tu il nous vous mon ma mes ce cette
        qu est-ce explique moi aide entre différence quoi où quand quelle quel""".split()
    ),
    "German": frozenset(
        """der die das ein eine einen dem den und ist sind wie warum was wo wann wer mit für von zu auf ich du er wir ihr nicht
        erkläre erklär mir bitte zwischen unterschied funktioniert kann nicht als dass man wird werden sich auch im am""".split()
    ),
    "Portuguese": frozenset(
        """o a os as um uma uns umas de do da dos das e que como por para com é são está porque qual quais me ajuda explique
        explica entre sobre em meu minha não você funciona diferença""".split()
    ),
    "Italian": frozenset(
        "il lo la gli le un una di del della e che come perché per con è sono cosa mi spiega tra non funziona".split()
    ),
}
_TELLING = re.compile(r"[¿¡ñãõßœ]|[áéíóúàèìòùâêîôûäöü]", re.IGNORECASE)


def other_language(text: str) -> str:
    """The language's name if the text is not English ("another language" when unsure which); "" when it is, or may be."""
    letters = [letter for letter in text if letter.isalpha()]
    strange = sum(
        "LATIN" not in unicodedata.name(letter, "") and "GREEK" not in unicodedata.name(letter, "") for letter in letters
    )
    if letters and strange > 0.4 * len(letters):
        return "another language"
    words = re.findall(r"[^\W\d_]+", text.lower())
    english = sum(word in _ENGLISH for word in words)
    counts = {name: sum(word in own for word in words) for name, own in _FOREIGN.items()}
    name = max(counts, key=lambda language: counts[language])
    marks = len(_TELLING.findall(text))
    foreign = counts[name] + min(marks, 1)
    words_seen = {word for word in words if word in _FOREIGN[name] and len(word) > 1}
    if len(words) >= 3 and len(words_seen) >= 2 and foreign > english + 1 and foreign >= 0.34 * len(words):
        return name
    if marks >= 1 and counts[name] >= 1 and english == 0:
        return name
    return ""
