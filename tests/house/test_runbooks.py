"""Every alarm has a page, every page an alarm; metrics, labels, settings, commands and SQL that they name exist."""

import re
import shlex
from pathlib import Path

import psycopg
import pytest
import typer
import yaml

from vividly import metrics
from vividly.cli import app
from vividly.requests.states import FailureCode, Status
from vividly.settings import Settings
from vividly.worker.answers import Outcome

ROOT = Path(__file__).parents[2]
RUNBOOKS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs" / "runbooks").glob("*.md"))}
PAGES = {name: text for name, text in RUNBOOKS.items() if name != "README"}
RULES = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
HEADINGS = ["What it means", "What students notice", "How to look", "How to mend", "How to know it is mended"]
LABELS = {name: set(labels.split(", ")) - {""} for name, _, labels, _ in metrics.described()}
WORDS = {"code": set(FailureCode), "status": set(Status), "outcome": set(Outcome)}
EVENTS = {
    word
    for path in (ROOT / "src").rglob("*.py")
    for word in re.findall(r'"((?:[a-z]+)\.[a-z_]+)"', path.read_text(encoding="utf-8"))
}


def fenced(text, kind):
    return [block.strip() for block in re.findall(rf"```{kind}\n(.*?)```", text, flags=re.DOTALL)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_names_what_is_there(rule):
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"]["summary"]
    assert (ROOT / rule["annotations"]["runbook"]).is_file()
    expression = rule["expr"]
    assert expression.count("(") == expression.count(")")
    used = re.findall(r"(vividly_\w+|process_\w+)(?:\{([^}]*)\})?", expression)
    assert used
    for name, matchers in used:
        assert name in metrics.names(), name
        for label, _, word in re.findall(r'(\w+)\s*(=~|=|!=|!~)\s*"([^"]*)"', matchers):
            assert label in LABELS[name], label
            assert word in WORDS.get(label, {word}) or label == "status", word
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        assert any(label in LABELS[name] for name, _ in used), label


def test_each_alarm_has_its_page_and_each_page_its_alarm():
    assert {Path(rule["annotations"]["runbook"]).stem for rule in RULES} == PAGES.keys()
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    assert all(f"[{name}]({name}.md)" in RUNBOOKS["README"] for name in PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_says_all_five_things(name):
    text = PAGES[name]
    assert re.match(rf"# {name}: \w", text)
    assert re.findall(r"^## (.*)$", text, flags=re.MULTILINE) == HEADINGS
    assert fenced(text, "sh"), "exact commands"


@pytest.mark.parametrize("name", RUNBOOKS)
def test_what_a_page_names_exists(name):
    text = RUNBOOKS[name]
    for metric in re.findall(r"`(vividly_\w+)`", text):
        assert metric in metrics.names() or f"{metric}_count" in metrics.names(), metric
    for alternatives in re.findall(r"vividly_\(([a-z_|]+)\)", text):
        for start in alternatives.split("|"):
            assert any(metric.startswith(f"vividly_{start}") for metric in metrics.names()), start
    for setting in re.findall(r"\bVIVIDLY_([A-Z_]+)\b", text):
        assert setting.lower() in Settings.model_fields, setting
    for event in re.findall(r"`([a-z]+\.[a-z_]+)`", text):
        assert event in EVENTS, f"nobody logs {event}"
    for page in re.findall(r"\bsee (\w+_\w+)", text):
        assert page in PAGES, page
    for code in re.findall(r"--code (\w+)", text):
        assert code in set(FailureCode)


def told_commands():
    for name, text in RUNBOOKS.items():
        lines = [line for block in fenced(text, "sh") for line in block.splitlines()]
        lines += re.findall(r"`(vividly [a-z][^`]*)`", text)
        yield from ((name, line.partition(" #")[0]) for line in lines if line.startswith("vividly "))


@pytest.mark.parametrize(("name", "line"), list(told_commands()))
def test_a_command_on_a_page_can_be_typed(name, line):
    """Parsed by the real command line, as far as to the call itself."""
    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    while hasattr(command, "commands"):
        assert words, line
        command = command.commands[words.pop(0)]
    context = command.make_context("vividly", words, resilient_parsing=not words)
    assert context.command is command


STATEMENTS = [
    (name, statement.strip())
    for name, text in RUNBOOKS.items()
    for block in fenced(text, "sql")
    for statement in block.split(";\n")
    if statement.strip()
]


@pytest.mark.parametrize(("name", "statement"), STATEMENTS, ids=[name for name, _ in STATEMENTS])
def test_sql_on_a_page_is_understood_by_the_real_schema(shared_database, name, statement):
    with psycopg.connect(shared_database) as conn:
        conn.read_only = True
        conn.execute(f"EXPLAIN {statement.removesuffix(';')}")


def test_the_documented_metrics_are_the_metrics():
    said = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", said, flags=re.MULTILINE)) == {name for name, *_ in metrics.described()}
