"""What is written to a JSON column is read back as it was."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vividly.errors import NotPossible
from vividly.requests import actions
from vividly.requests.model import Answer, AskBack, Clarification, Go, Option, Quantity, TurnAway, Understanding
from vividly.requests.rows import answers_json, as_snapshot, clarification_json, decision_of
from vividly.requests.states import Status

NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def a_row(**changes):
    empty = dict.fromkeys(
        ["step", "clarification", "lesson", "failure_code", "failure_step", "failure_message", "started_at", "finished_at"]
    )
    return {
        **empty,
        **{name: uuid4() for name in ("id", "school_id", "student_id", "filed_by")},
        **dict.fromkeys(
            ["correlation_id", "question", "interest", "interest_asked", "topic_id", "facet", "cache_key", "message"], ""
        ),
        "grade_level": 9,
        "modalities": ["video"],
        "preferred_modality": "video",
        "status": "pending",
        **dict.fromkeys(["epoch", "seq", "progress", "rounds", "estimated_seconds"], 1),
        "decision": {},
        "answers": [],
        "partial": {},
        "created_at": NOW,
        **changes,
    }


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.text())
def test_what_was_understood_comes_back(value, unit, words):
    numbers = (Quantity(value, unit, words),)
    verdict = Go("t", "f", "k", topic_name=words, confidence=0.5, numbers=numbers, repaired=unit, assumptions=(words,))
    back = as_snapshot(a_row(decision=decision_of(verdict, {"a": 1})))
    assert back.understanding == Understanding(words, 0.5, numbers, unit, (words,))
    assert (back.decision, back.declined_code) == ({"a": 1}, "")


def test_questions_answers_and_refusals_come_back():
    asked = Clarification(("Which?",), (Option("a", "A", "t", "f"),), "two fit")
    answers = (Answer("a", "A"), Answer("", "hm"))
    row = a_row(
        clarification={**clarification_json(asked), "requested_at": NOW.isoformat()},
        answers=answers_json(answers),
        decision=decision_of(TurnAway("unsafe", "No."), {}),
    )
    back = as_snapshot(row)
    assert back.clarification == Clarification(asked.questions, asked.options, asked.reasoning, NOW)
    assert (back.answers, back.declined_code) == (answers, "unsafe")
    assert decision_of(AskBack(asked), {"d": 1}) == {"door": {"d": 1}}


def test_a_status_nobody_knows_is_never_guessed():
    with pytest.raises(ValueError, match="generating_script"):
        as_snapshot(a_row(status="generating_script"))


def test_a_page_link_opens_where_it_was_closed():
    last = as_snapshot(a_row(status=Status.FAILED, failure_code="gate_failed"))
    assert actions._opened(actions._cursor(last)) == (NOW, last.request_id)


@given(st.text())
def test_a_made_up_page_link_is_refused(words):
    with pytest.raises(NotPossible, match="bad_cursor"):
        actions._opened(words)
