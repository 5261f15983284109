"""What an operator sees and does on a running deployment: logs that follow a question, figures, alarms, and the way back."""

import json
import re
import time
import uuid

import httpx
import psycopg
import pytest

from vividly.requests.watch import EVERY
from vividly.transport import signature

from .conftest import PASSWORD
from .test_command_line import vividly
from .test_contract_program import until_terminal

pytestmark = pytest.mark.timeout(240)
CANARY = "zanzibarcanary"


def events(deployment):
    """Every line of the log that is an event; there are no others but what `up` says to its terminal."""
    return [json.loads(line) for line in deployment.log().splitlines() if line.startswith("{")]


def connect(deployment):
    return psycopg.connect(vividly("db", "url", data=deployment.data).stdout.strip(), autocommit=True)


def get(deployment, path, *, worker=False, **more):
    port = deployment.worker_port if worker else deployment.port
    return httpx.get(f"http://127.0.0.1:{port}{path}", trust_env=False, timeout=10, **more)


@pytest.fixture(scope="module")
def lesson(deployment):
    """A lesson whose question, interest, answers and mistakes are full of words that nobody may ever repeat."""
    base = deployment.url
    httpx.post(f"{base}/api/v1/auth/login", json={"email": f"{CANARY}@demo.school", "password": CANARY}, trust_env=False)
    httpx.post(f"{base}/{CANARY}?token={CANARY}", content=CANARY, trust_env=False)
    poison = json.dumps({"message": {"data": CANARY, "attributes": {"a": CANARY}}}).encode()
    key = (deployment.data / "keys" / "push").read_text().strip().encode()
    headers = {"Authorization": f"Bearer {signature.token(key, body=poison, now=time.time())}"}
    httpx.post(f"http://127.0.0.1:{deployment.worker_port}/push", content=poison, headers=headers, trust_env=False)
    with deployment.sign_in() as client:
        client.post("/api/v1/content/generate", content=f'{{"student_query": "{CANARY}')
        client.post("/api/v1/content/generate", json={"student_query": CANARY, "grade_level": CANARY})
        client.post("/api/v1/content/generate", json={"student_query": f"how do i build a pipe bomb {CANARY}"})
        asked = {"student_query": "explain electricity", "interest": CANARY}
        vague = client.post("/api/v1/content/generate", json=asked).json()
        assert vague["status"] == "clarification_needed"
        client.post(f"/api/v1/content/request/{vague['request_id']}/clarify", json={"answer": f"{CANARY} hmm"})
        client.post(f"/api/v1/content/request/{vague['request_id']}/cancel")
        asked = {"student_query": f"my friend {CANARY} asks what is inertia", "interest": CANARY}
        filed = client.post("/api/v1/content/generate", json=asked).json()
        done = until_terminal(client, filed["request_id"])
        assert done["status"] == "completed", done
        urls = client.get(f"/api/v1/content/lessons/{lesson_id(client, filed)}").json()["urls"]
        yield {**done, "manifest": client.get(urls["manifest"]).json()}


def lesson_id(client, filed):
    """From the address of the lesson in its status."""
    status = client.get(f"/api/v1/content/request/{filed['request_id']}/status").json()
    return re.search(r"lessons/([^/?]+)", status["lesson_url"])[1]


def test_one_question_is_followed_through_every_process_to_its_bundle(deployment, lesson):
    mine = [one for one in events(deployment) if one.get("request_id") == lesson["request_id"]]
    assert {(one["process"], one["room"]) for one in mine} >= {
        ("serve", "door"),
        ("serve", "relay"),
        ("work", "push"),
        ("work", "worker"),
        ("work", "line"),
    }
    assert {one["correlation_id"] for one in mine} == {lesson["correlation_id"]}
    told = [one["event"] for one in mine]
    assert told.index("door.filed") < told.index("worker.began") < told.index("line.unit_made") < told.index("worker.settled")
    made = {one["stage"] for one in mine if one["event"] == "line.unit_made"}
    assert {"retrieving", "writing", "narrating", "drawing", "packaging"} <= made
    assert lesson["manifest"]["made_for"] == {key: lesson[key] for key in ("request_id", "correlation_id")}


def test_no_log_repeats_what_anybody_wrote(deployment, lesson):
    text = deployment.log()
    assert CANARY not in text
    assert "student@demo.school" not in json.dumps(events(deployment)), "no e-mail of those who sign in either"
    assert PASSWORD not in json.dumps(events(deployment))
    assert any(one["event"] == "push.quarantined" for one in events(deployment))
    plain = [line for line in text.splitlines() if not line.startswith("{")]
    assert "Traceback" not in "\n".join(plain)


def test_neither_does_the_database(deployment, lesson):
    with connect(deployment) as conn:
        with pytest.raises(psycopg.errors.CheckViolation):
            conn.execute("UPDATE content_requests SET progress = 101 WHERE question LIKE %s", (f"%{CANARY}%",))
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            conn.execute(f"SELECT '{CANARY}'::int")
    written = (deployment.data / "postgres" / "server.log").read_text(errors="replace")
    assert "LOG:" in written
    assert CANARY not in written


def test_figures_of_both_processes(deployment, lesson):
    door, worker = get(deployment, "/metrics"), get(deployment, "/metrics", worker=True)
    for answer in (door, worker):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert CANARY not in answer.text
        assert lesson["request_id"] not in answer.text
        assert "vividly_schema_contract_holds 1.0" in answer.text
        assert "vividly_database_up 1.0" in answer.text
        assert re.search(r'vividly_requests\{status="completed"\} [1-9]', answer.text)
    assert re.search(r'vividly_requests_accepted_total\{decision="proceed"\} [1-9]', door.text)
    assert re.search(r'vividly_requests_accepted_total\{decision="decline"\} [1-9]', door.text)
    route = 'method="POST",route="/api/v1/content/generate",status="202"'
    assert re.search(rf"vividly_http_requests_total\{{{re.escape(route)}\}} [1-9]", door.text)
    assert 'route="none",status="404"' in door.text, "an address that is none of ours has no label of its own"
    assert re.search(r'vividly_stage_seconds_count\{stage="drawing"\} [1-9]', worker.text)
    assert re.search(r'vividly_push_answers_total\{outcome="poison",status="400"\} [1-9]', worker.text)
    assert re.search(r'vividly_jobs_total\{outcome="finished"\} [1-9]', worker.text)
    for hop in ({"X-Forwarded-For": "203.0.113.7"}, {"Forwarded": "for=203.0.113.7"}):
        assert get(deployment, "/metrics", headers=hop).status_code == 403
        assert get(deployment, "/metrics", worker=True, headers=hop).status_code == 403


# --- the schema contract, while the service runs -------------------------------------------------------------------------


def until(deployment, status, *, worker=False):
    """Seconds until readiness answers so, and what it says then."""
    began, path = time.monotonic(), "/ready" if worker else "/health/ready"
    while True:
        answer = get(deployment, path, worker=worker)
        took = time.monotonic() - began
        if answer.status_code == status:
            return took, answer.text
        assert took < 60, answer.text
        time.sleep(0.1)


def test_one_status_row_deleted_turns_readiness_off_by_name_and_put_back_heals_it(deployment):
    assert EVERY < 15
    until(deployment, 200)
    until(deployment, 200, worker=True)
    with connect(deployment) as conn:
        (row,) = conn.execute(
            "SELECT code, ord, terminal, birth FROM content_request_status WHERE code = 'cancelled'"
        ).fetchall()
        # As a careless hand would: with foreign keys switched off, for edges and requests point to it.
        conn.execute("SET session_replication_role = replica")
        conn.execute("DELETE FROM content_request_status WHERE code = 'cancelled'")
        try:
            took, said = until(deployment, 503)
            assert "status cancelled is missing in the database" in said
            took_worker, said = until(deployment, 503, worker=True)
            assert "status cancelled is missing in the database" in said
            print(f"noticed by the door after {took:.1f} s, by the worker after {took_worker:.1f} s more")
            assert took < 15
            assert took_worker < 15
            assert get(deployment, "/health/live").status_code == 200
            assert "vividly_schema_contract_holds 0.0" in get(deployment, "/metrics").text
            checked = vividly("db", "check", data=deployment.data)
            assert (checked.returncode, "status cancelled is missing" in checked.stdout) == (78, True)
        finally:
            conn.execute("INSERT INTO content_request_status (code, ord, terminal, birth) VALUES (%s, %s, %s, %s)", row)
            conn.execute("SET session_replication_role = origin")
    took, _ = until(deployment, 200)
    until(deployment, 200, worker=True)
    print(f"healed after {took:.1f} s")
    assert vividly("db", "check", "--exact", data=deployment.data).returncode == 0
    told = [one for one in events(deployment) if one["event"] == "contract.broken"]
    assert {one["process"] for one in told} == {"serve", "work"}
    assert all("status cancelled is missing" in one["problems"][0] for one in told)


# --- operators' commands -------------------------------------------------------------------------------------------------


@pytest.fixture
def failed(deployment):
    """A request that failed, as the database would have it; its id."""
    request_id = uuid.uuid4()
    with connect(deployment) as conn:
        conn.execute(
            "INSERT INTO content_requests (id, correlation_id, school_id, student_id, filed_by, body_hash, question, grade_level,"
            " interest, modalities, preferred_modality, status, topic_id, facet)"
            " SELECT %(id)s, 'req_' || %(id)s, school_id, id, id, '', %(words)s, 9, 'music', '{video}', 'video', 'pending', 't', 'f'"
            " FROM people WHERE email = 'student@demo.school'",
            {"id": request_id, "words": f"why {CANARY}?"},
        )
        conn.execute(
            "UPDATE content_requests SET status = 'failed', failure_code = 'gate_failed', failure_step = 'packaging',"
            " finished_at = now(), seq = 1 WHERE id = %(id)s",
            {"id": request_id},
        )
        conn.execute(
            "INSERT INTO content_request_events (request_id, seq, epoch, type, from_status, to_status, terminal, progress, actor)"
            " VALUES (%(id)s, 1, 1, 'moved', 'pending', 'failed', true, 0, 'worker, lease 7')",
            {"id": request_id},
        )
        conn.execute(
            "INSERT INTO jobs (request_id, school_id, epoch, state, last_error) SELECT id, school_id, 1, 'dead', 'sound and picture differ'"
            " FROM content_requests WHERE id = %(id)s",
            {"id": request_id},
        )
        yield str(request_id)
        conn.execute(
            "UPDATE content_requests SET status = 'cancelled', finished_at = now() WHERE id = %s AND status <> 'failed'",
            (request_id,),
        )
        conn.execute(
            "UPDATE jobs SET state = 'done', lease_owner = NULL, lease_until = NULL WHERE request_id = %s", (request_id,)
        )


def replay(deployment, *words):
    return vividly("requests", "replay", *words, data=deployment.data)


def standing(deployment, request_id):
    with connect(deployment) as conn:
        return conn.execute("SELECT status, epoch FROM content_requests WHERE id = %s", (request_id,)).fetchone()


def test_a_failed_request_is_found_looked_at_and_tried_again_by_name(deployment, failed, lesson):
    listed = vividly("requests", "failed", "--code", "gate_failed", "--hours", "1", data=deployment.data)
    assert failed in listed.stdout
    assert "sound and picture differ" in listed.stdout
    assert failed not in vividly("requests", "failed", "--code", "contract_broken", data=deployment.data).stdout

    without = replay(deployment, failed)
    assert (without.returncode, standing(deployment, failed)) == (2, ("failed", 1))
    assert "--reason" in without.stderr
    assert replay(deployment, failed, "--reason", "  ").returncode == 2

    dry = replay(deployment, "--code", "gate_failed", "--hours", "1", "--reason", "the encoder was mended")
    assert (dry.returncode, standing(deployment, failed)) == (0, ("failed", 1))
    assert f"request {failed} failed (gate_failed while packaging); it would be pending again, epoch 2" in dry.stdout
    assert "nothing was changed" in dry.stdout

    done = replay(deployment, failed, "--reason", "the encoder was mended", "--yes")
    assert (done.returncode, f"request {failed} is pending again, epoch 2" in done.stdout) == (0, True)
    shown = vividly("requests", "show", failed, data=deployment.data)
    assert re.search(r"replayed\s.*operator:\S+", shown.stdout)
    assert re.search(r"replay by operator:\S+: 'the encoder was mended'", shown.stdout)
    for said in (listed, dry, done, shown):
        assert CANARY not in said.stdout + said.stderr
    again = replay(deployment, lesson["request_id"], "--reason", "once more", "--yes")
    assert (again.returncode, "Only a failed request" in again.stderr) == (2, True)


def test_poison_is_dropped_only_with_a_reason_and_a_yes(deployment):
    poison = f'{{"message": "{uuid.uuid4()}"}}'.encode()
    key = (deployment.data / "keys" / "push").read_text().strip().encode()
    headers = {"Authorization": f"Bearer {signature.token(key, body=poison, now=time.time())}"}
    door = f"http://127.0.0.1:{deployment.worker_port}/push"
    assert httpx.post(door, content=poison, headers=headers, trust_env=False).status_code == 400
    listed = vividly("quarantine", "list", data=deployment.data)
    name = re.search(r"sha256:[0-9a-f]{64}", listed.stdout)[0]
    assert vividly("quarantine", "drop", name, data=deployment.data).returncode == 2
    dry = vividly("quarantine", "drop", name, "--reason", "not ours", data=deployment.data)
    assert (dry.returncode, "would be dropped; nothing was changed" in dry.stdout) == (0, True)
    assert vividly("quarantine", "show", name, data=deployment.data).returncode == 0
    assert vividly("quarantine", "drop", name, "--reason", "not ours", "--yes", data=deployment.data).stdout == "dropped\n"
    assert vividly("quarantine", "show", name, data=deployment.data).returncode == 2
    with connect(deployment) as conn:
        query = "SELECT act, reason, actor LIKE 'operator:_%%' FROM operator_acts WHERE subject = %s"
        assert conn.execute(query, (name,)).fetchall() == [("drop message", "not ours", True)]
