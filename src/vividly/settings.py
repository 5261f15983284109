"""Every setting, in one place, read from the environment (VIVIDLY_…). Only `cli` and `wiring` call `read()`.

Three names are the platform's own and have no prefix: DATABASE_URL, GOOGLE_CLOUD_PROJECT and PUBSUB_EMULATOR_HOST.
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
    shelf: str = Field(
        default="",
        description="Where lessons are kept: gs://bucket/prefix or s3://bucket/prefix; empty: a folder in the data folder.",
    )
    shelf_endpoint: str = Field(
        default="", description="Address of another server for that bucket: an emulator, or an S3 of one's own."
    )
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
    transport: Literal["embedded", "pubsub"] = Field(
        default="embedded", description="How messages travel from the outbox to a worker: by ourselves, or by Google Pub/Sub."
    )
    push_url: str = Field(
        default="", description="Where the embedded transport delivers, several with commas; empty: the worker's own address."
    )
    google_project: str = Field(
        default="",
        validation_alias=AliasChoices("GOOGLE_CLOUD_PROJECT", "VIVIDLY_GOOGLE_PROJECT"),
        description="Google Cloud project of the Pub/Sub topics.",
    )
    pubsub_emulator_host: str = Field(
        default="",
        validation_alias=AliasChoices("PUBSUB_EMULATOR_HOST"),
        description="host:port of a Pub/Sub emulator to use instead of the service.",
    )
    push_auth: Literal["required", "off"] = Field(
        default="required", description="Must Pub/Sub's requests carry its token? off: only with an emulator, which sends none."
    )
    push_audience: str = Field(default="", description="Audience in the tokens of the Pub/Sub push subscription.")
    push_service_account: str = Field(default="", description="E-mail of the account that the push subscription calls as.")
    push_certs_url: str = Field(
        default="https://www.googleapis.com/oauth2/v3/certs", description="Where the keys of those tokens are (JWKS)."
    )
    topic: str = Field(default="content-generation-requests", description="Topic that requests are published to.")
    dead_letter_topic: str = Field(default="content-generation-dead-letters", description="Topic of dead letters.")
    subscription: str = Field(
        default="content-generation-worker", description="Subscription that pushes to the worker, or that it pulls from."
    )
    dead_letter_subscription: str = Field(
        default="content-generation-dead-letters-drain", description="Subscription by which workers fetch dead letters."
    )
    lease_seconds: float = Field(default=60.0, gt=1, description="How long a worker owns a job without renewing.")
    max_attempts: int = Field(default=5, ge=1, description="Failed attempts before a request fails for good.")
    max_crashes: int = Field(default=3, ge=1, description="Lost workers before a request fails for good.")
    keep_messages_days: float = Field(
        default=8.0, ge=7.5, description="Days to remember messages; longer than a broker may deliver them again (seven)."
    )
    keep_checkpoints_days: float = Field(default=7.0, ge=0.0, description="Days to keep checkpoints of requests that are over.")
    keep_work_days: float = Field(default=14.0, ge=1.0, description="Days to keep narrated and drawn scenes for other lessons.")
    keep_live_days: float = Field(default=2.0, ge=0.5, description="Days to keep the streams watched while a lesson was made.")
    metrics_token: str = Field(
        default="", description="Who shows it as a bearer token may read /metrics; empty: only this machine itself may."
    )
    traces: str = Field(
        default="", description="OTLP address for traces (http…/v1/traces); empty: none. Needs the extra `telemetry`."
    )
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
