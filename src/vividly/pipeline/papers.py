"""The written parts of a bundle: script, transcript, quiz, sources. Pure: a storyboard and its times in, text and data out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vividly.pipeline.artifacts import Scene, Storyboard


@dataclass(frozen=True, slots=True)
class Timed:
    """A scene in its place: seconds from the start of the lesson, and its picture in words."""

    scene: Scene
    start: float
    end: float
    description: str


def script_text(board: Storyboard) -> str:
    """What is said, scene by scene, as plain text."""
    return "\n\n".join(" ".join(line.text for line in scene.lines) for scene in board.scenes)


def script(board: Storyboard, scenes: Sequence[Timed], *, lesson_id: str, made_at: datetime) -> dict[str, object]:
    """script.json: the keys of the first Vividly service, and ours after them."""
    return {
        "script_id": lesson_id,
        "topic_id": board.topic_id,
        "interest": board.interest,
        "title": board.title,
        "hook": board.hook,
        "sections": [_section(timed) for timed in scenes],
        "key_takeaways": list(board.takeaways),
        "duration_estimate_seconds": round(scenes[-1].end, 3),
        "generated_at": made_at.isoformat(),
        "topic_name": board.topic_name,
        "facet": board.facet,
        "interest_name": board.interest_name,
        "grade_level": board.grade,
        "author": board.author,
        "quiz": quiz(board, scenes)["questions"],
        "assumptions": list(board.assumptions),
    }


def _section(timed: Timed) -> dict[str, object]:
    scene = timed.scene
    return {
        "title": scene.heading,
        "content": " ".join(line.text for line in scene.lines),
        "duration_seconds": round(timed.end - timed.start, 3),
        "visuals": [{"kind": scene.picture.get("kind"), "description": timed.description}],
        "scene_id": scene.scene_id,
        "role": scene.role,
        "start_seconds": round(timed.start, 3),
        "sources": list(dict.fromkeys(key for line in scene.lines for key in line.sources)),
    }


def quiz(board: Storyboard, scenes: Sequence[Timed]) -> dict[str, object]:
    """quiz.json: questions, each with the moment of the lesson that explains it."""
    starts = {timed.scene.scene_id: timed.start for timed in scenes}
    return {
        "questions": [
            {
                "question": item.question,
                "choices": [{"text": c.text, "correct": c.correct, "why": c.why} for c in item.choices],
                "scene_id": item.scene_id,
                "explained_at_seconds": round(starts.get(item.scene_id, 0.0), 3),
            }
            for item in board.quiz
        ]
    }


def sources(board: Storyboard) -> dict[str, object]:
    """sources.json: every passage once, and for every sentence what it stands on."""
    return {
        "passages": [
            {"id": s.passage_id, "text": s.text, "book": s.book, "section": s.section, "licence": s.licence, "link": s.link}
            for s in board.sources
        ],
        "sentences": [
            {"scene_id": scene.scene_id, "text": line.text, "factual": line.factual, "sources": list(line.sources)}
            for scene in board.scenes
            for line in scene.lines
        ],
    }


def transcript(board: Storyboard, scenes: Sequence[Timed]) -> str:
    """transcript.md: everything said and shown, for reading."""
    parts = [f"# {board.title}", f"{board.topic_name}, grade {board.grade}, told with {board.interest_name.lower()}."]
    parts += [f"*{text}*" for text in board.assumptions]
    for timed in scenes:
        minutes, seconds = divmod(int(timed.start), 60)
        parts.append(f"## {timed.scene.heading or board.title} ({minutes}:{seconds:02})")
        parts.append(" ".join(line.text for line in timed.scene.lines))
        parts.append(f"> In the picture: {' '.join(timed.description.split())}")
    parts.append("## To take away")
    parts.append("\n".join(f"- {text}" for text in board.takeaways))
    parts.append("## Sources")
    parts.append(
        "\n".join(_citation(i, s.book, s.section, s.licence, s.link) for i, s in enumerate(board.sources, 1)) or "None."
    )
    return "\n\n".join(parts) + "\n"


def _citation(number: int, book: str, section: str, licence: str, link: str) -> str:
    return f"{number}. {book}, {section} ({licence})" + (f" <{link}>" if link else "")
