"""Is this process alive, and can it take work? Not ready names what is missing, in words for an operator."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from psycopg import Error as DatabaseError
from psycopg_pool import PoolTimeout

from vividly.api.doors import Doors, Probe, doors_of
from vividly.api.identity import declared
from vividly.api.permissions import Permission
from vividly.api.schemas import Check, Live, Ready
from vividly.db.engine import Pool
from vividly.errors import VividlyError
from vividly.shelf.port import Shelf

router = APIRouter(tags=["health"], dependencies=[Depends(declared(Permission.PUBLIC))])

_PATIENCE_SECONDS = 3.0


@router.get("/health/live", summary="The process answers", operation_id="live")
async def live() -> Live:
    """Stays 200 while the process can answer at all, so that a platform does not restart what only waits for a database."""
    return Live()


@router.get(
    "/health/ready",
    responses={503: {"model": Ready, "description": "Not ready; `checks` says what is missing"}},
    summary="The service can take questions",
    operation_id="ready",
)
async def ready(response: Response, doors: Annotated[Doors, Depends(doors_of)]) -> Ready:
    """Every check, with what is missing by name."""
    found = await asyncio.gather(*(_ask(probe) for probe in doors.probes.values()))
    checks = [Check(name=name, ok=not wrong, problems=wrong) for name, wrong in zip(doors.probes, found, strict=True)]
    if doors.stopping.is_set():
        checks.append(Check(name="stopping", ok=False, problems=["This process is shutting down."]))
    good = all(check.ok for check in checks)
    response.status_code = 200 if good else 503
    response.headers["Cache-Control"] = "no-store"
    return Ready(status="ready" if good else "not_ready", checks=checks)


def database_probe(pool: Pool) -> Probe:
    """Can a connection be had that still answers?"""

    async def probe() -> list[str]:
        try:
            async with pool.connection(timeout=_PATIENCE_SECONDS - 1) as connection:
                await pool.check_connection(connection)
        except (DatabaseError, PoolTimeout, VividlyError):
            return ["The database cannot be reached: is it running, and is DATABASE_URL right?"]
        return []

    return probe


def shelf_probe(shelf: Shelf) -> Probe:
    """Can something be written on the shelf just now?"""

    async def probe() -> list[str]:
        if await asyncio.to_thread(shelf.healthy):
            return []
        return ["The shelf cannot be written: is the disk full, or are the folder's rights wrong?"]

    return probe


async def _ask(probe: Probe) -> list[str]:
    """A probe that hangs or breaks is a problem of its own, never an error of this page."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await probe()
    except TimeoutError:
        return ["The check did not answer in time."]
    except Exception as error:  # noqa: BLE001 - whatever it was, we are not ready
        return [f"The check itself broke ({type(error).__name__})."]
