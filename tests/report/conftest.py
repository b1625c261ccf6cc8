"""A made run folder with the shape and noise of a real one: the catalogue's tasks, four stages, zh and en."""

import json
import math
import random
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from redone.tasks import catalogue

STAGES = ("base", "exploratory", "targeted", "refinement")
TASKS: dict[str, list[str]] = {}
for _id, _task in catalogue().items():
    TASKS.setdefault(_task.capability, []).append(_id)
NEVER_SEEN = {"taxonomy_path", "highlights", "query_level"}
TEXTS = {
    "zh": (
        "今天去了澜庭的新店，排队一小时，味道真的绝了😭 #探店 #周末\n这条笔记属于哪个类别？",
        "家人们谁懂啊，这个雅诺粉底液上脸像刷墙……\n情感是正面、负面还是中性？",
        "把下面的评论译成英文：yyds，蹲一个链接",
    ),
    "en": (
        "Tried the Novana cushion for a week, 89 yuan, not cakey. #beauty\nWhich brand is named?",
        "POV: your flatmate 'cleans' the kitchen. Love that for me.\nIs this sarcastic? yes or no",
        "Compute 17 + 26. Think step by step, then give the number.",
    ),
}


def _score(seed: int, task: str, capability: str, stage: int, decoding: str) -> float:
    world, noise = random.Random(f"{seed}{task}"), random.Random(f"{seed}{task}{decoding}{stage}")
    start = 0.0 if task in NEVER_SEEN else world.uniform(0.15, 0.55)
    if capability == "general":
        start = world.uniform(0.45, 0.9)
        steps = (0.0, 0.03, -0.02, 0.02) if decoding == "sampled" else (0.0, 0.0, -0.06, -0.01)
    elif capability == "translation":
        steps = (0.0, 0.05, 0.11, 0.12)
    elif task in NEVER_SEEN:
        steps = (0.0, 0.02, 0.4, 0.46)
    else:
        steps = (0.0, 0.2, 0.29, 0.33)
    lower = (0.09, 0.07, 0.08, 0.05)[stage] if decoding == "sampled" else 0.0
    moved = steps[stage] * world.uniform(0.4, 1.6) + noise.gauss(0, 0.03)
    return min(max(start + moved - lower, 0.0), 0.99)


def _part(score: float, n: int) -> dict:
    half = 1.96 * math.sqrt(max(score * (1 - score), 0.004) / n)
    return {
        "score": 100 * score,
        "ci95": [100 * max(score - half, 0.0), 100 * min(score + half, 1.0)],
        "n": n,
    }


def _suites(seed: int, stage: int, lift: float = 1.0) -> dict:
    suites: dict = {}
    for capability, names in TASKS.items():
        suite = capability if capability in ("translation", "general") else "sns"
        for decoding in ("greedy", "sampled"):
            tasks = suites.setdefault(suite, {}).setdefault(decoding, {"tasks": {}})["tasks"]
            for task in names:
                first, here = (_score(seed, task, capability, at, decoding) for at in (0, stage))
                floors = {"majority": 8 + len(task) % 4 * 12, "trivial": 2}
                tasks[task] = {**_part(min(first + (here - first) * lift, 1.0), 80), "baselines": floors}
    for by in suites.values():
        for part in by.values():
            mean = sum(t["score"] for t in part["tasks"].values()) / len(part["tasks"]) / 100
            part |= _part(mean, 80 * len(part["tasks"]))
            part["unseen_templates"] = {"score": 100 * max(mean - 0.04, 0.0), "n": 12 * len(part["tasks"])}
    if stage == 1:
        suites["sns"]["sampled"]["tasks"]["same_topic"]["constant"] = {"answer": "不同", "share": 0.97}
    return suites


def stage_entries(seed: int = 0, stages: tuple = STAGES, lift: float = 1.0) -> list[dict]:
    """Entries as results.json holds them."""
    return [
        {
            "name": name,
            "seconds": (95.0, 61.5, 24.2, 88.1)[i],
            "examples": (0, 2000, 1370, 900)[i],
            "prompts": (0, 5760, 5480, 5760)[i],
            "tokens": (2_010_000, 1_480_233, 610_442, 1_502_871)[i],
            "suites": _suites(seed, i if len(stages) > 2 else i * 2, lift),
        }
        for i, name in enumerate(stages)
    ]


def _metric_rows(stage: str, steps: int, draw: random.Random) -> list[dict]:
    rows = []
    for step in range(1, steps + 1):
        done = step / steps
        row = {
            "time": 1.79e9 + step,
            "stage": stage,
            "step": step,
            "kind": "train",
            "loss": 2.1 * math.exp(-2.2 * done) + 0.35 + draw.gauss(0, 0.05),
            "lr": 3e-4 * (1 - 0.7 * done),
            "grad_norm": 0.6 + abs(draw.gauss(0, 0.15)),
            "seconds": 0.7,
            "tokens": 9000,
            "examples": 48,
        }
        rows.append(row if stage == "targeted" else {**row, **_reward_row(step, done, draw)})
    return rows


def _reward_row(step: int, done: float, draw: random.Random) -> dict:
    raw = 0.33 + 0.25 * done + draw.gauss(0, 0.03)
    row = {
        "loss": 0.02 * draw.gauss(0, 1),
        "reward_raw": raw,
        "reward_shaped": raw - 0.03 * (1 - done),
        "length": 6.5 - 1.5 * done + draw.gauss(0, 0.3),
        "entropy": 0.9 - 0.2 * done + draw.gauss(0, 0.02),
        "clip_share": abs(draw.gauss(0, 0.002)),
        "kept": draw.randint(27, 32),
        "all_zero": 9 - round(5 * done) + draw.randint(0, 2),
        "all_one": 5 + round(6 * done) + draw.randint(0, 2),
        "rounds": 1 + (step % 5 == 0),
        "truncated": 0,
        "unscored": 0,
        "tasks": {},
    }
    for names in TASKS.values():
        for task in draw.sample(names, max(1, len(names) - 2)):
            value = 0.0 if task in NEVER_SEEN else min(max(0.3 + 0.4 * done + draw.gauss(0, 0.12), 0.0), 1.0)
            part = {"kept": 1, "all_zero": 0, "all_one": 0, "raw": value, "shaped": value}
            row["tasks"][task] = {**part, "length": 3 + len(task) % 9 + draw.gauss(0, 0.4)}
    return row


def _diagnosis(draw: random.Random) -> dict:
    tasks = {}
    for capability, names in TASKS.items():
        for task in names:
            unseen, stuck = task in NEVER_SEEN, task == "same_topic"
            zero = 0.97 if unseen else draw.uniform(0.02, 0.6)
            score = 0.01 if unseen else draw.uniform(0.3, 0.95)
            weak = score < 0.5 or zero > 0.6 or stuck
            reasons = ["mean sampled score below 0.5"] * (score < 0.5)
            tasks[task] = {
                "capability": capability,
                "score": 100 * score,
                "ci95": [100 * max(score - 0.09, 0), 100 * min(score + 0.09, 1)],
                "n": 64,
                "pass_at_k": {"1": score, "8": min(1.0, score + 0.2 * (score > 0.02))},
                "kept": (1 - zero) * 0.8,
                "all_zero": zero,
                "all_one": (1 - zero) * 0.15,
                "constant_answer": "不同" if stuck else "",
                "constant_share": 0.97 if stuck else draw.uniform(0.2, 0.6),
                "weak": weak,
                "reasons": reasons + ["more than 60 % of groups all wrong"] * (zero > 0.6),
                "plan": {"gold": 90.0, "rows": 90.0} if weak else {"soft": 24.0, "rows": 24.0},
            }
    return {"rule": {"score_below": 0.5, "all_zero_above": 0.6, "constant_above": 0.9}, "tasks": tasks}


def _samples(stage: int) -> list[dict]:
    rows = []
    for task in (task for names in TASKS.values() for task in names):
        for i in range(4):
            draw, language = random.Random(f"{task}{i}"), ("zh", "en")[i % 2]
            right = draw.random() < 0.2 + (0.18 if draw.random() < 0.8 else -0.05) * stage
            answer = {"zh": "美食探店", "en": "Novana"}[language]
            row = {
                "task": task,
                "language": language,
                "example_id": f"{task}-{i:03d}",
                "prompt": TEXTS[language][i % 3],
                "references": [answer],
                "output": answer if right else draw.choice(["穿搭", "beauty", "no", "", "品牌 品牌 品牌"]),
                "score": float(right),
                "decoding": "sampled",
            }
            rows.append(row)
    return rows


def write_lines(path: Path, rows: list) -> None:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")


def write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")


def build_run(folder: Path, *, steps: int = 90) -> Path:
    """A whole run folder."""
    draw = random.Random(7)
    entries = stage_entries()
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "results.json", {"schema": 1, "headline": "sampled", "stages": entries})
    metrics = [row for name in STAGES[1:] for row in _metric_rows(name, steps, draw)]
    write_lines(folder / "metrics.jsonl", metrics)
    recipe = {
        "name": "redone-2-nano",
        "seed": 11,
        "exploratory": {"steps": steps, "clip": [0.2, 0.28]},
        "evaluation": {"general_tolerance": 1.0},
    }
    write_json(folder / "recipe.resolved.json", recipe)
    write_json(
        folder / "environment.json",
        {"python": "3.11.9", "torch": "2.13.0", "threads": 2, "hf_token": "hf_secretvalue"},
    )
    for i, entry in enumerate(entries):
        stage = folder / "stages" / f"{i:02d}-{entry['name']}"
        stage.mkdir(parents=True)
        record = {
            "name": entry["name"],
            "kind": ("pretrain", "rl", "sft", "rl")[i],
            "steps": steps,
            "notes": [],
            "warnings": [],
        }
        if i == 1:
            record["warnings"] = ["same_topic: one answer in 97 % of samples"]
            write_json(stage / "diagnosis.json", _diagnosis(draw))
        write_json(
            stage / "stage.json", {**record, "seconds": entry["seconds"], "examples": entry["examples"]}
        )
        write_json(stage / "evaluation.json", entry["suites"])
        write_lines(stage / "samples.jsonl", _samples(i))
    return folder


ARMS = {
    "base": ("Base model", "no training", 0.0, ("base",)),
    "sft": ("SFT only", "normalised targets, same prompts", 0.72, ("base", "sft")),
    "sft-rl": ("SFT, then RL", "its own tuned learning rate", 0.85, ("base", "sft", "rl")),
    "rl": ("RL only", "stage 1 alone", 0.6, ("base", "rl")),
    "rl-sft": ("RL, then SFT", "stages 1 and 2", 0.9, ("base", "exploratory", "targeted")),
    "full": ("RL, SFT, RL", "the full recipe", 1.05, STAGES),
}


def build_ablation(folder: Path) -> Path:
    """An ablation folder with the six rows of the paper on three seeds."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "arm": arm,
            "seed": seed,
            "stages": stage_entries(seed, stages, lift),
            "examples": 2000 * bool(lift),
            "seconds": 120.0 * len(stages),
        }
        for arm, (_, _, lift, stages) in ARMS.items()
        for seed in (5, 6, 7)
    ]
    arms = {arm: {"title": title, "description": text} for arm, (title, text, _, _) in ARMS.items()}
    write_json(folder / "ablation.json", {"headline": "sampled", "rows": rows, "arms": arms})
    return folder


@pytest.fixture(scope="session")
def made_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_run(tmp_path_factory.mktemp("made") / "demo", steps=30)


@pytest.fixture
def run(made_run: Path, tmp_path: Path) -> Path:
    """A copy that the test may change."""
    return shutil.copytree(made_run, tmp_path / "demo")


@pytest.fixture
def ablation(tmp_path: Path) -> Path:
    return build_ablation(tmp_path / "ablation")


VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """Collects elements with their attributes and checks that they nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture
def read() -> Callable[[Path], Page]:
    return lambda path: Page(path.read_text(encoding="utf-8"))


@pytest.fixture
def edit() -> Callable:
    def change(path: Path, by: Callable[[dict], object]) -> None:
        value = json.loads(path.read_text(encoding="utf-8"))
        by(value)
        write_json(path, value)

    return change
