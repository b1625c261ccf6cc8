"""`torchrun ... -m redone run` as a user types it: two processes, a Ctrl-C, and the way on from there."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TORCHRUN = (
    sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2",
    "--shutdown-timeout", "300",
)  # fmt: skip
REDONE = ("-m", "redone", "run")


def load_speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("speed", Path(__file__).with_name("test_speed.py"))
    assert spec is not None and spec.loader is not None  # noqa: PT018
    speed = importlib.util.module_from_spec(spec)
    sys.modules["speed"] = speed
    spec.loader.exec_module(speed)
    return speed


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that ends its answers and gets some of them right, a stage of rewards and one of examples."""
    tree = load_speed().make_tree()
    tree["data"]["tasks"] = ["sentiment", "next_query"]
    tree["base"] |= {
        "instruction_examples": 1200,
        "general_examples": 200,
        "optimizer": {"kind": "muon", "learning_rate": 1e-2},
    }
    tree["stages"] = tree["stages"][:2]
    tree["stages"][0]["rl"] |= {"groups_per_step": 6, "max_new_tokens": 16}
    path = tmp_path_factory.mktemp("torchrun") / "recipe.yaml"
    path.write_text(json.dumps(tree))
    return path


@pytest.fixture(scope="module")
def straight(recipe: Path) -> Path:
    """A run by one process."""
    out = recipe.with_name("straight")
    said, code = ended(start(recipe, out))
    assert code == 0, said
    return out


def environment() -> dict[str, str]:
    alone = {name: value for name, value in os.environ.items() if name != "WORLD_SIZE"}
    return alone | {"OMP_NUM_THREADS": "1", "NO_COLOR": "1"}


def start(recipe: Path, out: Path, *before: str) -> subprocess.Popen[str]:
    """The command in a group of its own, as a shell starts it."""
    return subprocess.Popen(
        [*(before or [sys.executable]), *REDONE, str(recipe), "--out", str(out), "--no-cache"],
        env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def ended(process: subprocess.Popen[str]) -> tuple[str, int]:
    said, _ = process.communicate(timeout=900)
    return said, process.returncode


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def demand_same_losses(found: Path, expected: Path) -> None:
    mine, theirs = rows(found), rows(expected)
    assert [(row["stage"], row["step"]) for row in mine] == [(row["stage"], row["step"]) for row in theirs]
    for one, other in zip(mine, theirs, strict=True):
        assert one["loss"] == pytest.approx(other["loss"], abs=1e-5), one
    assert sum(row.get("updates", 0) for row in mine if row["stage"] == "exploratory")


@pytest.mark.slow
def test_torchrun_does_what_one_process_does(recipe: Path, straight: Path, tmp_path: Path) -> None:
    out = tmp_path / "two"
    said, code = ended(start(recipe, out, *TORCHRUN))
    assert code == 0, said
    assert said.count("report: ") == 1, said
    demand_same_losses(out, straight)


@pytest.mark.slow
def test_one_ctrl_c_stops_torchrun_with_one_message_and_the_run_goes_on(
    recipe: Path, straight: Path, tmp_path: Path
) -> None:
    out = tmp_path / "stopped"
    process = start(recipe, out, *TORCHRUN)
    deadline = time.monotonic() + 600
    while not (out / "stages" / "01-exploratory" / "work").is_dir():
        assert process.poll() is None, ended(process)
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group in front
    said, code = ended(process)
    assert code, said
    assert said.count("\nstopping after this step ...\n") == 1, said
    assert said.count("redone: ") == said.count("redone: stopped on request") == 1, said
    assert not (out / "results.json").exists()
    said, code = ended(start(recipe, out, *TORCHRUN))
    assert code == 0, said
    demand_same_losses(out, straight)
