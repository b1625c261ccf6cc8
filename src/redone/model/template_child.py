"""Renders a chat template inside hard limits. Run as a script in a process of its own by ``template_guard``.

Reads ``{"template", "options", "conversations", "cpu_seconds", "memory"}`` as JSON from standard input and
writes ``{"error"}`` or ``{"sizes"}``. It imports nothing of the project, so that it starts fast and can be
killed freely.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import Any

from transformers.utils.chat_template_utils import render_jinja_template


def main() -> None:
    """Render every conversation and say how long the results are, or what went wrong."""
    request = json.load(sys.stdin)
    _limit(request["cpu_seconds"], request["memory"])
    try:
        answer: dict[str, Any] = {"sizes": [_render(request, turns) for turns in request["conversations"]]}
    except Exception as error:  # whatever a stranger's template does is an answer, not a crash
        answer = {"error": f"{type(error).__name__}: {error}"[:500]}
    sys.stdout.write(json.dumps(answer))


def _limit(cpu_seconds: int, memory: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with open("/proc/self/statm", encoding="ascii") as pages:  # noqa: PTH123
        room = int(pages.read().split()[0]) * resource.getpagesize() + memory
    resource.setrlimit(resource.RLIMIT_AS, (room, room))


def _render(request: dict[str, Any], turns: list[dict[str, str]]) -> int:
    try:
        (text,), _ = render_jinja_template(
            [turns], chat_template=request["template"], add_generation_prompt=True, **request["options"]
        )
    except Exception:
        if any(turn["role"] == "system" for turn in turns):
            return 0  # a template may refuse the system role
        raise
    return len(text)


if __name__ == "__main__":
    main()
