"""Reading a judge's reply: one JSON object with the call's key and a label, or nothing at all."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from redone.scoring.judges.prompt import JudgeCall
from redone.scoring.judges.protocol import Verdict

LONGEST = 20_000
_THINKING = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_FENCED = re.compile(r"\A```(?:json)?\n(.*)\n```\Z", re.DOTALL)


def read_verdict(reply: str, call: JudgeCall) -> Verdict:
    """The verdict in a reply; anything that is not exactly what was asked for is unknown.

    A thinking block before the object and a fence around it are allowed: models add them unasked.
    """
    if len(reply) > LONGEST:
        return Verdict(None, f"the reply has {len(reply)} characters")
    text = _THINKING.sub("", reply, count=1).strip()
    if fenced := _FENCED.match(text):
        text = fenced[1]
    try:
        value = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return Verdict(None, "the reply is not one JSON object")
    if not isinstance(value, dict) or set(value) != {"key", "verdict"}:
        return Verdict(None, "the reply has other fields than key and verdict")
    if value["key"] != call.key:
        return Verdict(None, "the reply has not the key of its call")
    winners = {call.labels[0]: "a", call.labels[1]: "b", "tie": "tie"}
    said = value["verdict"]
    if not isinstance(said, str) or said not in winners:
        return Verdict(None, "the verdict is none of the labels")
    return Verdict(winners[said], "the model's verdict")  # type: ignore[arg-type]


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice")
    return found
