"""A stop request to the real command with its real stages."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from redone.cli.main import execute
from redone.recipe.hashing import hash_folder


def of_session(leader: int) -> list[int]:
    """Processes of the session that ``leader`` began, zombies aside."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader and fields[0] != "Z":
            found.append(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_run_leaves_nobody_behind_and_ends_like_a_straight_one(small: Path, number: int) -> None:
    out, straight = small / "out", small / "straight"
    command = [sys.executable, "-m", "redone.cli.main", "run", str(small / "recipe.yaml"), "--no-cache"]
    run = subprocess.Popen(
        [*command, "--out", str(out)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    deadline = time.monotonic() + 200
    while not (out / "stages/00-base/work").is_dir():
        assert run.poll() is None, run.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.kill(run.pid, number)
    _, said = run.communicate(timeout=200)
    assert run.returncode == 3, said
    assert "run again to go on" in said
    assert "Traceback" not in said
    assert not of_session(run.pid)
    assert execute(["run", str(small / "recipe.yaml"), "--no-cache", "--out", str(out)]) == 0
    assert execute(["run", str(small / "recipe.yaml"), "--no-cache", "--out", str(straight)]) == 0
    assert hash_folder(out / "model") == hash_folder(straight / "model")
