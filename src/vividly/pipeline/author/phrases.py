"""The offline author's connecting sentences: what is said between the facts. No facts here."""

from __future__ import annotations

from collections.abc import Sequence

PLAIN_HOOKS = (
    "Good question. Let us take it apart, one piece at a time.",
    "This one is worth a minute and a half of your day.",
    "Here is a question that sounds simple and hides a big idea.",
)
ANSWER_HEADINGS = ("The short answer", "Straight to your question", "What is going on")
BEHIND_IT = ("Here is the rule behind it.", "And here is the idea behind that.", "The general rule goes like this.")
LET_US_SEE = ("Here is how we get there.", "Now let us see where that comes from.", "And this is why.")
MORE_HEADINGS = ("Look closer", "One step further", "Looking deeper")
FORMULA_OPENERS = (
    "Written as a formula, it is short.",
    "In symbols, the idea fits on one line.",
    "Here is the same idea as a formula.",
)
WHERE_IT_BREAKS = ("The comparison has a limit.", "Here is where the comparison ends.", "One thing is different, though.")
EXAMPLE_HEADINGS = ("Try it on a case", "Work one out", "An example")
MISTAKE_HEADINGS = ("A common mix-up", "Easy to get wrong", "Watch out for this")
MISTAKE_OPENERS = ("Many people think this:", "It is tempting to say:", "You will often hear this:")
RECAP_OPENERS = ("So, three things to keep.", "Let us gather what matters.", "Here is what to take with you.")


def joined(items: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def answer_line(answer: str) -> str:
    return f"So the answer is: {answer.rstrip('.')}."
