"""Words for people about progress, and the kinds of output. No code branches on a step: statuses decide, steps inform."""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """What is being done right now, in the order in which a lesson is made."""

    UNDERSTANDING = "understanding"
    RETRIEVING = "retrieving"
    WRITING = "writing"
    NARRATING = "narrating"
    DRAWING = "drawing"
    PACKAGING = "packaging"


class Modality(StrEnum):
    """What a student may ask to receive."""

    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"
    IMAGES = "images"


class Role(StrEnum):
    """Who somebody is in a school; `super_admin` is the operator of the service."""

    STUDENT = "student"
    TEACHER = "teacher"
    ADMIN = "admin"
    SUPER_ADMIN = "super_admin"
