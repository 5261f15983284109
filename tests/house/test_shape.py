"""The house's measures: sizes of rooms, modules and functions, names nobody can guess, SQL and HTTP in their places."""

import ast
import re
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src" / "vividly"
MODULES = sorted(path for path in SRC.rglob("*.py") if "migrations" not in path.parts)
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
SQL = re.compile(r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM)\b", re.IGNORECASE | re.DOTALL)
SQL_ROOMS = ("store.py", "rows.py", "changes.py")


def name_of(path: Path) -> str:
    return path.relative_to(SRC).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_is_small_and_says_what_it_is(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 440, "split this room"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module opens by saying what it does"
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_are_small(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno <= 66, f"{node.name} is long"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_sql_stands_in_stores_and_the_database_room(path: Path):
    if path.name in SQL_ROOMS or path.is_relative_to(SRC / "db"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not SQL.search(node.value), f"SQL in line {node.lineno}"


def test_folders_are_not_warehouses():
    for folder in {path.parent for path in MODULES}:
        limit = 32 if folder.name == "scenes" else 22
        assert len(list(folder.glob("*.py"))) <= limit, folder


def test_nothing_is_left_open():
    for path in MODULES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", line), f"{path}:{number}"
