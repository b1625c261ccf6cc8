import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redone.serving.engine import EngineSettings
from redone.serving.start import open_engine

NASTY = "<img src=x onerror=alert(1)>\u202e"
"""What a stranger may have written into a note."""


def write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def suites(sns: float, general: float) -> dict[str, Any]:
    tasks = {"sentiment": {"score": sns, "ci95": [sns - 5, sns + 5], "n": 40}}
    part = {"score": sns, "ci95": [sns - 3, sns + 3], "tasks": tasks}
    return {
        "sns": {"greedy": part, "sampled": part},
        "general": {"greedy": {"score": general, "tasks": {}}, "sampled": {"score": general, "tasks": {}}},
    }


def step_row(stage: str, step: int, **rest: Any) -> dict[str, Any]:
    return {"time": 1.0, "stage": stage, "step": step, "kind": "train", "loss": 2.0 / step, **rest}


def sample(number: int, output: str, score: float | None) -> dict[str, Any]:
    return {
        "task": "sentiment", "language": "en", "example_id": f"e{number}", "prompt": f"{NASTY} note {number}",
        "references": ["good"], "output": output, "score": score, "decoding": "greedy",
    }  # fmt: skip


def diagnosis() -> dict[str, Any]:
    weak = {
        "capability": "understanding", "score": 20.0, "ci95": [10.0, 30.0], "n": 40,
        "pass_at_k": {"1": 0.2, "8": 0.5}, "kept": 0.3, "all_zero": 0.7, "all_one": 0.0, "weak": True,
        "reasons": ["mean score 0.20 is below 0.50"], "plan": {"gold": 40, "rows": 40},
    }  # fmt: skip
    strong = {**weak, "score": 90.0, "weak": False, "reasons": [], "kept": 0.4, "all_zero": 0.0}
    rule = {"pass_mean_below": 0.5, "all_zero_above": 0.6}
    return {"after": "exploratory", "rule": rule, "tasks": {"sentiment": weak, "ner": strong}}


def rollout(number: int, ids: list[int]) -> dict[str, Any]:
    raw = (1.0, 0.0, 0.5, None)[number % 4]
    return {
        "step": number // 8, "group": number // 4, "example_id": f"e{number}", "answer_ids": ids,
        "task": "sentiment" if number % 2 else "ner", "logprobs": [-0.5] * len(ids), "text": f"answer {number}",
        "finish": "stop", "raw": raw, "shaped": None if raw is None else raw - 0.25 * (number == 2),
        "advantage": 0.0, "components": json.dumps({"exact": raw}), "problem": "",
        "prompt": f"{NASTY} prompt {number}", "references": ["good"],
    }  # fmt: skip


def make_run(folder: Path, model: Path) -> None:
    """A finished run of three stages."""
    names, scores = ("00-base", "01-exploratory", "02-targeted"), ((40.0, 60.0), (50.0, 59.0), (70.0, 55.0))
    stages = []
    for name, (sns, general) in zip(names, scores, strict=True):
        record = {
            "name": name[3:],
            "kind": name[3:],
            "seconds": 61.0,
            "examples": 100,
            "tokens": 5000,
            "steps": 4,
        }
        write(folder / "stages" / name / "stage.json", {**record, "notes": [], "warnings": []})
        write(folder / "stages" / name / "evaluation.json", suites(sns, general))
        outputs = [(n, "good" if sns > 60 or n % 2 else "bad") for n in range(30)]
        rows = [sample(n, o, 1.0 if o == "good" else 0.0) for n, o in outputs]
        write_lines(folder / "stages" / name / "samples.jsonl", rows)
        stages.append({**record, "suites": suites(sns, general)})
    write(folder / "stages" / "02-targeted" / "diagnosis.json", diagnosis())
    write(folder / "results.json", {"schema": 1, "name": "t", "headline": "sampled", "stages": stages})
    recipe = {
        "name": "t",
        "seed": 3,
        "stages": [{"name": "exploratory", "rl": {"steps": 4}}, {"name": "targeted"}],
    }
    write(folder / "recipe.resolved.json", recipe)
    rewards = {"reward_raw": 0.5, "reward_shaped": 0.4}
    write_lines(
        folder / "metrics.jsonl",
        [step_row("base", n) for n in range(1, 5)]
        + [step_row("exploratory", n, **rewards) for n in range(1, 5)],
    )
    shutil.copytree(model, folder / "stages" / "01-exploratory" / "model")
    (folder / "rollouts").mkdir()
    table = pa.Table.from_pylist([rollout(n, [5 + n, 9, 7]) for n in range(60)])
    pq.write_table(table, folder / "rollouts" / "01-exploratory.parquet", row_group_size=16)


def make_live_run(folder: Path) -> None:
    """A run in the middle of its first stage."""
    recipe = {
        "name": "live",
        "seed": 1,
        "stages": [{"name": "exploratory", "kind": "exploratory", "rl": {"steps": 8}}],
    }
    write(folder / "recipe.resolved.json", recipe)
    write(folder / "stages" / "00-base" / "stage.json", {"name": "base", "steps": 2, "seconds": 1.0})
    write(folder / "stages" / "01-exploratory" / "begun.json", {})
    write_lines(folder / "metrics.jsonl", [step_row("exploratory", n, reward_raw=0.1 * n) for n in (1, 2)])


def make_broken_run(folder: Path) -> None:
    """Every file cut short or of the wrong kind."""
    make = ("stage.json", "evaluation.json", "diagnosis.json")
    for name in make:
        path = folder / "stages" / "01-exploratory" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('{"name": "expl', encoding="utf-8")
    (folder / "stages" / "01-exploratory" / "samples.jsonl").write_bytes(b'{"task": "a"}\n\xff\xfe{\n[1]\n')
    (folder / "metrics.jsonl").write_bytes(
        b'{"stage": "exploratory", "step": 1, "loss": 1}\nnonsense\n{"stage": "ex'
    )
    (folder / "results.json").write_text("[]", encoding="utf-8")
    (folder / "recipe.resolved.json").write_text("", encoding="utf-8")
    (folder / "rollouts").mkdir()
    (folder / "rollouts" / "01-exploratory.parquet").write_bytes(b"PAR1 half")


def make_experiment(folder: Path) -> None:
    looks = {"day": ["2026-03-02"], "relative": [-0.2], "relative_low": [-0.3], "relative_high": [-0.1]}
    row = {
        "metric": "harmful_exposure_rate", "role": "decision", "arm": "treatment", "outcome": "better",
        "control": 0.2, "treatment": 0.16, "p_holm": 0.001, "margin": 0.02, "looks": looks,
        "relative": -0.2, "relative_low": -0.3, "relative_high": -0.1,
    }  # fmt: skip
    arms = [{"arm": arm, "units": 500, "expected": 500.0} for arm in ("control", "treatment")]
    block = {"reason": "missing_arm", "text": "an arm is missing", "values": {"arm": "third"}}
    write(
        folder / "analysis.json",
        {
            "schema": 1, "name": "ab", "design": {"control": "control", "alpha": 0.05}, "rows": 9, "repeated": 0,
            "days": ["2026-03-02"], "arms": arms, "sample_ratio": {"p_value": 0.9}, "blocks": [block], "notices": [],
            "results": [row], "verdicts": {"treatment": "ship"},
        },
    )  # fmt: skip


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory, folder: Path) -> Path:
    """A finished, a live and a broken run, an experiment, and links that lead out. ``folder`` is a tiny model."""
    root = tmp_path_factory.mktemp("console") / "runs"
    make_run(root / "demo", folder)
    make_live_run(root / "nested" / "live")
    make_broken_run(root / "broken")
    make_experiment(root / "ab")
    write(root.parent / "secret.json", {"name": "secret"})
    write(root / "linked" / "results.json", {})
    (root / "linked" / "recipe.resolved.json").symlink_to(root.parent / "secret.json")
    (root / "away").symlink_to(root.parent)
    return root


@pytest.fixture(scope="session")
def engine_of_console(folder: Path) -> Iterator[Any]:
    with open_engine(folder, EngineSettings(max_rows=8, prefix_tokens=0)) as engine:
        yield engine
