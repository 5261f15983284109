"""The author's socket: from retrieved material to a storyboard. Authors speak storyboards, so their port is in the kitchen."""

from __future__ import annotations

from typing import Protocol

from vividly.pipeline.artifacts import Inquiry, Material, Storyboard


class Author(Protocol):
    """Writes a lesson from the material alone, never from memory. Deterministic for the same inputs, or says so in `name`."""

    @property
    def name(self) -> str:
        """Author and version, part of every cache key and of the manifest."""
        ...

    def write(self, inquiry: Inquiry, material: Material) -> Storyboard:
        """A whole storyboard; blocking. Raises TryAgainLater if a remote author is away."""
        ...
