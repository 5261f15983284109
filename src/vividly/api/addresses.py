"""Whole addresses from paths: programs call what they are given, so a path alone would not do."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from vividly.api.doors import doors_of

Absolute = Callable[[str], str]


def absolute(request: Request) -> Absolute:
    """Makes a path whole: below the configured public address, else below the one we were called by."""
    origin = (doors_of(request).settings.public_url or str(request.base_url)).rstrip("/")
    return lambda path: origin + path
