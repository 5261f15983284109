"""What was worked out from the packs once and need not be again: plain files in a cache folder, named by what they come from.

Never pickles. Each file is whole or not there; a damaged one counts as not there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_GENERATIONS = 3  # of other content that stay: an older build may run beside us during an upgrade


@dataclass(frozen=True, slots=True)
class Drawer:
    """Files of one content hash, `key`, in `folder`; without a folder nothing is kept."""

    folder: Path | None
    key: str

    def table(self, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The JSON object of this drawer."""
        path = self._path("json")
        try:
            data: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path else None
        except (OSError, ValueError):
            data = None
        if data is None:
            data = make()
            self._keep(path, json.dumps(data, separators=(",", ":")).encode())
            self._forget()
        return data

    def array(self, name: str, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """An array of this drawer, mapped into memory and read-only when it was kept before."""
        path = self._path(f"{name}.npy")
        if path:
            with contextlib.suppress(OSError, ValueError, EOFError):
                mapped: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
                return mapped
        made = make()
        buffer = io.BytesIO()
        np.save(buffer, made, allow_pickle=False)
        self._keep(path, buffer.getvalue())
        return made

    def _path(self, ending: str) -> Path | None:
        return self.folder / f"index-{self.key}.{ending}" if self.folder else None

    def _keep(self, path: Path | None, data: bytes) -> None:
        if path:
            write_whole(path, data)

    def _forget(self) -> None:
        """Let go of what older content left behind."""
        if self.folder is None:
            return
        tables = sorted(self.folder.glob("index-*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
        for table in tables[_GENERATIONS:]:
            for path in self.folder.glob(f"{table.stem}.*"):
                path.unlink(missing_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Whole or not at all: two processes may write the same at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    part.replace(path)
