"""A program written against the contract alone: what worked with the first service works here, unchanged."""

import re
import time
import uuid

import httpx
import pytest

from .conftest import PASSWORD

KEYS = {
    "status", "request_id", "cache_key", "message", "content_url", "estimated_completion_seconds", "clarifying_questions",
}  # fmt: skip


def until_terminal(client: httpx.Client, request_id: str, *, every: float = 1.0, patience: float = 150) -> dict:
    deadline = time.monotonic() + patience
    last = 0
    while time.monotonic() < deadline:
        status = client.get(f"/api/v1/content/request/{request_id}/status").json()
        assert status["progress_percentage"] >= last
        last = status["progress_percentage"]
        assert (last == 100) == (status["status"] == "completed")
        if status["status"] in {"completed", "failed", "cancelled", "declined", "clarification_needed"}:
            return status
        time.sleep(every)
    raise AssertionError(status)


def test_an_old_client_gets_its_lesson(deployment):
    with httpx.Client(base_url=deployment.url, timeout=30, trust_env=False) as client:
        signed_in = client.post("/api/v1/auth/login", json={"email": "student@demo.school", "password": PASSWORD}).json()
        assert signed_in["token_type"] == "bearer"
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
        body = {
            "student_query": "why do I lurch forward when the bus brakes hard",
            "student_id": signed_in["user"]["user_id"],
            "grade_level": 10,
            "interest": "soccer",
            "subject": "physics",
            "topic": "whatever an older form sent",
        }
        answer = client.post("/api/v1/content/generate", json=body)
        assert answer.status_code == 202
        filed = answer.json()
        assert filed.keys() >= KEYS
        assert filed["status"] == "pending"
        uuid.UUID(filed["request_id"])
        status = until_terminal(client, filed["request_id"], every=5)
        assert status["status"] == "completed", status
        assert re.fullmatch(r"req_[0-9a-f]{16}", status["correlation_id"])
        for name in ("video_url", "audio_url", "thumbnail_url", "captions_url", "lesson_url"):
            assert client.get(status[name]).status_code == 200, name
        assert len(status["script_text"]) > 200
        assert status["created_at"] <= status["started_at"] <= status["completed_at"]


def test_a_vague_question_is_asked_back_and_goes_on(deployment):
    with deployment.sign_in() as client:
        filed = client.post("/api/v1/content/generate", json={"student_query": "explain electricity"}).json()
        assert filed["status"] == "clarification_needed"
        assert filed["request_id"]
        assert 2 <= len(filed["options"]) <= 4
        assert all(isinstance(question, str) for question in filed["clarifying_questions"])
        status = client.get(f"/api/v1/content/request/{filed['request_id']}/status").json()
        assert status["request_metadata"]["clarification"]["clarifying_questions"] == filed["clarifying_questions"]
        address = f"/api/v1/content/request/{filed['request_id']}/clarify"
        assert client.post(address, json={"option_id": "no such option"}).status_code in (400, 404, 422)
        answered = client.post(address, json={"option_id": filed["options"][0]["id"]})
        assert answered.status_code == 202
        assert until_terminal(client, filed["request_id"])["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"student_query": ""}, 422),
        ({"student_query": "  hi  "[:2]}, 422),
        ({"student_query": "x" * 501}, 422),
        ({"student_query": "what is\0inertia"}, 422),
        ({"grade_level": 13}, 422),
        ({"interest": "y" * 101}, 422),
        ({"requested_modalities": []}, 422),
        ({"requested_modalities": ["smell"]}, 422),
        ({"student_id": "not a uuid"}, 422),
    ],
)
def test_bad_input_is_told_what_to_do(deployment, change, code):
    with deployment.sign_in() as client:
        answer = client.post("/api/v1/content/generate", json={"student_query": "what is inertia", **change})
    assert answer.status_code == code
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.json()["code"]
    assert "Traceback" not in answer.text


def test_ready_names_what_it_has_looked_at(deployment):
    answer = httpx.get(f"{deployment.url}/health/ready", trust_env=False).json()
    assert {check["name"] for check in answer["checks"]} >= {"database", "schema contract", "shelf", "models"}
    assert all(check["ok"] for check in answer["checks"])


def test_the_push_door_answers_as_the_contract_says(deployment):
    door = f"http://127.0.0.1:{deployment.worker_port}"
    for path in ("/", "/health"):
        assert httpx.get(door + path, trust_env=False).json() == {"status": "healthy"}
    # Nobody without this installation's key may knock.
    assert httpx.post(f"{door}/push", json={"message": {}}, trust_env=False).status_code == 401


def test_an_unknown_interest_is_served_by_the_nearest(deployment):
    with deployment.sign_in() as client:
        filed = client.post(
            "/api/v1/content/generate", json={"student_query": "what is inertia", "interest": "falconry"}
        ).json()
        assert filed["status"] == "pending"
        status = until_terminal(client, filed["request_id"])
        assert status["status"] == "completed"
        lesson = client.get(status["lesson_url"]).json()
        assert any("falconry" in sentence for sentence in lesson["assumptions"])


def test_one_student_cannot_see_anothers_request(deployment):
    with deployment.sign_in() as mine, deployment.sign_in("student2@demo.school") as theirs:
        request_id = mine.post("/api/v1/content/generate", json={"student_query": "explain electricity"}).json()["request_id"]
        for path in ("status", "events"):
            assert theirs.get(f"/api/v1/content/request/{request_id}/{path}").status_code == 403
        assert theirs.post(f"/api/v1/content/request/{request_id}/cancel").status_code == 403
        assert mine.get(f"/api/v1/content/request/{uuid.uuid4()}/status").status_code == 404
        other = theirs.get("/api/v1/auth/me").json()["user_id"]
        body = {"student_query": "what is inertia", "student_id": other}
        assert mine.post("/api/v1/content/generate", json=body).status_code == 403
        with deployment.sign_in("teacher@demo.school") as teacher:
            assert teacher.get(f"/api/v1/content/request/{request_id}/status").status_code == 200
        assert mine.post(f"/api/v1/content/request/{request_id}/cancel").status_code in (200, 202)


def test_the_same_key_is_the_same_request(deployment):
    with deployment.sign_in() as client:
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        body = {"student_query": "explain electricity"}
        first = client.post("/api/v1/content/generate", json=body, headers=headers)
        again = client.post("/api/v1/content/generate", json=body, headers=headers)
        assert first.json() == again.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        other = client.post("/api/v1/content/generate", json={"student_query": "explain forces"}, headers=headers)
        assert other.status_code == 422
