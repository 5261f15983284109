"""A question's life over HTTP: filed, asked back, declined, watched, stopped, tried again."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from vividly.db.engine import rows, transaction

FIELDS = {
    "status",
    "request_id",
    "cache_key",
    "message",
    "content_url",
    "estimated_completion_seconds",
    "clarifying_questions",
    "options",
    "status_url",
    "events_url",
}


async def test_a_clear_question_is_accepted_with_every_field(door):
    filed = await door.ask()
    assert set(filed) == FIELDS
    assert filed["status"] == "pending"
    assert filed["estimated_completion_seconds"] > 0
    assert filed["content_url"] is None
    assert filed["status_url"] == f"http://vividly.test/api/v1/content/request/{filed['request_id']}/status"
    assert door.intake.woken, "the relay is rung after the commit"
    now = await door.status(filed["request_id"])
    assert (now["status"], now["progress_percentage"], now["current_stage"]) == ("pending", 0, None)
    assert now["correlation_id"].startswith("req_")
    assert len(now["correlation_id"]) == 20
    assert now["interest"] == "basketball", "the first interest of the profile that serves"
    assert now["grade_level"] == 10


async def test_a_vague_question_is_asked_back_and_has_a_request(door):
    filed = await door.ask("explain forces")
    assert filed["status"] == "clarification_needed"
    assert filed["clarifying_questions"] == ["What about forces would you like to see?"]
    assert [option["facet"] for option in filed["options"]] == ["pairs", "fma"]
    assert not door.intake.woken
    now = await door.status(filed["request_id"])
    assert now["status"] == "clarification_needed"
    assert now["clarifying_questions"] == now["request_metadata"]["clarification"]["clarifying_questions"]
    assert now["options"] == filed["options"]
    assert now["reasoning"] == "several topics are plausible"
    assert now["requested_at"]


async def test_an_option_takes_the_same_request_to_its_next_epoch(door):
    filed = await door.ask("explain forces")
    path = f"/content/request/{filed['request_id']}/clarify"
    answer = await door.call("POST", path, json={"option_id": filed["options"][0]["id"]})
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    assert answer.json()["request_id"] == filed["request_id"]
    now = await door.status(filed["request_id"])
    assert (now["epoch"], now["topic_id"], now["facet"]) == (2, "topic_phys_mech_newton_3", "pairs")
    assert now["clarifying_questions"] == []
    assert door.intake.woken
    again = await door.call("POST", path, json={"option_id": filed["options"][0]["id"]})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting_for_an_answer")


async def test_own_words_may_be_asked_about_once_more_and_then_it_goes_on_with_an_assumption(door):
    filed = await door.ask("explain forces")
    path = f"/content/request/{filed['request_id']}/clarify"
    once_more = (await door.call("POST", path, json={"answer": "just forces"})).json()
    assert once_more["status"] == "clarification_needed"
    assert once_more["options"]
    at_last = (await door.call("POST", path, json={"answer": "you choose"})).json()
    assert at_last["status"] == "pending"
    assert "force pairs" in at_last["message"]
    assert door.intake.asked[-1]["rounds"] == 2
    assert door.intake.asked[-1]["earlier"] == ("just forces", "you choose")


@pytest.mark.parametrize(
    ("body", "code"),
    [({}, "answer_missing"), ({"option_id": "nonsense"}, "unknown_option"), ({"answer": "   "}, "invalid_input")],
)
async def test_an_answer_must_answer(door, body, code):
    filed = await door.ask("explain forces")
    answer = await door.call("POST", f"/content/request/{filed['request_id']}/clarify", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_out_of_scope_is_declined_with_help_and_no_alarm(door):
    filed = await door.ask("write my essay")
    assert filed["status"] == "declined"
    assert "forces, cells or circuits" in filed["message"]
    now = await door.status(filed["request_id"])
    assert now["status"] == "declined"
    assert now["error_message"] is None, "declined is not a failure"
    assert await _alerts(door) == []


async def test_a_student_in_need_is_answered_with_care_and_a_teacher_learns_of_it(door):
    filed = await door.ask("i want to hurt myself")
    assert "988" in filed["message"]
    assert [(alert["tier"], alert["kind"]) for alert in await _alerts(door)] == [("urgent", "self_harm")]


async def test_a_grade_below_nine_is_served_at_nine_and_says_so(door):
    filed = await door.ask(grade_level=6)
    assert "9th grade" in filed["message"]
    assert (await door.status(filed["request_id"]))["grade_level"] == 9


async def test_a_neighboring_interest_is_named_honestly(door):
    filed = await door.ask(interest="falconry")
    assert "falconry" in filed["message"]


async def test_unknown_fields_are_ignored(door):
    assert (await door.ask(priority="high", style={"a": 1}))["status"] == "pending"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "student_query"),
        ({"student_query": "  a "}, "student_query"),
        ({"student_query": "x" * 501}, "student_query"),
        ({"student_query": 12}, "student_query"),
        ({"student_query": "\ud800\ud800\ud800"}, "student_query"),
        ({"student_query": "why?", "grade_level": 13}, "grade_level"),
        ({"student_query": "why?", "grade_level": 0}, "grade_level"),
        ({"student_query": "why?", "interest": "x" * 101}, "interest"),
        ({"student_query": "why?", "requested_modalities": []}, "requested_modalities"),
        ({"student_query": "why?", "requested_modalities": ["smell"]}, "requested_modalities.0"),
        ({"student_query": "why?", "preferred_modality": "smell"}, "preferred_modality"),
        ({"student_query": "why?", "student_id": "nobody"}, "student_id"),
    ],
)
async def test_a_wrong_field_is_named_with_what_to_do(door, body, field):
    answer = await door.call(
        "POST",
        "/content/generate",
        content=json.dumps(body),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "invalid_input"
    assert [error["field"] for error in problem["errors"]] == [field]
    assert problem["errors"][0]["message"]


async def test_control_characters_do_no_harm(door):
    filed = await door.ask("why does\x07ice float? ")
    assert (await door.status(filed["request_id"]))["student_query"] == "why does ice float?"


async def test_a_nul_is_refused_before_it_reaches_the_database(door):
    answer = await door.call("POST", "/content/generate", json={"student_query": "why does\x00ice float?"})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["student_query"]
    for address in ("/content/lessons/a%00b", "/content/requests?after=a%00b"):
        assert (await door.call("GET", address)).status_code in {404, 422}, address


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b'{"student_query": NaN}'])
async def test_a_body_that_is_none_is_a_problem_not_an_accident(door, body):
    answer = await door.call("POST", "/content/generate", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_huge_body_is_refused_announced_or_not(door):
    async def chunks():
        for _ in range(40):
            yield b"x" * 4096

    headers = {"Content-Type": "application/json"}
    announced = await door.call("POST", "/content/generate", content=b"x" * 100_000, headers=headers)
    streamed = await door.call("POST", "/content/generate", content=chunks(), headers=headers)
    for answer in (announced, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_the_same_key_and_body_get_the_same_answer_even_when_it_has_gone_on(door, kitchen):
    headers = {"Idempotency-Key": "one"}
    first = await door.call("POST", "/content/generate", json={"student_query": "why is that so?"}, headers=headers)
    assert "Idempotent-Replayed" not in first.headers
    await kitchen.complete(first.json()["request_id"])
    second = await door.call("POST", "/content/generate", json={"student_query": "why is that so?"}, headers=headers)
    assert second.status_code == 202
    assert second.headers["Idempotent-Replayed"] == "true"
    assert second.json() == first.json()
    other = await door.call("POST", "/content/generate", json={"student_query": "why is this so?"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    neighbor = await door.call(
        "POST", "/content/generate", by="classmate", json={"student_query": "why is that so?"}, headers=headers
    )
    assert neighbor.json()["request_id"] != first.json()["request_id"], "keys are each person's own"


async def test_a_replayed_clarification_is_the_one_that_was_asked(door):
    headers = {"Idempotency-Key": "two"}
    body = {"student_query": "explain forces"}
    first = (await door.call("POST", "/content/generate", json=body, headers=headers)).json()
    await door.call("POST", f"/content/request/{first['request_id']}/clarify", json={"option_id": first["options"][0]["id"]})
    second = (await door.call("POST", "/content/generate", json=body, headers=headers)).json()
    assert second == first


async def test_parts_are_shown_while_it_is_made_and_the_lesson_when_it_is(door, kitchen):
    filed = await door.ask()
    door.doors.shelf.put("work/live.m3u8", b"#EXTM3U\nseg-0.m4s\n")
    claimed = await kitchen.generate(filed["request_id"], 40, {"script_text": "Forces come", "stream_key": "work/live.m3u8"})
    now = await door.status(filed["request_id"])
    assert (now["status"], now["progress_percentage"], now["current_stage"]) == ("generating", 40, "drawing")
    assert now["script_text"] == "Forces come"
    assert (await door.client.get(now["stream_url"])).status_code == 200
    assert now["video_url"] is None
    lesson = await kitchen.finish(claimed)
    done = await door.status(filed["request_id"])
    assert (done["status"], done["progress_percentage"]) == ("completed", 100)
    assert done["completed_at"]
    assert done["script_text"] == "Forces come in pairs.\n\nEqual and opposite."
    for name in ("video_url", "audio_url", "thumbnail_url", "captions_url", "stream_url"):
        assert (await door.client.get(done[name])).status_code == 200, name
    assert done["lesson_url"].endswith(f"/content/lessons/{lesson.lesson_id}")


async def test_a_failure_says_where_and_why_and_can_be_tried_again(door, kitchen):
    filed = await door.ask()
    claimed = await kitchen.generate(filed["request_id"])
    await kitchen.fail(claimed)
    now = await door.status(filed["request_id"])
    assert now["status"] == "failed"
    assert now["error_message"] == "The sound ran away from the picture."
    assert now["error_stage"] == "packaging"
    assert now["error_details"] == {"code": "gate_failed"}
    assert now["failed_at"]
    assert now["completed_at"] is None
    again = await door.call("POST", f"/content/request/{filed['request_id']}/retry")
    assert again.status_code == 202
    assert (again.json()["status"], again.json()["epoch"], again.json()["progress_percentage"]) == ("pending", 2, 0)
    assert again.json()["error_message"] is None
    once_more = await door.call("POST", f"/content/request/{filed['request_id']}/retry")
    assert (once_more.status_code, once_more.json()["code"]) == (409, "not_retryable")


async def test_cancelling_stops_it_and_doing_it_twice_is_fine(door, kitchen):
    filed = await door.ask()
    await kitchen.generate(filed["request_id"])
    for _ in range(2):
        answer = await door.call("POST", f"/content/request/{filed['request_id']}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


async def test_a_finished_request_cannot_be_cancelled(door, kitchen):
    filed = await door.ask()
    await kitchen.complete(filed["request_id"])
    answer = await door.call("POST", f"/content/request/{filed['request_id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


async def test_the_list_is_ones_own_newest_first_in_pages(door):
    filed = [(await door.ask(f"why is number {number} so?"))["request_id"] for number in range(5)]
    await door.ask("somebody else's question", by="classmate")
    seen, after = [], None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (await door.call("GET", "/content/requests", params=query)).json()
        seen += [item["request_id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert seen == filed[::-1]
    bad = await door.call("GET", "/content/requests", params={"after": "nonsense"})
    assert (bad.status_code, bad.json()["code"]) == (404, "bad_cursor")


async def test_a_teacher_sees_the_questions_of_their_classes_only(door):
    mine = (await door.ask("a question of mine", by="student"))["request_id"]
    await door.ask("a question from elsewhere", by="outsider")
    page = (await door.call("GET", "/content/requests", by="teacher")).json()
    assert [item["request_id"] for item in page["items"]] == [mine]


async def test_a_teacher_may_ask_for_a_student_of_theirs_with_that_students_profile(door):
    student = door.people["student"]
    filed = await door.ask(by="teacher", student_id=str(student.person_id))
    now = await door.status(filed["request_id"], by="student")
    assert (now["student_id"], now["interest"]) == (str(student.person_id), "basketball")


@pytest.mark.parametrize(
    ("by", "about"), [("student", "classmate"), ("teacher", "outsider"), ("teacher", "foreigner"), ("admin", "foreigner")]
)
async def test_nobody_may_ask_in_a_name_that_is_not_theirs_to_use(door, by, about):
    body = {"student_query": "why is that so?", "student_id": str(door.people[about].person_id)}
    answer = await door.call("POST", "/content/generate", by=by, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


async def test_naming_oneself_is_fine(door):
    assert (await door.ask(student_id=str(door.people["student"].person_id)))["status"] == "pending"


async def test_an_unknown_request_is_unknown(door):
    answer = await door.call("GET", f"/content/request/{uuid4()}/status")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_request")
    assert (await door.call("GET", "/content/request/not-a-uuid/status")).status_code == 422


async def _alerts(door):
    async with transaction(door.doors.pool) as conn:
        return await rows(conn, "SELECT tier, kind FROM alerts", {})
