"""One trace from the door over outbox, envelope and job row into the worker, whatever happens in between."""

import asyncio

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from vividly import logs, tracing
from vividly.db.engine import transaction
from vividly.requests.states import Status


@pytest.fixture
def spans():
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    tracing.start(process="test", exporter=exporter)
    yield exporter.get_finished_spans
    tracing.stop()


async def stored(pool, query):
    async with transaction(pool) as conn:
        return [next(iter(one.values())) for one in await (await conn.execute(query)).fetchall()]


async def test_the_trace_of_a_question_goes_on_in_the_worker(pool, file, kit, spans):
    with tracing.span("ask", kind="server"):
        filed = await file()
        carried = tracing.carrier()["traceparent"]
    assert await stored(pool, "SELECT attributes ->> 'traceparent' FROM outbox") == [carried]
    async with kit.service(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
        await kit.eventually(lambda: any(one.name == "lesson" for one in spans()))
    seen = {one.name: one for one in spans()}
    assert {"ask", "push", "lesson"} <= seen.keys()
    assert len({one.context.trace_id for one in seen.values()}) == 1
    assert seen["push"].parent.span_id == seen["ask"].context.span_id
    assert seen["lesson"].parent.span_id == seen["push"].context.span_id
    assert seen["lesson"].attributes["vividly.request_id"] == str(filed.request_id)
    assert seen["lesson"].attributes["vividly.correlation_id"] == filed.correlation_id
    said = " ".join(one.to_json() for one in spans())
    assert "why does the floor" not in said


async def test_a_lost_knock_begins_a_trace_of_its_own(pool, file, kit, spans):
    with tracing.span("ask"):
        filed = await file()
    async with transaction(pool) as conn:
        await conn.execute("DELETE FROM outbox")
    async with kit.running(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
        await kit.eventually(lambda: any(one.name == "lesson" for one in spans()))
    (lesson,) = [one for one in spans() if one.name == "lesson"]
    assert lesson.parent is None


async def test_without_tracing_nothing_is_stored_and_all_goes_on(pool, file, kit):
    filed = await file()
    assert await stored(pool, "SELECT attributes ->> 'traceparent' FROM outbox") == [None]
    async with kit.service(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
    assert await stored(pool, "SELECT traceparent FROM jobs") == [""]


async def test_spans_reach_a_collector_over_the_network(kit):
    """As `VIVIDLY_TRACES` would have it: OTLP over HTTP, sent at the latest when the process ends."""
    got = []

    async def collect(request):
        got.append(await request.body())
        return Response(status_code=200)

    app = Starlette(routes=[Route("/v1/traces", collect, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await kit.eventually(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    tracing.start(process="work", endpoint=f"http://127.0.0.1:{port}/v1/traces")
    with tracing.span("lesson", about={"request_id": "r-1"}):
        pass
    await asyncio.to_thread(tracing.stop)
    server.should_exit = True
    await serving
    assert b"lesson" in got[0]
    assert b"vividly-work" in got[0]
    assert b"r-1" in got[0]


async def test_ids_are_bound_wherever_the_kitchen_works(pool, file, kit):
    seen = []

    async def look(stage, inquiry, bench):
        seen.append((stage, logs.bound()))

    filed = [await file(interest=str(n)) for n in range(3)]
    async with kit.service(pool, kit.cook(before=look), slots=3):
        for one in filed:
            await kit.until(pool, one.request_id, Status.COMPLETED)
    ids = {str(one.request_id): one.correlation_id for one in filed}
    assert {(bound["request_id"], bound["correlation_id"]) for _, bound in seen} == set(ids.items())
    assert len(seen) == 9
