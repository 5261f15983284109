"""What a bench says at the end: figures beside their floors, medians over rounds, and on what machine. Knows no database."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: `floor` and `ours` hold one value per round, `ratio` is the median of their ratios, round by round.

    `want`: what `ratio` (or, with `judge="ours"`, our own median) is held against; None: for information.
    """

    part: str
    what: str
    unit: str
    floor_name: str
    floor: tuple[float, ...]
    ours: tuple[float, ...]
    want: float | None = None
    better: Literal["more", "less"] = "more"
    judge: Literal["ratio", "ours", "difference"] = "ratio"
    note: str = ""

    @property
    def ratio(self) -> float:
        pairs = [ours / floor for ours, floor in zip(self.ours, self.floor, strict=False) if floor]
        return statistics.median(pairs) if pairs else float("nan")

    @property
    def judged(self) -> float:
        match self.judge:
            case "ratio":
                return self.ratio
            case "ours":
                return statistics.median(self.ours)
            case "difference":
                return statistics.median(a - b for a, b in zip(self.ours, self.floor, strict=True))

    @property
    def met(self) -> bool | None:
        if self.want is None:
            return None
        return self.judged >= self.want if self.better == "more" else self.judged <= self.want


@dataclass(slots=True)
class Report:
    """Figures as they come, with what the machine was doing when the bench began and ended."""

    seconds: float
    rounds: int
    figures: list[Figure] = field(default_factory=list)
    load: list[float] = field(default_factory=list)
    began: float = field(default_factory=time.time)

    def add(self, *figures: Figure) -> None:
        self.figures.extend(figures)

    def look(self) -> None:
        """Note how busy the machine is now (load average of the last minute)."""
        self.load.append(round(os.getloadavg()[0], 2))

    def machine(self) -> dict[str, object]:
        return {
            "cores": os.cpu_count(),
            "machine": platform.machine(),
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "load_before_each_part": self.load,
            "began": time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.began)) + " UTC",
            "took_seconds": round(time.time() - self.began),
        }

    def show(self) -> None:
        console = Console(highlight=False)
        if not console.is_terminal:
            console = Console(highlight=False, width=190)
        table = Table("part", "what", "unit", "floor", "ours", "ratio", "wanted", "", "note", title="delivery")
        for one in self.figures:
            verdict = {None: "", True: "met", False: "FALLS SHORT"}[one.met]
            table.add_row(
                one.part,
                one.what,
                one.unit,
                f"{_rounded(one.floor)} ({one.floor_name})" if one.floor else "",
                _rounded(one.ours),
                f"{one.ratio:.2f}" if one.floor else "",
                _wanted(one),
                verdict,
                one.note,
            )
        console.print(table)
        facts = self.machine()
        console.print(
            f"{facts['cores']} cores, {facts['machine']}, {facts['system']}, Python {facts['python']}; {facts['began']}; "
            f"{self.rounds} rounds of {self.seconds:g} s; load average before each part: {self.load}"
        )

    def save(self, path: Path) -> None:
        found = [{**asdict(one), "ratio": one.ratio, "met": one.met} for one in self.figures]
        path.write_text(json.dumps({"machine": self.machine(), "seconds": self.seconds, "figures": found}, indent=1) + "\n")


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie; of nothing, not a number."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def _rounded(values: Sequence[float]) -> str:
    """Median, and the range if there are several."""
    middle = statistics.median(values)
    digits = 0 if abs(middle) >= 100 else 1 if abs(middle) >= 10 else 2
    spread = f" [{min(values):.{digits}f}–{max(values):.{digits}f}]" if len(values) > 1 else ""
    return f"{middle:.{digits}f}{spread}"


def _wanted(one: Figure) -> str:
    if one.want is None:
        return ""
    sign = "≥" if one.better == "more" else "≤"
    match one.judge:
        case "ratio":
            return f"ratio {sign} {one.want:g}"
        case "ours":
            return f"{sign} {one.want:g}"
        case "difference":
            return f"{sign} floor + {one.want:g}"
