"""From data to one HTML file: templates with autoescape, written beside the data in one atomic step."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from redone.report import words

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(t=words.said, name=words.name_of, aria=words.plain, task=words.task_name)
    environment.filters.update(
        points=words.points,
        change=words.change,
        figure=words.figure,
        chance=words.chance,
        tone=words.tone,
        whole=words.whole,
        duration=words.duration,
        visible=words.visible,
        readable=words.readable,
    )
    # The only text that is not escaped: our own style sheet, which holds no data.
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    environment.globals["style"] = Markup(style)  # noqa: S704
    return environment


def write_page(template: str, target: Path, **context: Any) -> Path:
    """Render a template into ``target``; an older page stays until the new one is complete.

    Raises:
        OSError: the folder cannot be written.

    """
    page = _environment().get_template(template).render(**context)
    part = target.with_name(f"{target.name}.part")
    try:
        part.write_bytes(page.encode("utf-8", "replace"))
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
