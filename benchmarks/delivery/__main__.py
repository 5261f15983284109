"""Delivery: accept rate, time to start, jobs per second, recovery, watchers, poison, a noisy school; each beside its floor."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from accepting import accept
from ground import Ground, opened
from neighboring import noisy
from poisoning import poison
from recovering import recover
from report import Figure, Report
from starting import start
from watching import watch
from working import jobs

from vividly import logs

Part = Callable[..., Awaitable[list[Figure]]]
PARTS: dict[str, Part] = {
    "accept": accept,
    "start": start,
    "jobs": jobs,
    "recover": recover,
    "watch": watch,
    "poison": poison,
    "noisy": noisy,
}


async def measure(ground: Ground, report: Report, parts: list[str]) -> None:
    for name in parts:
        report.look()
        print(f"{name} ... (load average {report.load[-1]})", flush=True)
        report.add(*await PARTS[name](ground, seconds=report.seconds, rounds=report.rounds))
    report.look()


def main() -> int:
    parser = argparse.ArgumentParser(prog="vividly bench delivery", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(PARTS), help="only this part; may be given several times")
    parser.add_argument("--seconds", type=float, default=5.0, help="length of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write the figures of every round there")
    asked = parser.parse_args()
    logs.configure(form="json", level="critical")  # the relay of some parts runs in this process
    report = Report(seconds=asked.seconds, rounds=asked.rounds)
    with opened() as ground:
        try:
            asyncio.run(measure(ground, report, asked.only or list(PARTS)))
        finally:
            if report.figures:
                report.show()
                if asked.json:
                    report.save(asked.json)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
