"""Reads packs, topics and interests from the package's own data files. Checks shapes, not truth (that is `checks.py`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from vividly.curriculum.interests import Interest, interests, nearest_interest
from vividly.curriculum.schema import Pack
from vividly.errors import Misconfigured, NotPossible

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.resources.abc import Traversable

__all__ = [
    "Interest",
    "PackBroken",
    "TopicName",
    "interests",
    "load_all",
    "load_pack",
    "nearest_interest",
    "pack_ids",
    "pack_texts",
    "parse_pack",
    "topics",
]


class PackBroken(Misconfigured):
    """A pack file does not have the shape of a pack; the message names the file, the field and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class TopicName:
    """A topic of the outline; `ready` when a pack for it is installed. `grades` is inclusive at both ends."""

    topic_id: str
    subject: str
    name: str
    grades: tuple[int, int]
    ready: bool


class _PackYaml(yaml.CSafeLoader):
    """YAML without its surprises: `on`, `no`, `null` and `12:30` stay the words they are, `6.02e23` is a number."""

    yaml_implicit_resolvers = {}  # noqa: RUF012 - how PyYAML wants it


_PackYaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|false|False)$"), list("tTfF"))
_PackYaml.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|)$"), ["~", ""])
_PackYaml.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789"))
_PackYaml.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$"),
    list("-+.0123456789"),
)


def _folder() -> Traversable:
    return files("vividly.curriculum") / "packs"


def _pack_files() -> Iterable[Traversable]:
    folder = _folder()
    return (file for file in folder.iterdir() if file.name.endswith(".yaml")) if folder.is_dir() else ()


def pack_ids() -> tuple[str, ...]:
    """Topic ids that have a pack, in order of the alphabet. Looks at file names only."""
    return tuple(sorted(file.name.removesuffix(".yaml") for file in _pack_files()))


def pack_texts() -> dict[str, bytes]:
    """The raw bytes of every pack, by topic id: what an index is keyed by."""
    return {file.name.removesuffix(".yaml"): file.read_bytes() for file in sorted(_pack_files(), key=lambda f: f.name)}


def parse_pack(text: str | bytes, *, name: str) -> Pack:
    """A pack from YAML. Raises PackBroken, which names `name` and the field that is wrong."""
    try:
        data = yaml.load(text, Loader=_PackYaml)  # noqa: S506 - a safe loader, with fewer implicit types
    except yaml.YAMLError as error:
        raise PackBroken(name, " ".join(str(error).split())) from error
    try:
        return Pack.model_validate(data)
    except ValidationError as error:
        wrongs = (f"{'.'.join(str(part) for part in wrong['loc'])}: {wrong['msg']}" for wrong in error.errors())
        raise PackBroken(name, "; ".join(wrongs)) from error


@cache
def load_pack(topic_id: str) -> Pack:
    """The pack of one topic, read once. Raises NotPossible("topic_not_ready") if none is written, PackBroken if it is bad."""
    if topic_id not in pack_ids():
        raise NotPossible("topic_not_ready", f"There is no lesson material for {topic_id} yet.", field="topic_id")
    pack = parse_pack((_folder() / f"{topic_id}.yaml").read_bytes(), name=f"{topic_id}.yaml")
    if pack.topic_id != topic_id:
        raise PackBroken(f"{topic_id}.yaml", f"topic_id: the file is named {topic_id} but says {pack.topic_id}")
    return pack


def load_all() -> dict[str, Pack]:
    """Every pack, by topic id."""
    return {topic_id: load_pack(topic_id) for topic_id in pack_ids()}


@cache
def topics() -> tuple[TopicName, ...]:
    """All topics of the outline, in its order."""
    ready = set(pack_ids())
    rows = (files("vividly.curriculum") / "outline.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return tuple(_topic(row, ready=ready) for row in rows if row.strip())


def _topic(row: str, *, ready: set[str]) -> TopicName:
    topic_id, subject, name, grades = row.split("\t")
    low, high = grades.split("-")
    return TopicName(topic_id, subject, name, (int(low), int(high)), topic_id in ready)
