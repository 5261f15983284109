"""The stage that settles what is asked, for inquiries that come without topic and facet. Knows intake by one callable."""

from __future__ import annotations

from collections.abc import Callable

from vividly.pipeline.artifacts import Declined, Inquiry, Question

Understand = Callable[[Inquiry], Inquiry | Question | Declined]


def run(inquiry: Inquiry, *, understand: Understand) -> Inquiry | Question | Declined:
    """The inquiry with topic and facet, or the reason why there is none. What was understood at the door stays as it is."""
    if inquiry.topic_id and inquiry.facet:
        return inquiry
    return understand(inquiry)
