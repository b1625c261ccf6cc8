"""Reading a recipe file as plain data: no tags, no anchors, no surprises of YAML 1.1."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from redone.errors import UserError
from redone.sources.ingest.yaml_file import is_half_written

LARGEST_FILE = 256 * 1024
"""Bytes; a recipe is written by hand, so a larger file is a mistake or an attack."""
LARGEST_NUMBER = 2**63 - 1
DEEPEST = 20
"""Levels of nesting; recipes use six."""


def read_yaml(path: Path) -> dict[str, Any]:
    """Read the mapping in a YAML 1.2 file.

    Raises:
        UserError: no such file, too large, not UTF-8, not YAML, not a mapping, or YAML that a recipe may
        not use
            (tags, anchors, several documents, duplicate or non-text keys, dates, infinities).

    """
    return parse_yaml(_read_text(path), str(path))


def parse_yaml(text: str, where: str) -> dict[str, Any]:
    """Read the mapping in a YAML 1.2 text; ``where`` names it in messages."""
    data = parse_value(text, where)
    if not isinstance(data, dict):
        raise UserError(f"{where}: a recipe is a mapping of keys to values, not {_kind(data)}")
    return data


def parse_value(text: str, where: str) -> Any:
    """Read any YAML 1.2 value made of mappings, lists, text, numbers, booleans and null."""
    if "\x00" in text:
        raise UserError(f"{where}: has a NUL character; recipes are plain text")
    reader = YAML(typ="safe", pure=True)
    try:
        _refuse_dangerous(reader, text, where)
        data = YAML(typ="safe", pure=True).load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" line {mark.line + 1}:" if mark is not None else ""
        problem = str(error.problem or error.context or "cannot be read").splitlines()[0]
        raise UserError(f"{where}:{line} {problem}") from error
    except (YAMLError, ValueError) as error:
        if isinstance(error, UserError):
            raise
        raise UserError(f"{where}: {str(error).splitlines()[0]}") from error
    _check_plain(data, where, "")
    return data


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if len(raw) > LARGEST_FILE:
        raise UserError(f"{path}: larger than {LARGEST_FILE // 1024} KiB, so it is not a recipe")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8") from error


def _refuse_dangerous(reader: YAML, text: str, where: str) -> None:
    """One pass over the parser's events, before anything is built from them."""
    depth = documents = 0
    for event in reader.parse(text):
        line = f"{where}: line {event.start_mark.line + 1}:"
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise UserError(f"{line} a second document starts; a recipe file holds one")
        if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and event.anchor):
            raise UserError(f"{line} anchors and aliases are not allowed; use `extends` to share settings")
        if (tag := getattr(event, "ctag", None)) is not None and str(tag) not in {"", "None"}:
            raise UserError(f"{line} the tag {str(tag)!r} is not allowed; recipes hold plain values")
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise UserError(f"{line} nested deeper than {DEEPEST} levels, so it is not a recipe")
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            depth -= 1


def _check_plain(value: Any, where: str, path: str) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise UserError(
                    f"{where}: the key {key!r} under {path or 'the top'} is not text; put it in quotes"
                )
            _check_plain(key, where, path)
            _check_plain(item, where, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_plain(item, where, f"{path}.{index}")
    elif isinstance(value, str) and is_half_written(value):
        raise UserError(
            f"{where}: {path or 'the top'} has {value!r:.60}, half a character; write the character itself, not "
            "its \\u escapes"
        )
    elif isinstance(value, str) and "\x00" in value:
        raise UserError(f"{where}: {path or 'the top'} has a NUL character; recipes are plain text")
    elif isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise UserError(f"{where}: {path} is {str(value)[:20]}..., larger than any setting can be")
    elif isinstance(value, float) and not math.isfinite(value):
        raise UserError(f"{where}: {path} is {value}, which is not a number to compute with")
    elif value is not None and not isinstance(value, str | int | float | bool):
        raise UserError(f"{where}: {path} is {_kind(value)} ({value}); put it in quotes to make it text")


def _kind(value: Any) -> str:
    names = {
        dict: "a mapping",
        list: "a list",
        str: "text",
        bool: "true or false",
        int: "a number",
        float: "a number",
    }
    return "nothing" if value is None else names.get(type(value), f"a {type(value).__name__}")
