"""What is generated from the code is in step with it, and the wheel holds what the code reads at run time."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_generated_pages_are_fresh():
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_wheel_holds_every_data_file(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    inside = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "src" / "vividly"
    wanted = {
        f"vividly/{path.relative_to(package).as_posix()}"
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert wanted <= inside, sorted(wanted - inside)[:10]


def test_lock_files_pin_and_hash_everything():
    for name in ("requirements.lock", "requirements-dev.lock"):
        for entry in (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
            if entry and not entry.startswith("#"):
                assert "==" in entry, entry[:60]
                assert "--hash=sha256:" in entry, entry[:60]
