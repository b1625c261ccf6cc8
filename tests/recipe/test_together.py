"""A run by two processes is the run of one; one that fails ends both with one message."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from torch.distributed import TCPStore

from redone.errors import UserError
from redone.recipe.ablation import run_ablation
from redone.recipe.context import Workshop
from redone.recipe.processes import Crew, joined, refuse_many_processes

SCRIPT = Path(__file__).with_name("together_run.py")


def rows(root: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]


def launch(out: Path, *more: str) -> tuple[list[subprocess.Popen[str]], TCPStore]:
    """Two processes, and the meeting place that torchrun keeps for them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    place = TCPStore("127.0.0.1", port, is_master=True, wait_for_workers=False)
    shared = os.environ | {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1",
        "TORCHELASTIC_USE_AGENT_STORE": "True",
    }  # fmt: skip
    started = [
        subprocess.Popen(
            [sys.executable, str(SCRIPT), str(out), *more],
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    return started, place


def test_a_single_process_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined(None) as world:  # type: ignore[arg-type]
        assert world is None
    with Crew().sharing("make", 1, None):  # type: ignore[arg-type]
        pass
    Crew().dismiss()
    refuse_many_processes("this")


def test_what_is_for_one_process_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="WORLD_SIZE is 2: an ablation is for one process"):
        run_ablation(None, tmp_path / "out", Workshop(stages={}, prepare=None, evaluate=None))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_two_processes_run_a_recipe_as_one_does(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    alone = {k: v for k, v in os.environ.items() if k != "WORLD_SIZE"} | {"OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, str(SCRIPT), str(one)], env=alone, check=True)
    processes, _place = launch(two)
    for process in processes:
        _, errors = process.communicate(timeout=900)
        assert process.returncode == 0, errors
    expected, found = rows(one), rows(two)
    assert [(row["stage"], row["step"], row["kind"]) for row in found] == [
        (row["stage"], row["step"], row["kind"]) for row in expected
    ]
    stages = {row["stage"] for row in expected}
    assert stages == {"base", "exploratory", "targeted", "refinement", "supervised", "preference"}
    for mine, theirs in zip(found, expected, strict=True):
        assert mine["loss"] == pytest.approx(theirs["loss"], abs=1e-5), mine
    assert [path.name for path in sorted(two.rglob("*"))] == [path.name for path in sorted(one.rglob("*"))]
    made = [json.loads((root / "results.json").read_text())["stages"] for root in (one, two)]
    for mine, theirs in zip(*made, strict=True):
        for suite, decodings in mine["suites"].items():
            for decoding, entry in decodings.items():  # the last bits of a weight may turn an answer
                score = theirs["suites"][suite][decoding]["score"]
                assert entry["score"] == pytest.approx(score, abs=5), (mine["name"], suite, decoding)


@pytest.mark.slow
@pytest.mark.parametrize(("trouble", "says"), [("fail", "no room in the second"), ("vanish", "has ended or")])
def test_one_process_that_fails_ends_both_with_one_message(tmp_path: Path, trouble: str, says: str) -> None:
    processes, _place = launch(tmp_path, trouble)
    told = [process.communicate(timeout=600)[1] for process in processes]
    assert all(process.returncode for process in processes)
    assert sum(says in text for text in told) == 1
    assert "Traceback" not in told[0]
