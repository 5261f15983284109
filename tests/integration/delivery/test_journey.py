"""From an accepted question to a lesson, over a real outbox, real HTTP and a real database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from vividly.errors import NotPossible
from vividly.library import catalogue
from vividly.requests import actions
from vividly.requests.model import Alert, Answer, AskBack, Clarification, Option, TurnAway
from vividly.requests.states import Event, Status, may_become


async def test_an_accepted_question_becomes_a_lesson_and_its_history_is_whole(pool, file, kit):
    filed = await file(kit.go("key-1"))
    assert (filed.status, filed.progress, filed.seq) == (Status.PENDING, 0, 1)
    async with kit.service(pool, kit.cook()):
        done = await kit.until(pool, filed.request_id, Status.COMPLETED)
    assert done.progress == 100
    assert done.lesson is not None
    assert done.lesson.files == ("lesson.mp4", "captions.vtt")
    assert done.started_at is not None
    assert done.finished_at is not None
    history = await actions.events_since(pool, request_id=filed.request_id)
    assert [one.seq for one in history] == list(range(1, done.seq + 1))
    assert [one.to_status for one in history if one.type is not Event.PROGRESSED] == [
        Status.PENDING,
        Status.VALIDATING,
        Status.GENERATING,
        Status.COMPLETED,
    ]
    assert [one.progress for one in history] == sorted(one.progress for one in history)
    assert all(may_become(one.from_status, one.to_status) for one in history if one.from_status)
    assert [one.terminal for one in history].count(True) == 1
    assert history[-1].terminal


async def nothing_in(pool, kit, what):
    return await kit.count(pool, what) == 0


async def test_every_message_may_come_twice(pool, file, kit):
    cook = kit.cook()
    requests = [await file(interest=f"interest {n}") for n in range(6)]
    async with kit.running(pool, cook, slots=3) as runner:
        desk = kit.desk(pool=pool, wake=runner.wake)
        async with kit.serving(desk) as url, kit.relaying(pool, url, duplicates=1.0):
            for one in requests:
                await kit.until(pool, one.request_id, Status.COMPLETED)
            await kit.eventually(lambda: nothing_in(pool, kit, "outbox WHERE sent_at IS NULL"))
    assert await kit.count(pool, "inbox WHERE seen = 2") == 6
    assert len(cook.done) == len(set(cook.done)) == 18
    assert await kit.count(pool, "content_request_events WHERE terminal") == 6


async def test_identical_lessons_are_made_once_and_everybody_is_completed_by_one_commit(pool, file, kit):
    started, may_end = asyncio.Event(), asyncio.Event()

    async def slowly(stage, inquiry, bench):
        started.set()
        await may_end.wait()

    cook = kit.cook(before=slowly)
    requests = [await file(kit.go("the same lesson")) for _ in range(5)]
    async with kit.service(pool, cook, slots=2), kit.running(pool, cook, slots=2):
        await started.wait()
        await kit.eventually(lambda: kit.count(pool, "jobs HAVING count(*) = 5"))
        assert await kit.count(pool, "jobs WHERE state = 'leased'") == 1
        may_end.set()
        done = [await kit.until(pool, one.request_id, Status.COMPLETED) for one in requests]
    assert len(cook.done) == 3
    assert len({one.lesson.lesson_id for one in done}) == 1
    assert len({one.finished_at for one in done}) == 1


async def test_a_lesson_made_before_is_found_without_cooking(pool, file, kit):
    cook = kit.cook()
    async with kit.service(pool, cook):
        first = await kit.until(pool, (await file(kit.go("k"))).request_id, Status.COMPLETED)
        second = await kit.until(pool, (await file(kit.go("k"))).request_id, Status.COMPLETED)
        other = await kit.until(pool, (await file(kit.go("other"))).request_id, Status.COMPLETED)
        assert second.lesson.lesson_id == first.lesson.lesson_id != other.lesson.lesson_id
        assert len(cook.done) == 6
        history = await actions.events_since(pool, request_id=second.request_id)
        assert [one.to_status for one in history] == [Status.PENDING, Status.VALIDATING, Status.COMPLETED]
        assert await catalogue.hide(pool, lesson_id=first.lesson.lesson_id)
        third = await kit.until(pool, (await file(kit.go("k"))).request_id, Status.COMPLETED)
    assert third.lesson.lesson_id != first.lesson.lesson_id
    watchers = await actions.watchers_of(pool, lesson_id=first.lesson.lesson_id)
    assert watchers == {(first.school_id, first.student_id)}
    assert (await catalogue.lesson(pool, lesson_id=first.lesson.lesson_id)).hidden


async def test_the_same_key_and_body_give_the_same_request_and_another_body_is_refused(pool, new):
    filed = await actions.submit(pool, new=new(idempotency_key="k1"))
    again = await actions.submit(pool, new=new(idempotency_key="k1"))
    assert (again.snapshot.request_id, again.replayed, filed.replayed) == (filed.snapshot.request_id, True, False)
    with pytest.raises(NotPossible, match="idempotency_mismatch"):
        await actions.submit(pool, new=new(idempotency_key="k1", body_hash=b"another body"))
    other = await actions.submit(pool, new=new(idempotency_key="k2"))
    assert other.snapshot.request_id != filed.snapshot.request_id


async def test_many_at_once_with_one_key_file_one_request(pool, new, kit):
    accepted = await asyncio.gather(*(actions.submit(pool, new=new(idempotency_key="k")) for _ in range(20)))
    assert len({one.snapshot.request_id for one in accepted}) == 1
    assert [one.replayed for one in accepted].count(False) == 1
    assert await kit.count(pool, "outbox") == 1


def ask(label: str) -> AskBack:
    option = Option(id="a", label=label, topic_id="topic_phys_mech_newton_3", facet="force pairs")
    return AskBack(Clarification(questions=("Which of these?",), options=(option,), reasoning="two topics fit"))


async def test_a_vague_question_is_asked_back_answered_and_made(pool, file, kit):
    filed = await file(ask("first"))
    assert (filed.status, filed.rounds) == (Status.CLARIFICATION_NEEDED, 1)
    assert filed.clarification.questions == ("Which of these?",)
    assert filed.clarification.requested_at == filed.created_at
    assert await kit.count(pool, "outbox") == 0
    told = {"request_id": filed.request_id, "epoch": 1, "actor": "student"}
    asked = await actions.answer(pool, answer=Answer("", "hm"), verdict=ask("second"), **told)
    assert (asked.status, asked.rounds, asked.epoch) == (Status.CLARIFICATION_NEEDED, 2, 1)
    assert asked.clarification.options[0].label == "second"
    with pytest.raises(NotPossible, match="asked_enough"):
        await actions.answer(pool, answer=Answer("", "hm"), verdict=ask("third"), **told)
    on = await actions.answer(pool, answer=Answer("a", "second"), verdict=kit.go("k", assumptions=("x",)), **told)
    assert (on.status, on.epoch, on.cache_key) == (Status.PENDING, 2, "k")
    assert on.understanding.assumptions == ("x",)
    assert [one.text for one in on.answers] == ["hm", "second"]
    with pytest.raises(NotPossible, match="not_waiting_for_an_answer"):
        await actions.answer(pool, answer=Answer("a", "second"), verdict=kit.go("k"), **told)
    async with kit.service(pool, kit.cook()):
        assert (await kit.until(pool, filed.request_id, Status.COMPLETED)).epoch == 2


async def test_an_answer_that_cannot_be_served_is_declined_with_its_words(pool, file, kit):
    filed = await file(ask("first"), decision={"confidence": 0.3})
    verdict = TurnAway("out_of_scope", "We explain science.", alert=Alert("notice", "off_topic"))
    told = await actions.answer(
        pool, request_id=filed.request_id, epoch=1, answer=Answer("", "no"), verdict=verdict, actor="student"
    )
    assert (told.status, told.message, told.declined_code) == (Status.DECLINED, "We explain science.", "out_of_scope")
    assert told.decision == {"confidence": 0.3}
    assert await kit.count(pool, "alerts") == 1


async def test_a_cry_for_help_alerts_the_school_in_the_same_commit(pool, file, kit):
    told = await file(TurnAway("self_harm", "You are not alone.", alert=Alert("urgent", "self_harm")))
    assert told.over
    assert told.finished_at == told.created_at
    assert await kit.count(pool, "alerts WHERE tier = 'urgent' AND request_id = %(id)s", id=told.request_id) == 1
    assert await kit.count(pool, "outbox") == 0


async def test_cancelling_stops_the_work_and_nothing_more_is_written(pool, file, kit):
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def forever(stage, inquiry, bench):
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    quick = replace(kit.quick, lease=0.4)
    filed = await file()
    async with kit.service(pool, kit.cook(before=forever), rhythm=quick) as runner:
        await begun.wait()
        told = await actions.cancel(pool, request_id=filed.request_id, actor="student")
        assert told.status is Status.CANCELLED
        await stopped.wait()
        await kit.eventually(lambda: not runner.busy)
    after = await actions.snapshot(pool, request_id=filed.request_id)
    assert (after.status, after.seq) == (Status.CANCELLED, told.seq)
    assert (await actions.cancel(pool, request_id=filed.request_id, actor="student")).seq == told.seq
    assert await kit.count(pool, "jobs WHERE state = 'done'") == 1


async def test_a_finished_request_can_be_neither_cancelled_nor_retried(pool, file, kit):
    filed = await file()
    async with kit.service(pool, kit.cook()):
        await kit.until(pool, filed.request_id, Status.COMPLETED)
    with pytest.raises(NotPossible, match="not_cancellable"):
        await actions.cancel(pool, request_id=filed.request_id, actor="student")
    with pytest.raises(NotPossible, match="not_retryable"):
        await actions.retry(pool, request_id=filed.request_id, actor="student")


async def test_pages_walk_through_everything_once_newest_first(pool, file, people):
    filed = [(await file(interest=str(n))).request_id for n in range(7)]
    seen, after = [], None
    while True:
        page = await actions.own(pool, student_id=people.student, after=after, limit=3)
        seen += [one.request_id for one in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == filed[::-1]
    assert (await actions.own(pool, student_id=people.other_student)).items == ()
    for nonsense in ("x", "2026-11-23", "\0", "MjAyNg=="):
        with pytest.raises(NotPossible, match="bad_cursor"):
            await actions.own(pool, student_id=people.student, after=nonsense)


async def test_the_estimate_is_the_median_of_lessons_really_made(pool, file, kit):
    assert await actions.estimate(pool) == 20
    async with kit.service(pool, kit.cook()):
        for key in ("a", "a", "b"):
            await kit.until(pool, (await file(kit.go(key))).request_id, Status.COMPLETED)
    assert await actions.estimate(pool) == 1
