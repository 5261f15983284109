"""Captions in step with the words, and the files that carry them (WebVTT, SRT, chapters). Pure: text and seconds."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cache

from vividly.pipeline.artifacts import CaptionCue
from vividly.providers.port import WordTime

LINE = 42
LINES = 2
PER_SECOND = 20.0  # characters
_LONGEST_S = 6.0
_SHORTEST_S = 1.0
_HOLD_S = 0.5  # a caption may stay this long after its last word
_EARLY_S = 0.08  # and come this much before its first
_MARKS_END, _MARKS_PAUSE = ".?!…", ",;:"


def cues(words: Sequence[WordTime]) -> tuple[CaptionCue, ...]:
    """Captions of one scene from its display words: at most two lines of 42, in order, never overlapping.

    Where to cut is the cheapest of all ways: at ends of sentences, else of clauses, never between a number and its unit;
    few very short or very long ones; read at no more than 20 characters a second as far as the voice leaves time.
    """
    count = len(words)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(float("inf"), 0)] * count
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            text = " ".join(w.text for w in words[start:end])
            if len(text) > LINE * LINES and start < end - 1:
                break
            if start < end - 1 and len(_lines(text)) > LINES:
                continue
            cost = best[start][0] + _cost(words, start, end, text)
            if cost < best[end][0]:
                best[end] = (cost, start)
    cuts, at = list[tuple[int, int]](), count
    while at:
        cuts.append((best[at][1], at))
        at = best[at][1]
    return tuple(_cue(words, start, end) for start, end in reversed(cuts))


def _cost(words: Sequence[WordTime], start: int, end: int, text: str) -> float:
    begin, finish = _span(words, start, end)
    seconds = max(finish - begin, 0.001)
    cost = 1.0 + 40.0 * max(0.0, len(text) / seconds - PER_SECOND) / PER_SECOND
    cost += 3.0 * max(0.0, _SHORTEST_S - seconds) + 2.0 * max(0.0, seconds - _LONGEST_S)
    inside = [w.text.rstrip("\"'”’)]")[-1:] for w in words[start : end - 1]]
    cost += 1.5 * sum(c in _MARKS_END for c in inside if c)
    if end < len(words):
        last, following = words[end - 1].text, words[end].text
        mark = last.rstrip("\"'”’)]")[-1:]
        if not (mark and mark in _MARKS_END):
            cost += 0.6 if mark and mark in _MARKS_PAUSE else 1.6
        if _belong(last, following):
            cost += 4.0
    return cost


def _belong(left: str, right: str) -> bool:
    """A number and its unit, or an operator and its operand, are read together."""
    operator = "=+−×÷<>≤≥≈→"
    return (left[-1:].isdigit() and len(right) <= 6) or right[:1] in operator or left[-1:] in operator or len(left) == 1


def _span(words: Sequence[WordTime], start: int, end: int) -> tuple[float, float]:
    """From just before the first word to the last one's end, held while nothing else is said."""
    before = words[start - 1].end if start else 0.0
    begin = max(words[start].start - _EARLY_S, min(before, words[start].start))
    after = words[end].start - _EARLY_S if end < len(words) else words[end - 1].end + _HOLD_S
    return begin, max(words[end - 1].end, min(words[end - 1].end + _HOLD_S, after))


def _cue(words: Sequence[WordTime], start: int, end: int) -> CaptionCue:
    begin, finish = _span(words, start, end)
    return CaptionCue(round(begin, 3), round(finish, 3), "\n".join(_lines(" ".join(w.text for w in words[start:end]))))


@cache
def _lines(text: str) -> tuple[str, ...]:
    """One line if it fits, else two of like length, cut after a mark where the cost is small; more only if a word forces it."""
    if len(text) <= LINE:
        return (text,)
    ways = [i for i, c in enumerate(text) if c == " " and i <= LINE and len(text) - i - 1 <= LINE]
    if ways:
        cut = min(ways, key=lambda i: abs(len(text) - 2 * i) - (10 if text[i - 1] in _MARKS_END + _MARKS_PAUSE else 0))
        return text[:cut], text[cut + 1 :]
    cut = text.rfind(" ", 0, LINE + 1)
    cut = cut if cut > 0 else LINE
    return text[:cut], *_lines(text[cut:].strip())


def joined(scenes: Iterable[tuple[float, Sequence[CaptionCue]]]) -> tuple[CaptionCue, ...]:
    """Captions of a whole lesson from (start of scene, its captions); none reaches into the next."""
    flat = [CaptionCue(c.start + start, c.end + start, c.text) for start, part in scenes for c in part]
    ends = [min(a.end, b.start) for a, b in itertools.pairwise(flat)] + [c.end for c in flat[-1:]]
    return tuple(CaptionCue(round(c.start, 3), round(end, 3), c.text) for c, end in zip(flat, ends, strict=True))


def uncovered(captions: Sequence[CaptionCue], words: Sequence[WordTime], *, slack: float = 0.1) -> list[str]:
    """What is wrong with `captions` for `words`: text that differs, a word heard outside its caption, overlaps. Empty when fine."""
    wrong = []
    if " ".join(" ".join(c.text for c in captions).split()) != " ".join(w.text for w in words):
        return ["the captions do not say what is said"]
    for left, right in itertools.pairwise(captions):
        if right.start < left.end - 1e-6:
            wrong.append(f"two captions overlap at {right.start:.2f} s")
    at = 0
    for caption in captions:
        count = len(caption.text.split())
        wrong += [
            f"“{word.text}” is heard at {word.start:.2f} s, outside its caption"
            for word in words[at : at + count]
            if word.start < caption.start - slack or word.end > caption.end + slack
        ]
        at += count
    return wrong


def vtt(captions: Sequence[CaptionCue]) -> str:
    """WebVTT."""
    blocks = [f"{i}\n{_clock(c.start, '.')} --> {_clock(c.end, '.')}\n{_escaped(c.text)}\n" for i, c in enumerate(captions, 1)]
    return "\n".join(["WEBVTT\n", *blocks])


def srt(captions: Sequence[CaptionCue]) -> str:
    """SubRip. It knows no escapes: a word joiner keeps players from taking "x<y" for a tag."""
    texts = [c.text.replace("<", "<\u2060").replace("-->", "→") for c in captions]
    blocks = [
        f"{i}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{text}\n"
        for i, (c, text) in enumerate(zip(captions, texts, strict=True), 1)
    ]
    return "\n".join(blocks)


def chapters_vtt(chapters: Sequence[tuple[float, float, str]]) -> str:
    """Chapters as WebVTT: (start, end, title) in seconds."""
    blocks = [f"{_clock(a, '.')} --> {_clock(b, '.')}\n{_escaped(' '.join(title.split()))}\n" for a, b, title in chapters]
    return "\n".join(["WEBVTT\n", *blocks])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(max(seconds, 0.0) * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"
