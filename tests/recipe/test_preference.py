"""The preference stage on a base of seconds: pairs by kind, refused controls, resume to the same bits."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest
import torch

from redone.errors import Interrupted, UserError
from redone.model import save_model, train_tokenizer
from redone.model.tiny import TinySettings, create_model
from redone.recipe.config import PreferenceStage, Recipe, read_recipe, validate
from redone.recipe.context import StageContext
from redone.recipe.hashing import hash_folder
from redone.recipe.inputs import input_hashes
from redone.recipe.materials import Materials
from redone.recipe.metrics_log import MetricsLog
from redone.recipe.preference.annotations import agreed, read_opinions
from redone.recipe.preference.bench_of_judges import Remembering
from redone.recipe.preference.gathering import read_pairs, subjective_tasks
from redone.recipe.preference.objective import option_pairs
from redone.recipe.simulated import simulated_dataset
from redone.recipe.stages import preference
from redone.recipe.stages.imitate import answer_sequence, gold
from redone.recipe.stopping import StopFlag
from redone.scoring import RewardRouter
from redone.scoring.judges import Duel, Question, Verdict
from redone.tasks import Scorer
from redone.training import CollapseError, NextTokenSettings, train_next_token

STAGE = {
    "kind": "preference",
    "experts": {"pairs": 90},
    "gate": {"min_pairs": 10, "kappa_low": 0.0},
    "judged_pairs": 60,
    "option_pairs": 30,
    "mistake_pairs": 30,
    "confirmed_mistakes": False,
    "dpo": {
        "pairs_per_step": 16,
        "checkpoint_every": 2,
        "next_token_weight": 0.1,
        "optimizer": {"learning_rate": 1e-3, "warmup_steps": 1},
    },
}


def make_recipe(**stage) -> Recipe:
    tree = {
        "name": "po",
        "seed": 100,
        "threads": 1,
        "device": "cpu",
        "data": {
            "kind": "simulator",
            "world": {"subcategories": 2, "words_per_topic": 2, "names": 4, "slang": 2},
            "tasks": ["title", "persona_reply", "sentiment", "comfort"],
            "examples_per_task": {"train": 40, "dev": 8, "test": 80},
            "general": {"train": 40, "dev": 16, "test": 16},
        },
        "evaluation": {"max_new_tokens": 16},
        "stages": [STAGE | stage],
    }
    return validate(Recipe, tree, "test")


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> SimpleNamespace:
    """A model that has seen the tasks' answers for a few seconds: enough to end its sentences."""
    torch.set_num_threads(1)
    dataset = simulated_dataset(make_recipe(), sandbox=False)
    texts = [e.messages[0].content + " " + gold(e) for e in (*dataset.train, *dataset.general)]
    chat = train_tokenizer(texts, 512)
    model = create_model(TinySettings(hidden=48, layers=2, heads=2, kv_heads=1, head_dim=24, mlp=96), chat, 0)
    lessons = [answer_sequence(chat, e, gold(e), "all") for e in (*dataset.train, *dataset.general)]
    train_next_token(
        model, lessons, NextTokenSettings(lr=1e-2, epochs=8, tokens_per_step=1024, warmup_steps=5)
    )
    folder = tmp_path_factory.mktemp("base") / "model"
    save_model(folder, model, chat, card="# test")
    return SimpleNamespace(folder=folder, dataset=dataset)


class Quiet:
    def advance(self, step, total, part="", **figures) -> None: ...

    def note(self, text) -> None: ...

    def warn(self, text) -> None: ...


def make_context(base, root: Path, recipe: Recipe | None = None) -> StageContext:
    recipe = recipe or make_recipe()
    (root / "stage" / "work").mkdir(parents=True, exist_ok=True)
    return StageContext(
        recipe=recipe,
        settings=recipe.stages[0],
        name="preference",
        seed=7,
        folder=root / "stage",
        work=root / "stage" / "work",
        rollouts=root / "rollouts.parquet",
        previous=base.folder,
        earlier={"base": base.folder},
        dataset=Materials(base.dataset, Scorer(RewardRouter(None), base.dataset.tasks)),
        log=MetricsLog(root / "metrics.jsonl").for_stage("preference", frozenset()),
        progress=Quiet(),
        stop=StopFlag(),
    )


@pytest.fixture(scope="module")
def straight(base, tmp_path_factory) -> SimpleNamespace:
    root = tmp_path_factory.mktemp("straight")
    context = make_context(base, root)
    return SimpleNamespace(root=root, context=context, outcome=preference.run(context))


def rows(root: Path) -> list[dict]:
    found = [json.loads(line) for line in (root / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k not in {"time", "seconds"}} for row in found]


def test_every_kind_of_pair_is_there_and_counted(straight) -> None:
    told = json.loads((straight.root / "stage" / "preference.json").read_text())
    pairs = read_pairs(straight.root / "stage" / "pairs.jsonl")
    assert told["pairs"] == {k: Counter(p.origin for p in pairs)[k] for k in told["pairs"]}
    assert all(told["pairs"][kind] for kind in ("expert", "judge", "options", "mistake")), told
    assert told["subjective"] == ["persona_reply", "title"]
    assert told["pairs"]["options"] == 30
    assert all(pair.chosen != pair.rejected for pair in pairs)
    assert {p.task for p in pairs if p.origin in ("expert", "judge")} <= {"persona_reply", "title"}
    assert not {p.task for p in pairs if p.origin in ("options", "mistake")} & {"persona_reply", "title"}
    assert len({pair.id for pair in pairs}) == len(pairs)


def test_the_controls_stand_in_the_table_refused(straight) -> None:
    told = json.loads((straight.root / "stage" / "preference.json").read_text())
    controls = [row for row in told["judges"] if row["judge"].startswith("control")]
    assert len(controls) == 3 * 2
    assert not any(row["admitted"] for row in controls)
    assert any(row["admitted"] for row in told["judges"])


def test_curves_are_logged_and_the_margin_grows(straight) -> None:
    logged = rows(straight.root)
    assert [row["step"] for row in logged] == list(range(1, len(logged) + 1))
    for key in ("chosen_logprob", "rejected_logprob", "margin", "accuracy", "chosen_kept", "tasks"):
        assert all(key in row for row in logged), key
    assert logged[0]["margin"] == pytest.approx(0.0, abs=1e-5)
    assert logged[-1]["margin"] > 0
    assert straight.outcome.steps == len(logged)
    assert straight.outcome.examples


@pytest.mark.parametrize("at", [1, 3])
def test_resumed_equals_straight_bit_for_bit(base, straight, tmp_path: Path, at: int) -> None:
    context = make_context(base, tmp_path)

    class Stopping:
        def __init__(self, log) -> None:
            self._log = log

        def rewind(self, step: int) -> None:
            self._log.rewind(step)

        def write(self, step: int, kind: str, **values) -> None:
            self._log.write(step, kind, **values)
            if step == at:
                context.stop.request()

    with pytest.raises(Interrupted):
        preference.run(replace(context, log=Stopping(context.log)))
    pairs = (tmp_path / "stage" / "pairs.jsonl").read_bytes()
    outcome = preference.run(make_context(base, tmp_path))
    assert outcome == straight.outcome
    assert (tmp_path / "stage" / "pairs.jsonl").read_bytes() == pairs
    assert rows(tmp_path) == rows(straight.root)
    for name in ("pairs.jsonl", "preference.json"):
        assert (tmp_path / "stage" / name).read_bytes() == (straight.root / "stage" / name).read_bytes()
    assert hash_folder(tmp_path / "stage" / "model") == hash_folder(straight.root / "stage" / "model")


def test_a_collapse_of_the_chosen_answers_stops_the_stage(base, tmp_path: Path) -> None:
    dpo = STAGE["dpo"] | {
        "next_token_weight": 0.0,
        "optimizer": {"learning_rate": 0.1, "clip_norm": 100.0, "warmup_steps": 0},
        "epochs": 3,
    }
    context = make_context(base, tmp_path, make_recipe(dpo=dpo))
    with pytest.raises(CollapseError, match="chosen_floor"):
        preference.run(context)
    assert not (tmp_path / "stage" / "model").exists()


def test_a_dead_endpoint_leaves_pairs_unlabelled_and_counted(base, tmp_path: Path) -> None:
    dead = {
        "kind": "endpoint",
        "name": "dead",
        "url": "http://127.0.0.1:9/v1",
        "model": "m",
        "attempts": 1,
        "give_up_after": 2,
        "parallel": 1,
    }
    context = make_context(base, tmp_path, make_recipe(judges=[dead]))
    preference.run(context)
    told = json.loads((tmp_path / "stage" / "preference.json").read_text())
    assert told["pairs"]["judge"] == 0
    assert sum(n for what, n in told["left_out"].items() if "without an admitted judge" in what) > 0
    own = [row for row in told["judges"] if row["judge"] == "dead"]
    assert all(row["unlabelled"] == row["pairs"] and not row["admitted"] for row in own)


def test_without_experts_no_judge_labels_and_that_is_said(base, tmp_path: Path) -> None:
    context = make_context(base, tmp_path, make_recipe(experts={"pairs": 0}))
    outcome = preference.run(context)
    told = json.loads((tmp_path / "stage" / "preference.json").read_text())
    assert (told["pairs"]["expert"], told["pairs"]["judge"], told["judges"]) == (0, 0, [])
    assert any("no expert annotation" in warning for warning in outcome.warnings)


def test_nothing_to_train_on_is_said(base, tmp_path: Path) -> None:
    stage = {"experts": {"pairs": 0}, "judged_pairs": 0, "option_pairs": 0, "mistake_pairs": 0}
    with pytest.raises(UserError, match="no pair is left"):
        preference.run(make_context(base, tmp_path, make_recipe(**stage)))


def test_option_pairs_are_right_against_wrong(base) -> None:
    settings = make_recipe().stages[0]
    assert isinstance(settings, PreferenceStage)
    pairs, _ = option_pairs(base.dataset, settings, ("title",), 3)
    examples = {e.id: e for e in (*base.dataset.train, *base.dataset.general)}
    for pair in pairs:
        example = examples[pair.id.split("#")[0]]
        assert pair.chosen == gold(example)
        assert pair.rejected in example.choices
        assert pair.rejected not in example.references
    assert subjective_tasks(base.dataset, settings) == ("persona_reply", "title")


# --- the experts' file

ROW = {"example": "e1", "answer_a": "x", "answer_b": "y", "preferred": "a", "annotator": "li"}


def write(path: Path, *lines: object) -> Path:
    path.write_bytes(
        b"".join((line if isinstance(line, bytes) else orjson.dumps(line)) + b"\n" for line in lines)
    )
    return path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "line 2: is not JSON"),
        (b"[1]", "line 2: is list"),
        ({k: v for k, v in ROW.items() if k != "preferred"}, "preferred is missing"),
        (ROW | {"preferred": "A"}, "preferred is 'A'; write a, b or tie"),
        (ROW | {"score": 1}, "'score' is no field"),
        (ROW | {"answer_a": ""}, "answer_a is ''"),
        (ROW | {"answer_a": 3}, "answer_a is 3"),
        (ROW | {"answer_a": "y"}, "the same text"),
        (ROW | {"answer_a": "y", "answer_b": "x"}, "has judged this pair in line 1"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: object, said: str) -> None:
    with pytest.raises(UserError, match=said):
        read_opinions(write(tmp_path / "a.jsonl", ROW, line))


def test_a_missing_or_empty_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_opinions(tmp_path / "none.jsonl")
    with pytest.raises(UserError, match="no annotation"):
        read_opinions(write(tmp_path / "empty.jsonl"))


def test_annotators_are_counted_together_in_either_order(tmp_path: Path) -> None:
    file = write(
        tmp_path / "a.jsonl",
        ROW,
        ROW | {"answer_a": "y", "answer_b": "x", "preferred": "b", "annotator": "wu"},
        ROW | {"preferred": "b", "annotator": "xu"},
        ROW | {"answer_a": "z"},
        ROW | {"answer_a": "z", "preferred": "b", "annotator": "wu"},
        ROW | {"example": "gone"},
    )
    question = Question(id="e1", task="title", language="en", prompt="?")
    annotations, left_out = agreed(read_opinions(file), {"e1": question})
    assert [(a.duel.answer_a, a.duel.answer_b, a.preferred) for a in annotations] == [("x", "y", "a")]
    assert sum(left_out.values()) == 2


def test_the_file_is_found_from_the_recipe_and_belongs_to_the_inputs(tmp_path: Path) -> None:
    text = (
        "name: x\nstages:\n  - kind: preference\n    experts: {annotations: experts.jsonl}\n"
        "    dpo: {optimizer: {learning_rate: 1e-4}}\n"
    )
    (tmp_path / "r.yaml").write_text(text)
    recipe = read_recipe(tmp_path / "r.yaml")
    with pytest.raises(UserError, match=r"experts\.jsonl: cannot be read"):
        input_hashes(recipe)
    file = write(tmp_path / "experts.jsonl", ROW)
    assert str(file) in input_hashes(recipe)


def test_verdicts_are_remembered_and_failures_are_not(tmp_path: Path) -> None:
    class Once:
        name, parallel, calls = "m", 1, 0

        def compare(self, question: Question, answer_a: str, answer_b: str) -> Verdict:
            self.calls += 1
            return Verdict("a", "x") if answer_a == "good" else Verdict(None, "down")

    duel = Duel(
        question=Question(id="q", task="t", language="en", prompt="?"), answer_a="good", answer_b="bad"
    )
    for expected in (2, 1):
        judge = Once()
        kept = Remembering(judge, tmp_path / "verdicts.jsonl")
        assert kept.compare(duel.question, "good", "bad").winner == "a"
        assert kept.compare(duel.question, "bad", "good").winner is None
        assert judge.calls == expected
    with (tmp_path / "verdicts.jsonl").open("ab") as file:
        file.write(b'{"key": "half')
    assert (
        Remembering(Once(), tmp_path / "verdicts.jsonl").compare(duel.question, "good", "bad").winner == "a"
    )
