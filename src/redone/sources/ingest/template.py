"""Prompt wording with ``{column}`` fields: names only, so that no wording can reach into objects."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def fields(template: str) -> list[str]:
    """The columns that a template names, in order.

    Raises:
        ValueError: a lone brace, or a field that is no plain name (``{a.b}``, ``{a[0]}``, ``{a!r}``).

    """
    names = []
    for found in _FIELD.finditer(template):
        if found.group() in ("{{", "}}"):
            continue
        name = found.group(1)
        if name is None:
            raise ValueError(
                f"lone '{found.group()}' at character {found.start()}; write it twice for a plain brace"
            )
        if not name.isidentifier():
            raise ValueError(f"field '{{{name}}}' is not a plain column name")
        names.append(name)
    return names


def fill(template: str, values: Mapping[str, str]) -> str:
    """The template with its fields replaced. Values are never looked into: braces in them stay as they are.

    Raises:
        KeyError: a field has no value.

    """

    def one(found: re.Match[str]) -> str:
        whole = found.group()
        return whole[0] if whole in ("{{", "}}") else values[found.group(1)]

    return _FIELD.sub(one, template)
