"""The worker as wiring puts it together: what runs beside the runner really runs, and shows what it counts."""

import asyncio
import os
import time

import httpx

from vividly.settings import Settings
from vividly.shelf.disk import DiskShelf
from vividly.wiring.back import open_back
from vividly.worker import retention


async def never():
    await asyncio.Event().wait()


async def test_retention_figures_and_the_contract_are_wired_in(database, kit, tmp_path, monkeypatch):
    monkeypatch.setattr(retention, "_FIRST", 0.01)
    shelf = DiskShelf(tmp_path / "shelf")
    for days, key in ((15, "work/old.pcm"), (13, "work/young.pcm"), (99, "lessons/one/lesson.mp4")):
        shelf.put(key, b"x")
        moment = time.time() - days * 86_400
        os.utime(tmp_path / "shelf" / key, (moment, moment))
    settings = Settings(data=tmp_path, metrics_token="for this test only")
    async with open_back(settings, database, may_load=never) as back:
        await kit.eventually(lambda: shelf.size("work/old.pcm") is None)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=back.app), base_url="http://worker")
        async with client:
            shown = await client.get("/metrics", headers={"Authorization": "Bearer for this test only"})
            refused = await client.get("/metrics")
            ready = (await client.get("/ready")).json()
    assert shelf.size("work/young.pcm")
    assert shelf.size("lessons/one/lesson.mp4")
    assert refused.status_code == 403
    assert "vividly_schema_contract_holds 1.0" in shown.text
    assert "vividly_database_up 1.0" in shown.text
    assert ready["status"] == "not_ready"
    assert any("kitchen" in problem for problem in ready["problems"])
    assert ready["resting"] == []
