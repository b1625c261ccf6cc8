"""A chat template is code from a stranger: try it in a limited process before it runs in ours.

transformers renders templates in jinja's immutable sandbox, which stops attribute walks but not loops or
memory. Here the template renders probe conversations under limits of processor time and memory; only then
is it used. A template that misbehaves on certain texts alone would pass: take model folders from people you
trust.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from redone.errors import UserError

CPU_SECONDS = 1
WALL_SECONDS = 60
MEMORY = 256 * 2**20
LONGEST_TEMPLATE = 200_000
LONGEST_RESULT = 200_000
TURNS = (
    [{"role": "user", "content": "a"}],
    [{"role": "system", "content": "b"}, {"role": "user", "content": "a"}],
    [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "c"},
        {"role": "user", "content": "d"},
    ],
)


def guard_template(template: str, options: Mapping[str, Any]) -> None:
    """Render ``template`` on short conversations in a limited process.

    Raises:
        UserError: it fails, takes too long or too much memory, or writes far more than the turns hold.

    """
    if len(template) > LONGEST_TEMPLATE:
        raise UserError(
            f"the chat template has {len(template)} characters; at most {LONGEST_TEMPLATE} are read"
        )
    request = {
        "template": template,
        "options": dict(options),
        "conversations": TURNS,
        "cpu_seconds": CPU_SECONDS,
        "memory": MEMORY,
    }
    command = [sys.executable, "-I", str(Path(__file__).with_name("template_child.py"))]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell
            command,
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"the chat template did not finish within {WALL_SECONDS} s") from error
    answer = _read(done)
    if "error" in answer:
        raise UserError(f"the chat template fails: {answer['error']}")
    if max(answer["sizes"]) > LONGEST_RESULT:
        raise UserError(
            f"the chat template turns a short conversation into {max(answer['sizes'])} characters"
        )


def _read(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    if done.returncode < 0:
        raise UserError(
            f"the chat template was stopped by signal {-done.returncode}: it may use {CPU_SECONDS} s of "
            f"processor time and {MEMORY >> 20} MiB of memory on a short conversation"
        )
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise UserError(f"the chat template broke its process (exit {done.returncode}): {last}") from error
    assert isinstance(answer, dict)
    return answer
