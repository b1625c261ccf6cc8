"""Two processes train as one does; one that dies ends the other; a checkpoint of two serves one."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from redone.training import CheckpointStore, train_next_token
from redone.training.documents import group_documents
from redone.training.objectives.dapo import Dapo
from redone.training.packing import pack
from redone.training.parallel.rows import own_rows
from redone.training.parallel.world import World, joined, share

WORKER = Path(__file__).with_name("parallel_worker.py")


def worlds(size: int) -> list[World]:
    return [World(rank, size, torch.device("cpu")) for rank in range(size)]


@pytest.mark.parametrize("layout", ["rows", "flat"])
@pytest.mark.parametrize("size", [2, 3, 40])
def test_parts_of_a_batch_add_up(
    twin: Callable[[], Any], kit: SimpleNamespace, layout: Any, size: int
) -> None:
    groups = [kit.make_group(seed, vocabulary=4) for seed in range(7)]
    documents = [document for group in groups for document in group_documents(group)]
    whole, parts = twin(), twin()
    total = 0.0
    for batch in pack(documents, row_tokens=30, batch_tokens=150, layout=layout):
        Dapo().loss(whole, batch, 10.0)[0].backward()
        for world in worlds(size):
            own, weight = own_rows(batch, world)
            (Dapo().loss(parts, own, 10.0)[0] * weight).backward()
            total += weight * len(own.targets)
    assert total == sum(group.tokens for group in groups)
    assert kit.relative_gap(kit.gradients(parts), kit.gradients(whole)) < 1e-6


@pytest.mark.parametrize("count", [0, 1, 5, 9])
def test_shares_come_together_in_order(count: int) -> None:
    assert joined([share(range(count), world) for world in worlds(3)]) == list(range(count))


def launch(mode: str, folder: Path) -> list[subprocess.Popen[str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shared = os.environ | {
        "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    return [
        subprocess.Popen(
            [sys.executable, str(WORKER), mode, str(folder)],
            env=shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]


def worker() -> Any:
    spec = importlib.util.spec_from_file_location("worker", WORKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_two_processes_train_as_one_and_one_resumes_from_two(tmp_path: Path) -> None:
    for process in launch("train", tmp_path):
        _, errors = process.communicate(timeout=600)
        assert process.returncode == 0, errors
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in range(2))
    assert first == second
    alone = worker()
    expected = alone.trajectories(None)
    for name, values in expected.items():
        assert first[name] == pytest.approx(values, abs=1e-5, rel=1e-5), name

    steps = sorted((tmp_path / "sft").glob("step-*"))
    assert len(steps) > 1
    for later in steps[1:]:
        shutil.rmtree(later)
    rows: list[dict[str, Any]] = []
    summary = train_next_token(
        alone.kit.make_model(),
        alone.kit.make_sequences(20),
        alone.SUPERVISED,
        checkpoints=CheckpointStore(tmp_path / "sft"),
        on_step=rows.append,
    )
    assert summary.resumed_at == 3
    assert [row["loss"] for row in rows] == pytest.approx(expected["next_token"][3:], abs=1e-5)


@pytest.mark.slow
def test_a_process_that_dies_ends_the_other_with_one_clear_error(tmp_path: Path) -> None:
    survivor, victim = launch("die", tmp_path)
    assert victim.wait(timeout=300) == 9
    died = time.monotonic()
    _, errors = survivor.communicate(timeout=120)
    assert time.monotonic() - died < 10
    assert survivor.returncode != 0
    assert "RankError" in errors
    assert "another process of this run has ended" in errors
