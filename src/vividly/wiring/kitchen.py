"""What lessons are made with: models, packs, the shelf, the drawing processes. Opened once per process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from vividly import __version__
from vividly.errors import Misconfigured
from vividly.settings import Settings

if TYPE_CHECKING:
    from vividly.api.verdicts import KeyOf, Subject
    from vividly.curriculum.index import Index
    from vividly.intake.service import Intake
    from vividly.pipeline.drawers import DrawerPool
    from vividly.pipeline.tools import Tools
    from vividly.providers.port import Embedder, Voice
    from vividly.shelf.port import Shelf


@lru_cache(maxsize=1)
def open_embedder() -> Embedder | None:
    """The sentence encoder, None where its weights are not installed (then intake works with words alone)."""
    from vividly.providers import minilm

    return minilm.MiniLM() if minilm.available() else None


@lru_cache(maxsize=1)
def open_voice() -> Voice:
    from vividly.providers.hibari import Hibari

    return Hibari()


def open_shelf(settings: Settings) -> Shelf:
    if settings.shelf:
        from vividly.shelf.bucket import open_bucket

        return open_bucket(settings.shelf, endpoint=settings.shelf_endpoint)
    from vividly.shelf.disk import DiskShelf

    return DiskShelf(settings.data / "shelf")


@lru_cache(maxsize=1)
def _index(cache: Path) -> Index:
    from vividly.curriculum.index import open_index
    from vividly.intake.service import exemplars

    return open_index(cache=cache, embedder=open_embedder(), extra=exemplars())


def open_intake(settings: Settings) -> Intake:
    from vividly.intake.service import Intake

    return Intake(_index(settings.data / "cache"), open_embedder())


def find_packs() -> None:
    """Packs themselves are read one by one, when a lesson needs one: the index says all that a door asks of them."""
    from vividly.curriculum.loader import pack_ids

    if not pack_ids():
        raise Misconfigured("packs", "no curriculum pack is installed")


def open_drawers(settings: Settings) -> DrawerPool:
    from vividly.pipeline.drawers import DrawerPool

    return DrawerPool(processes=settings.drawers)


def open_tools(settings: Settings, *, drawers: DrawerPool, shelf: Shelf) -> Tools:
    """What lessons are made with: the offline author, hibari's voice, the drawing processes, the shelf."""
    from vividly.pipeline import understand
    from vividly.pipeline.author.offline import OfflineAuthor
    from vividly.pipeline.retrieve import PackRetriever
    from vividly.pipeline.tools import Tools

    scratch = settings.data / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    return Tools(
        understand=understand.by(open_intake(settings)),
        retriever=PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder()),
        author=OfflineAuthor(),
        voice=open_voice(),
        drawers=drawers,
        shelf=shelf,
        clock=lambda: datetime.now(UTC),
        scratch=scratch,
        versions={"vividly": __version__, "packs": _packs_version()},
    )


def key_of(settings: Settings) -> KeyOf:
    """When two questions are one lesson: same facet, interest, grade, numbers, and the same everyday situation."""
    from vividly.library import keys
    from vividly.pipeline import version
    from vividly.pipeline.artifacts import Inquiry, Number
    from vividly.pipeline.retrieve import PackRetriever

    retriever = PackRetriever(index=_index(settings.data / "cache"), embedder=open_embedder())
    versions = {"vividly": __version__, "packs": _packs_version(), "kitchen": version.kitchen()}

    def of(subject: Subject) -> str:
        numbers = tuple(Number(one.value, one.unit, one.text) for one in subject.numbers)
        inquiry = Inquiry(
            question=subject.question,
            grade=subject.grade,
            interest=subject.interest,
            topic_id=subject.topic_id,
            facet=subject.facet,
            numbers=numbers,
            interest_asked=subject.interest_asked,
        )
        found = retriever.find(inquiry)
        # The words matter where they say which number is which, and where they name an interest we only come near to.
        wording = " ".join([subject.question if numbers else "", subject.interest_asked, *subject.assumptions])
        about = keys.about(numbers=[(one.value, one.unit) for one in numbers], situation=found.situation, question=wording)
        return keys.work_key(
            topic_id=subject.topic_id,
            facet=subject.facet,
            about=about,
            interest=subject.interest,
            grade=subject.grade,
            versions=versions,
        )

    return of


@lru_cache(maxsize=1)
def _packs_version() -> str:
    import hashlib

    from vividly.curriculum.loader import pack_texts

    digest = hashlib.sha256()
    for topic_id, text in sorted(pack_texts().items()):
        digest.update(topic_id.encode() + hashlib.sha256(text).digest())
    return digest.hexdigest()[:16]
