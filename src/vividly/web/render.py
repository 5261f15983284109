"""Turns a view into HTML. Templates get the one view and `static()`, nothing else; it must not know where a view comes from."""

from __future__ import annotations

from collections.abc import Callable

from jinja2 import Environment, PackageLoader, StrictUndefined

from vividly.web.views import View

Html = str


def environment(static: Callable[[str], str]) -> Environment:
    """Autoescaping, and strict: a name that the view does not have is an error, not an empty place."""
    jinja = Environment(
        loader=PackageLoader("vividly.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    jinja.globals = {"static": static}
    return jinja


def page(jinja: Environment, view: View) -> Html:
    """The whole page of a view."""
    return jinja.get_template(view.template).render(view=view)
