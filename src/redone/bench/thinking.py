"""Removing a reasoning model's thoughts before its answer is read."""

from __future__ import annotations

_CLOSINGS = ("</think>", "</thinking>", "</thought>", "<|end_of_thought|>", "◁/think▷")
_OPENINGS = ("<think>", "<thinking>", "<thought>", "<|begin_of_thought|>", "◁think▷")


def strip_thinking(output: str) -> str:
    """Return what follows the last closing think tag; nothing where thoughts are opened and never closed."""
    at = max((output.rfind(tag) + len(tag) for tag in _CLOSINGS if tag in output), default=-1)
    if at >= 0:
        return output[at:].strip()
    if output.lstrip().startswith(_OPENINGS):
        return ""
    return output
