"""The benchmarks of reinforcement steps run from their command lines; what they measure is not looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def printed(script: str, *options: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / script), "--quick", *options],
        env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    content: dict[str, Any] = json.loads(done.stdout)
    return content


@pytest.mark.slow
def test_both_sides_start_from_one_model_and_take_the_same_prompts() -> None:
    pytest.importorskip("trl")
    found = printed("time_to_reward.py")
    (race,) = found["races"]
    assert race["trl"]["steps"] == race["redone"]["steps"] == 1
    assert race["trl"]["reached"]
    assert race["redone"]["reached"]
    assert set(found["median_ratio"]) == {"cpu", "wall"}


@pytest.mark.slow
def test_every_form_of_a_step_is_measured() -> None:
    assert len(printed("forms.py")["forms"]) == 4


@pytest.mark.slow
def test_a_step_is_measured_beside_trl() -> None:
    pytest.importorskip("trl")
    assert set(printed("rl_step.py", "--cases", "f32")["cases"]) == {"f32"}


@pytest.mark.slow
def test_an_update_of_the_published_sizes_is_measured_in_small_without_a_gpu() -> None:
    pytest.importorskip("trl")
    found = printed("gpu_update.py", "--model", "0.6b", "--rounds", "1", "--tiny")
    (case,) = found["models"].values()
    assert case["ratio"] > 0
    assert found["device"] != "cpu" or case["redone"]["mfu"] is None
    for side in ("redone", "trl"):
        assert case[side]["real_tokens_per_s"] > 0
        assert case[side]["state_dtypes"] == ["torch.bfloat16"]
