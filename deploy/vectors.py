"""Write the sentence vectors that ship with the curriculum anew: `make vectors`, after a pack has changed."""

from pathlib import Path

from vividly import curriculum
from vividly.curriculum.index import open_index
from vividly.curriculum.vectors import file_name, key_of, write
from vividly.intake.service import exemplars
from vividly.wiring.kitchen import open_embedder

embedder = open_embedder()
if embedder is None:
    raise SystemExit("the sentence encoder's weights are not installed: make setup")
# What was embedded once is kept in build/, so that a second change costs only itself.
index = open_index(cache=Path("build/vectors"), embedder=embedder, extra=exemplars())
if index.vectors is None:
    raise SystemExit("the index has no vectors")
known = {key_of(entry.text): row for entry, row in zip(index.entries, index.vectors, strict=True)}
path = Path(curriculum.__file__).parent / file_name(embedder.name)
print(f"{path.name}: {write(path, known, known)} texts, {path.stat().st_size / 1e6:.1f} MB")
