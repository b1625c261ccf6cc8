"""The settings of the run and the machine it ran on, as flat lists of keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from redone.report.reading import text
from redone.report.words import visible

LIMIT = 600
_SECRET = re.compile(
    r"api[_-]?key|secret|passw(or)?d|credential|(hf|auth|access|api|bearer)[_-]?token", re.IGNORECASE
)


def flat(tree: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Dotted keys with their values; values under a key that names a secret are hidden."""
    rows = []
    for key, value in _walk("", tree):
        hidden = _SECRET.search(key) and value not in (None, "")
        rows.append((visible(key, 200), "\u2022\u2022\u2022" if hidden else visible(text(value), 400)))
        if len(rows) == LIMIT:
            rows.append(("\u2026", ""))
            break
    return rows


def _walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Depth first with an own stack, because a file may be nested deeper than calls can be."""
    stack: list[tuple[str, Any]] = [(prefix, value)]
    while stack:
        key, node = stack.pop()
        if isinstance(node, dict) and (node or not key):
            stack += [(f"{key}.{k}" if key else str(k), v) for k, v in reversed(node.items())]
        elif isinstance(node, list) and any(isinstance(v, dict | list) for v in node):
            stack += [(f"{key}[{i}]", v) for i, v in reversed(list(enumerate(node)))]
        else:
            yield key, node
