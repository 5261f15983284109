"""What a question says besides filler, and whether that is the name of a topic, of a whole field, or of nothing. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import yaml

from vividly.curriculum.index import Index
from vividly.curriculum.lexical import tokens, words_in

# Words a question may be wrapped in without saying anything about its subject; compared as stems.
_FILLER = frozenset(
    stem
    for word in """able actually anyone anything assignment basic basics bit board book boring bro bruh brief briefly catch category chapter
    class classes clue concept concepts confused confuse confusing course crash cooked deadass deal definition describe difficult
    different discuss doubt easier easy exam exams example examples exercise exercises explanation facts fail failing final
    finals fr fun general gimme gonna grade guide hard hate hear homework honestly hw idea ideas important improve info information
    intro introduction kind lab lately learn learned learning lecture lesson lessons listen literally lost lowkey main man mad mean meaning
    midterm missed miss month name near new ngl nice no note notes number okay overview page part past period point practice prep prepare
    problem problems project q question questions quick quickly quiz quizzes real recap review revise school section semester sense
    sheet short shortly simple simply situation slide slides somehow sort standard stress struggle struggling stuck student study studying
    stupid subject summary super talk talked taught teach teacher test tests theme thingy think time today tomorrow tonight topic topics try trying
    tutor tutorial type types unit useful week weird whole word words worksheet worry year yesterday yo last next days day better worse
    answer answers bad good great best basically sometimes anyway fast late behind everything nothing well did done saw see seen showed called
    video videos idc tbh imo rn asap btw like love passing pass class ap honors know knowing tell told wanna should would could
    lil little bunch random exactly specific detail details deep understand understanding understood still each other using used use people
    involve involved related relate happen happens happening happened inside world everyday life""".split()
    for stem in tokens(word)
) - frozenset(tokens("life"))


@cache
def _umbrellas() -> dict[str, tuple[str, ...]]:
    data = yaml.load((files("vividly.intake") / "umbrellas.yaml").read_bytes(), Loader=yaml.CSafeLoader)
    return {stem: tuple(places) for word, places in data.items() for stem in tokens(word)}


def content_of(text: str) -> tuple[str, ...]:
    """Stems that say something about the subject, in order, each once."""
    return tuple(dict.fromkeys(_content(tokens(text))))


def _content(stems: Sequence[str]) -> list[str]:
    return [stem for stem in stems if stem not in _FILLER and len(stem) > 1 and not stem.isdigit()]


def content_words(text: str) -> str:
    """The same as the student wrote them, to say back."""
    content = set(content_of(text))
    return ", ".join(dict.fromkeys(word for word in words_in(text) if content & set(tokens(word))))


class Fields:
    """The names of all topics and fields, as sets of stems."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._names: dict[frozenset[str], dict[tuple[str, str], None]] = defaultdict(dict)
        for entry, stems in zip(index.entries, index.stems, strict=True):
            if entry.kind in {"name", "hint", "phrasing"} and (said := _content(stems.split())):
                self._names[frozenset(said)][entry.topic_id, entry.facet] = None

    def named(self, content: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """(topic, facet or "") pairs whose name is exactly what the question says; none if two topics or a whole field have it."""
        if len(content) == 1 and content[0] in _umbrellas():
            return ()
        pairs = tuple(self._names.get(frozenset(content), {}))
        topics = dict.fromkeys(topic for topic, _ in pairs)
        if len(topics) == 1:
            facets = [pair for pair in pairs if pair[1]]
            return tuple(
                facets if len(facets) == 1 and len(pairs) == 1 else [pair for pair in pairs if not pair[1]] or facets[:1]
            )
        return ()

    def field(self, content: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Where a question leads that says nothing but names of fields; () if it says more. Several fields: what they share."""
        umbrellas = _umbrellas()
        if not content or any(stem not in umbrellas for stem in content):
            return ()
        lists = [umbrellas[stem] for stem in content]
        shared = [place for place in lists[0] if all(place in other for other in lists[1:])]
        places = shared or list(dict.fromkeys(place for many in lists for place in many))
        return tuple((topic, facet) for topic, _, facet in (place.partition("/") for place in places))
