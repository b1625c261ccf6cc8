"""Reads a YAML file of the user as plain data, safely."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from redone.errors import UserError

MAX_BYTES = 1 << 20
MAX_NODES = 50_000


def load_yaml(path: Path) -> dict[str, Any]:
    """The mapping at the top of a YAML 1.2 file.

    Raises:
        UserError: no such file, larger than 1 MiB, wrong syntax, a tag, a key twice, no mapping at the top,
            half a surrogate pair, or aliases that unfold to more than 50,000 nodes.

    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(
            f"mapping file '{path}': cannot be read ({error.strerror}). Check the path"
        ) from error
    if len(raw) > MAX_BYTES:
        raise UserError(f"mapping file '{path}': {len(raw)} bytes, the limit is {MAX_BYTES}. Split it")
    try:
        data = YAML(typ="safe", pure=True).load(raw.decode("utf-8-sig"))
    except (YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        first = " ".join(str(error).split())[:300]
        raise UserError(f"mapping file '{path}': not readable as YAML: {first}") from error
    if not isinstance(data, dict):
        raise UserError(f"mapping file '{path}': a mapping with keys is expected at the top")
    _bounded(data, path)
    return data


def _bounded(data: Any, path: Path) -> None:
    """Counts nodes as if aliases were written out, and stops at the limit."""
    waiting, count = [data], 0
    while waiting:
        node = waiting.pop()
        count += 1
        if count > MAX_NODES:
            raise UserError(f"mapping file '{path}': unfolds to over {MAX_NODES} nodes. Remove aliases")
        if isinstance(node, dict):
            waiting.extend(node.keys())
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, str) and (is_half_written(node) or "\x00" in node):
            raise UserError(
                f"mapping file '{path}': {node!r:.60} holds NUL or half a character. Write the character itself, not "
                "its escape"
            )


def is_half_written(text: str) -> bool:
    """Whether a text holds half of a surrogate pair: JSON's escapes for emoji, which YAML does not put together."""
    return any("\ud800" <= char <= "\udfff" for char in text)
