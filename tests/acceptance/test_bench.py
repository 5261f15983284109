"""`vividly bench` as its users run it: one small part for real."""

import json
import subprocess
import sys

import pytest

VIVIDLY = [sys.executable, "-m", "vividly"]


def test_benches_are_listed_with_what_they_measure():
    said = subprocess.run([*VIVIDLY, "bench"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert said.startswith("delivery: ")


def test_a_bench_that_is_not_there_is_refused_with_the_names_of_those_that_are():
    done = subprocess.run([*VIVIDLY, "bench", "nothing"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "delivery" in done.stderr


@pytest.mark.prove
@pytest.mark.timeout(300)
def test_recovery_is_measured_beside_its_floor(tmp_path):
    told = tmp_path / "figures.json"
    command = [*VIVIDLY, "bench", "delivery", "--only", "recover", "--rounds", "1", "--json", str(told)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(told.read_text())
    took, repeated = found["figures"]
    assert found["machine"]["cores"] >= 1
    assert len(found["machine"]["load_before_each_part"]) == 2
    assert took["floor"] == [4.0]
    assert took["ours"][0] > 0
    assert repeated["ours"] == [0.0]
    assert "kill -9" in done.stdout
