"""Does a question sound like somebody in danger, like a dangerous wish, or like nothing of ours? Linear in its vector. Pure.

Fitted when intake opens, on our own exemplars against everything the curriculum says: the nearest exemplar alone cannot tell
"cutting again" from "cutting a cell", a direction in the whole space can. Decides nothing: it only scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from vividly.curriculum.index import Index
from vividly.providers.port import Vectors

UNSAFE_KINDS = (
    "harm_to_student",
    "weapons",
    "violence",
    "drugs",
    "sexual_content",
    "injection",
    "not_allowed",
    "hate",
    "personal_data",
)
# People who may hurt themselves are described, and must be found, in other words than what is forbidden.
SOUNDS: dict[str, tuple[str, ...]] = {
    "self_harm": ("self_harm",),
    "unsafe": UNSAFE_KINDS,
    "outside": ("outside",),
}
# The curriculum is thousands of texts and far away; the exemplars of harmless questions are few and near the line.
_CURRICULUM_SHARE = 0.7
_STIFFNESS = 3e-3
_FIT = 1  # one more when `_fit` itself changes: its results are kept


class Hearing:
    """Weights of each sound; about 0 for a question about science and about 1 for what the exemplars mean."""

    def __init__(self, index: Index) -> None:
        self._weights = {} if index.vectors is None else {name: _kept(index, name, kinds) for name, kinds in SOUNDS.items()}

    def scores(self, vector: Vectors | None) -> dict[str, float]:
        """By sound; empty without a vector."""
        if vector is None:
            return {}
        return {name: float(weights[:-1] @ vector + weights[-1]) for name, weights in self._weights.items()}


def _kept(index: Index, name: str, kinds: Collection[str]) -> NDArray[np.float64]:
    recipe = hashlib.sha256(repr((_FIT, kinds, _CURRICULUM_SHARE, _STIFFNESS)).encode()).hexdigest()[:8]
    return index.drawer.array(f"sound-{name}-{recipe}", lambda: _fit(index, kinds))


def _fit(index: Index, kinds: Collection[str]) -> NDArray[np.float64]:
    """Ridge regression onto 1 for `kinds` and 0 for all else; classes weigh the same whatever their number. Shape (size + 1,)."""
    assert index.vectors is not None
    asked = np.array([entry.kind in kinds for entry in index.entries])
    ours = np.array([bool(entry.topic_id) for entry in index.entries])
    shares = ((asked, 1.0), (~asked & ~ours, 1.0), (ours, _CURRICULUM_SHARE))
    weigh = sum(share * group / max(int(group.sum()), 1) for group, share in shares)
    rows = np.hstack([index.vectors, np.ones((len(asked), 1), np.float32)]).astype(np.float64)
    weighted = rows * np.asarray(weigh)[:, None]
    stiff = np.full(rows.shape[1], _STIFFNESS)
    stiff[-1] = 1e-6  # the constant term is free
    solved = np.linalg.solve(weighted.T @ rows + np.diag(stiff), weighted.T @ asked.astype(np.float64))
    return np.asarray(solved, np.float64)
