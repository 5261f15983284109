"""Every setting, in one place, read from the environment (VIVIDLY_…). Only `cli` and `wiring` call `read()`.

Two names are the platform's own and have no prefix: DATABASE_URL and PUBSUB_EMULATOR_HOST.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from vividly.errors import Misconfigured


class Settings(BaseSettings):
    """What an operator may set. Defaults are those of one machine without keys or network."""

    model_config = SettingsConfigDict(env_prefix="VIVIDLY_", frozen=True, extra="ignore", populate_by_name=True)

    database_url: str = Field(
        default="",
        validation_alias=AliasChoices("DATABASE_URL", "VIVIDLY_DATABASE_URL"),
        description="PostgreSQL to use; empty: the embedded one in the data folder.",
    )
    data: Path = Field(default=Path("data"), description="Folder for the embedded database, the shelf, keys and caches.")
    host: str = Field(default="127.0.0.1", description="Address the API and pages listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the API and pages.")
    worker_host: str = Field(default="127.0.0.1", description="Address the push worker listens on.")
    worker_port: int = Field(default=8080, ge=0, le=65535, description="Port of the push worker.")
    workers: int = Field(default=1, ge=1, le=64, description="Worker processes that `vividly up` starts.")
    drawers: int = Field(default=2, ge=1, le=64, description="Drawing processes of each worker.")
    slots: int = Field(default=1, ge=1, le=64, description="Lessons one worker makes at the same time.")
    demo: bool = Field(default=True, description="Keep the demo school; only with the embedded database.")
    demo_beyond_loopback: bool = Field(
        default=False, description="Allow listening beyond loopback while the demo school exists."
    )
    public_url: str = Field(default="", description="How browsers reach this service; empty: from host and port.")
    open_registration: bool = Field(default=False, description="May anyone register, or only be invited?")
    transport: Literal["embedded"] = Field(default="embedded", description="How messages travel from the outbox to a worker.")
    push_url: str = Field(default="", description="Where the embedded transport delivers; empty: the worker's own address.")
    topic: str = Field(default="content-generation-requests", description="Topic that requests are published to.")
    dead_letter_topic: str = Field(default="content-generation-dead-letters", description="Topic of dead letters.")
    subscription: str = Field(default="content-generation-worker", description="Subscription that pushes to the worker.")
    lease_seconds: float = Field(default=60.0, gt=1, description="How long a worker owns a job without renewing.")
    max_attempts: int = Field(default=5, ge=1, description="Failed attempts before a request fails for good.")
    max_crashes: int = Field(default=3, ge=1, description="Lost workers before a request fails for good.")
    supervised: bool = Field(default=False, description="Set by `vividly up` for its children: end when the parent does.")
    crash_at: str = Field(default="", description="Name of a crash point, for tests of recovery only.")
    log: Literal["auto", "json", "text"] = Field(default="auto", description="Log format; auto: text on a terminal, else JSON.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least level that is logged.")

    @property
    def embedded_database(self) -> bool:
        """Is the database our own child?"""
        return not self.database_url


def read(**overrides: object) -> Settings:
    """Settings from the environment, with what the command line says on top. Raises Misconfigured, naming the setting."""
    try:
        return Settings(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"]) or "settings"
        raise Misconfigured(f"VIVIDLY_{name.upper()}", first["msg"]) from error
