"""The kinds of picture the studio can draw: one file per kind of studio/specs.py, collected here.

How a kind is added (vector_diagram.py is the example to copy):

1. The schema stands in specs.py and in its union `Picture`. Here: one file `<kind>.py` with three functions and a `KIND`.
2. `cues(spec) -> list[str]`: for each part that appears by itself, in order, the words that name it
   (`part.cue or part.label`). The studio looks them up among the timed words; `context.at[i]` is then the second at
   which part i appears. "" means nobody names it: it is spread between its neighbors. Parts that may be named in any
   order (symbols of a formula) set `KIND = Kind(..., ordered=False)`.
3. `build(spec, context) -> list[Element]`: elements in painting order, back to front, every one with its final place.
   A mark is what is drawn (marks.py: rect, circle, polyline, line, arc, Arrow, Shape from a skia path, Image; text.py:
   Words; art.py: Art from SVG; maths.py: set_formula), an Item gives it a place and a life (enter, how, leave, pulses,
   calm, motion). What grows or moves by a rule of its own is a Live: `draw(t)` returns ops made with elements.place;
   it must be pure, and `rests_at` says when it comes to rest (moving pixels are what encoding costs).
   pieces.py has words in a box (`write`), cards, pills, pen-drawn connectors and `free_spot` for labels.
   Stand inside `context.area`; never below it, there are the captions. Heading and dots are drawn for you,
   unless `Kind(..., whole=True)`.
4. Roles decide what the layout check compares: "text" must touch no other text and no "solid"; "label" is text meant to
   stand on a shape (say which color behind it with `on`); "figure" must stay in the frame; "decor" is not checked.
   Colors come from the theme only: `theme.ink` and `theme.soft` for words, `context.tone(part.tone)` for the meaning,
   `theme.tint(tone)` for fills that carry ink, `theme.panel` for cards. All of them are readable on ground and panel.
5. Time: a part appears at its `context.at[i]`; `calm=context.calm(i)` lets it step back while a newer one is spoken of.
   Nothing appears all at once at the start, and the bare scene is never empty: axes, outlines, first shapes come within
   the first half second.
6. `describe(spec) -> str`: what is to be seen, in sentences, for those who cannot see it.

tests/unit/studio/test_scenes.py compares this list with the union and builds every kind.
"""

from __future__ import annotations

from vividly.studio.scenes import (
    bar_chart,
    cell,
    cell_division,
    circuit,
    code_trace,
    comparison,
    cross_section,
    cycle,
    definition,
    derivation,
    flow,
    formula,
    function_plot,
    geometry,
    key_points,
    line_chart,
    mapping,
    motion_graph,
    number_line,
    quiz_card,
    reaction,
    timeline,
    title,
    vector_diagram,
    worked_example,
)
from vividly.studio.stage import Kind

KINDS: dict[str, Kind] = {
    "bar_chart": bar_chart.KIND,
    "cell": cell.KIND,
    "cell_division": cell_division.KIND,
    "circuit": circuit.KIND,
    "code_trace": code_trace.KIND,
    "comparison": comparison.KIND,
    "cross_section": cross_section.KIND,
    "cycle": cycle.KIND,
    "definition": definition.KIND,
    "derivation": derivation.KIND,
    "flow": flow.KIND,
    "formula": formula.KIND,
    "function_plot": function_plot.KIND,
    "geometry": geometry.KIND,
    "key_points": key_points.KIND,
    "line_chart": line_chart.KIND,
    "mapping": mapping.KIND,
    "motion_graph": motion_graph.KIND,
    "number_line": number_line.KIND,
    "quiz_card": quiz_card.KIND,
    "reaction": reaction.KIND,
    "timeline": timeline.KIND,
    "title": title.KIND,
    "vector_diagram": vector_diagram.KIND,
    "worked_example": worked_example.KIND,
}
