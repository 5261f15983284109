"""Everything the kitchen works with, brought by wiring. The line itself opens nothing and reads no setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from vividly.pipeline.author.port import Author
from vividly.pipeline.drawers import Drawers
from vividly.pipeline.retrieve import Retriever
from vividly.pipeline.understand import Understand
from vividly.providers.port import Voice
from vividly.shelf.port import Shelf


@dataclass(frozen=True, slots=True)
class Tools:
    """`versions` of everything that shapes a lesson beside author and voice (curriculum packs, studio): part of every key.

    `clock` tells the time of the lesson's making; `scratch` is a folder for files on their way to the shelf.
    """

    understand: Understand
    retriever: Retriever
    author: Author
    voice: Voice
    drawers: Drawers
    shelf: Shelf
    clock: Callable[[], datetime]
    scratch: Path
    versions: Mapping[str, str] = field(default_factory=dict)
