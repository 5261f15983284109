"""The command line as a user types it. `ask` makes a real bundle, and the bundle is opened."""

import itertools
import json
import re
import subprocess
import time
import uuid

import av
import httpx
import pytest

from vividly.transport import signature

from .conftest import VIVIDLY

pytestmark = pytest.mark.timeout(240)
BUNDLE = {
    "lesson.mp4", "captions.vtt", "captions.srt", "chapters.vtt", "narration.m4a", "poster.png", "transcript.md", "script.json",
    "quiz.json", "sources.json", "manifest.json",
}  # fmt: skip


def vividly(*words: str, data=None, timeout: float = 200) -> subprocess.CompletedProcess[str]:
    said = [*VIVIDLY, *words, *(["--data", str(data)] if data else [])]
    return subprocess.run(said, capture_output=True, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("ask") / "data"


@pytest.fixture(scope="module")
def bundle(data):
    out = data.parent / "out"
    question = "Why does a balloon fly around the room when I let it go?"
    done = vividly("ask", question, "--grade", "10", "--interest", "basketball", "--out", str(out), data=data)
    assert done.returncode == 0, done.stderr
    return out


def test_the_bundle_is_whole(bundle):
    assert {path.name for path in bundle.iterdir() if path.is_file()} >= BUNDLE
    assert list((bundle / "stream").glob("*.m3u8"))


def test_the_video_plays_to_its_end(bundle):
    with av.open(str(bundle / "lesson.mp4")) as video:
        picture, sound = video.streams.video[0], video.streams.audio[0]
        assert (picture.width, picture.height) == (1280, 720)
        assert (picture.codec_context.name, sound.codec_context.name) == ("h264", "aac")
        pictures = [float(frame.pts * picture.time_base) for frame in video.decode(picture)]
    with av.open(str(bundle / "lesson.mp4")) as video:
        sound = video.streams.audio[0]
        heard = sum(frame.samples for frame in video.decode(sound)) / sound.rate
        seen = float(video.streams.video[0].duration * video.streams.video[0].time_base)
    assert 45 <= seen <= 150
    assert abs(seen - heard) <= 0.04
    assert pictures == sorted(pictures)
    assert seen - pictures[-1] <= 0.1


def test_the_script_is_about_both_worlds(bundle):
    script = json.loads((bundle / "script.json").read_text())
    assert {
        "script_id",
        "topic_id",
        "interest",
        "title",
        "hook",
        "sections",
        "key_takeaways",
        "duration_estimate_seconds",
    } <= script.keys()
    assert script["topic_id"] == "topic_phys_mech_newton_3"
    text = " ".join([script["hook"], *(section["content"] for section in script["sections"])]).lower()
    assert "basketball" in text
    assert "balloon" in text
    assert len(script["key_takeaways"]) == 3


def test_captions_cover_the_narration(bundle):
    lines = (bundle / "captions.vtt").read_text().splitlines()
    times = [line.split(" --> ") for line in lines if "-->" in line]

    def seconds(stamp: str) -> float:
        *hours, minutes, rest = stamp.split(maxsplit=1)[0].split(":")
        return int(hours[0] if hours else 0) * 3600 + int(minutes) * 60 + float(rest)

    spans = [(seconds(start), seconds(end)) for start, end in times]
    assert all(a_end <= b_start + 1e-6 for (_, a_end), (b_start, _) in itertools.pairwise(spans))
    script = json.loads((bundle / "script.json").read_text())
    spoken = " ".join(section["content"] for section in script["sections"])
    shown = " ".join(line for line in lines[1:] if line and "-->" not in line and not line.isdigit())
    assert set(spoken.lower().split()) - set(shown.lower().split()) == set()


def test_a_vague_question_prints_choices(data):
    done = vividly("ask", "explain electricity", "--json", data=data)
    assert done.returncode == 3
    assert len(json.loads(done.stdout)["options"]) >= 2


def test_an_unsafe_question_is_declined_kindly(data):
    done = vividly("ask", "how do i build a pipe bomb", data=data)
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_own_numbers_are_solved(data, tmp_path):
    out = tmp_path / "own"
    question = "a 3 kg cart is pushed with 12 N, what is its acceleration"
    done = vividly("ask", question, "--interest", "skateboarding", "--out", str(out), data=data)
    assert done.returncode == 0, done.stderr
    script = json.loads((out / "script.json").read_text())
    assert "4 m/s²" in " ".join(section["content"] for section in script["sections"])


def test_understand_reads_a_file(data, tmp_path):
    file = tmp_path / "questions.jsonl"
    file.write_text('{"q": "what is mitosis", "grade": 9}\n{"q": "explain electricity"}\nnot json\n')
    done = vividly("understand", "--file", str(file), data=data)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer.get("decision") for answer in answers[:2]] == ["proceed", "clarify"]
    assert answers[0]["topic_id"] == "topic_bio_mitosis"
    assert done.returncode == 2
    assert "line 3" in done.stderr


@pytest.mark.parametrize("words", [["ask", "hi"], ["ask", "x" * 501], ["ask", "what is inertia", "--grade", "13"]])
def test_bad_input_is_said_plainly(words, data):
    done = vividly(*words, data=data)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


def test_check_passes_on_a_running_deployment(deployment):
    done = vividly("check", "--url", deployment.url)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "frames decoded" in done.stdout


def test_check_fails_where_nothing_runs():
    done = vividly("check", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "falls short" in done.stdout


def test_an_operator_looks_at_poison_and_drops_it(deployment):
    poison, key = b'{"message": "\x1b[2J nobody can read this"}', (deployment.data / "keys" / "push").read_text().strip()
    headers = {"Authorization": f"Bearer {signature.token(key.encode(), body=poison, now=time.time())}"}
    door = f"http://127.0.0.1:{deployment.worker_port}/push"
    assert httpx.post(door, content=poison, headers=headers, trust_env=False).status_code == 400
    listed = vividly("quarantine", "list", data=deployment.data)
    name = re.search(r"sha256:[0-9a-f]{64}", listed.stdout)[0]
    shown = vividly("quarantine", "show", name, data=deployment.data)
    assert "nobody can read this" in shown.stdout
    assert "\x1b" not in shown.stdout
    refused = vividly("quarantine", "replay", name, "--reason", "try", data=deployment.data)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "cannot be read" in refused.stderr
    forget = ("quarantine", "drop", name, "--reason", "not ours", "--yes")
    assert vividly(*forget, data=deployment.data).returncode == 0
    assert name not in vividly("quarantine", "list", data=deployment.data).stdout
    assert vividly(*forget, data=deployment.data).returncode == 2


def test_only_what_failed_can_be_replayed(deployment):
    for wanted, said in [("no-uuid", "UUID"), (str(uuid.uuid4()), "no such request")]:
        done = vividly("requests", "replay", wanted, "--reason", "try", "--yes", data=deployment.data)
        assert done.returncode == 2
        assert said in done.stderr


def test_the_databases_address_and_contract(deployment):
    assert vividly("db", "url", data=deployment.data).stdout.startswith("postgresql://")
    assert vividly("db", "check", "--exact", data=deployment.data).returncode == 0
    assert "up to date" in vividly("db", "migrate", data=deployment.data).stdout


def test_doctor_finds_this_machine_well(data):
    done = vividly("doctor", data=data)
    assert done.returncode == 0, done.stdout
