"""What other trainers are given is what they document, and is judged as redone judges it."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import polars as pl
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from redone.cli.main import app
from redone.errors import UserError
from redone.recipe.export.source import Exported, open_source
from redone.recipe.export.tools import export_tool
from redone.recipe.export.truth import UnscoredError, demand_score, ground_truth, judge, judge_many
from redone.recipe.export.verl import export_verl
from redone.recipe.export.verl_settings import arguments, overrides
from redone.records import Score
from redone.scoring import RewardRouter
from redone.tasks import Scorer, answer_text

RECIPE = """
name: small
data:
  kind: simulator
  languages: [zh, en]
  world: {subcategories: 2, words_per_topic: 4, names: 8, slang: 6}
  tasks: [sentiment, taxonomy, comfort]
  examples_per_task: {train: 40, dev: 8, test: 80}
  general: {train: 40, dev: 8, test: 80}
stages:
  - kind: exploratory
    general_share: 0.25
    rl: {steps: 6, groups_per_step: 8, mini_batches: 2, overlong_buffer: 8, max_new_tokens: 16,
         optimizer: {learning_rate: 3e-4, schedule: constant, warmup_steps: 2}}
  - kind: targeted
    sft: {optimizer: {learning_rate: 1e-3}}
  - kind: supervised
    sft: {optimizer: {learning_rate: 1e-3}}
  - kind: preference
    dpo: {optimizer: {learning_rate: 1e-4}}
"""
EXPECTED_BY_VERL = {"data_source", "prompt", "ability", "reward_model", "extra_info"}


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("recipe") / "small.yaml"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def source(recipe: Path) -> Exported:
    return open_source(recipe)


@pytest.fixture(scope="module")
def written(source: Exported, tmp_path_factory: Any) -> Path:
    folder: Path = tmp_path_factory.mktemp("exports")
    export_verl(source, folder / "verl")
    for tool in ("trl", "ms-swift", "llamafactory"):
        export_tool(tool, source, folder / tool)
    return folder


def rows(path: Path) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("exported_reward", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- the reward in a column


def test_a_ground_truth_scores_as_the_run_does(source: Exported) -> None:
    tasks = source.dataset.tasks
    examples = [*source.dataset.train[::7], *source.dataset.general[::5]]
    examples = [e for e in examples if tasks[e.task].reward.kind != "sandbox"]
    texts = [answer_text(e) if n % 2 else "something else" for n, e in enumerate(examples)]
    expected = Scorer(RewardRouter(), tasks).score_many(
        [(e, t, True) for e, t in zip(examples, texts, strict=True)]
    )
    found = judge_many([ground_truth(tasks[e.task], e) for e in examples], texts)
    assert [score.value for score in found] == [score.value for score in expected]
    assert len({score.value for score in found}) > 1


def test_an_unknown_score_is_not_zero() -> None:
    with pytest.raises(UnscoredError, match="sandbox is down"):
        demand_score(Score(value=None, problem="sandbox is down"))


def test_broken_truths_are_refused(source: Exported) -> None:
    example = source.dataset.train[0]
    truth = orjson.loads(ground_truth(source.dataset.tasks[example.task], example))
    truth["reward"]["kind"] = "guess"
    with pytest.raises(UserError, match="guess"):
        judge(orjson.dumps(truth).decode(), answer_text(example))


# --- verl


def test_rows_are_those_that_verl_documents(written: Path, source: Exported) -> None:
    frame = pl.read_parquet(written / "verl" / "train.parquet")
    assert set(frame.columns) == EXPECTED_BY_VERL
    first = frame.row(0, named=True)
    assert first["prompt"][-1]["role"] == "user"
    assert first["reward_model"]["style"] == "rule"
    assert isinstance(first["reward_model"]["ground_truth"], str)
    assert {"index", "split"} <= set(first["extra_info"])
    general = frame.filter(pl.col("extra_info").struct.field("suite") == "general").height
    assert general / frame.height == pytest.approx(0.25, abs=0.02), "shares are made by rows"
    dev = pl.read_parquet(written / "verl" / "dev.parquet")
    ids = set(frame["extra_info"].struct.field("id"))
    assert not ids & set(dev["extra_info"].struct.field("id"))
    assert {e.id for e in source.dataset.train} > set() < ids


def test_groups_are_filtered_by_the_raw_score(written: Path, source: Exported) -> None:
    settings = overrides(source, source.recipe.stages[0], 160)  # type: ignore[arg-type]
    reward = loaded(written / "verl" / "reward.py")
    row = pl.read_parquet(written / "verl" / "train.parquet").row(0, named=True)
    result = reward.compute_score(
        row["data_source"], "no answer", row["reward_model"]["ground_truth"], {"index": 0}
    )
    assert settings["algorithm.filter_groups.metric"] in result
    assert result["acc"] == result["score"], "verl's dapo manager shapes the score itself"
    assert all(isinstance(value, float) for value in result.values())


def test_settings_are_the_stages(written: Path) -> None:
    tree = YAML(typ="safe", pure=True).load((written / "verl" / "overrides.yaml").read_text())
    actor = tree["actor_rollout_ref"]["actor"]
    assert (actor["clip_ratio_low"], actor["clip_ratio_high"]) == (0.2, 0.28)
    assert actor["loss_agg_mode"] == "token-mean"
    assert actor["ppo_mini_batch_size"] == 4
    assert actor["use_kl_loss"] is False
    assert actor["optim"]["lr_warmup_steps"] == 4, "verl counts optimizer steps, a recipe rollout steps"
    assert tree["algorithm"]["filter_groups"] == {
        "enable": True,
        "metric": "acc",
        "max_inflight_gen_batches": 2,
    }
    buffer = tree["reward"]["reward_kwargs"]["overlong_buffer_cfg"]
    assert buffer == {"enable": True, "len": 8, "penalty_factor": 1.0, "log": True}
    assert tree["reward"]["reward_kwargs"]["max_resp_len"] == 16


def test_the_launch_script_is_a_script(written: Path) -> None:
    script = written / "verl" / "launch.sh"
    assert script.stat().st_mode & 0o111
    subprocess.run(["bash", "-n", str(script)], check=True)
    told = subprocess.run(
        [str(script)], capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin"}
    )
    assert told.returncode != 0
    assert "name the folder of the model" in told.stderr


def test_another_stage_is_refused_by_name(source: Exported, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="stages are exploratory"):
        export_verl(source, tmp_path, "targeted")


# --- the others


def test_what_only_a_model_can_make_is_told(source: Exported, tmp_path: Path) -> None:
    notes = " ".join(export_tool("trl", source, tmp_path).notes)
    assert "targeted: its rows follow from the diagnosis" in notes
    assert "preference: only pairs of options" in notes
    with pytest.raises(UserError, match="no stage has data"):
        export_tool("trl", source, tmp_path, "targeted")
    with pytest.raises(UserError, match="stages are exploratory, targeted"):
        export_tool("trl", source, tmp_path, "other")


def test_llamafactory_is_registered(written: Path) -> None:
    folder = written / "llamafactory"
    info = orjson.loads((folder / "dataset_info.json").read_bytes())
    assert set(info) == {"redone_supervised", "redone_preference"}
    for entry in info.values():
        assert entry["formatting"] == "sharegpt"
        assert entry["tags"]["role_tag"] == "role"
        for row in rows(folder / entry["file_name"]):
            assert set(entry["columns"].values()) <= set(row)
            roles = [turn["role"] for turn in row["messages"] if turn["role"] != "system"]
            assert roles == ["user", "assistant"][: len(roles)], "turns alternate, the user begins"
            if entry.get("ranking"):
                assert roles[-1] == "user"
                assert row["chosen"]["role"] == row["rejected"]["role"] == "assistant"


def test_ms_swift_has_messages(written: Path) -> None:
    folder = written / "ms-swift"
    for row in rows(folder / "supervised.jsonl"):
        assert row["messages"][-1]["role"] == "assistant"
    for row in rows(folder / "preference.jsonl"):
        assert row["messages"][-1]["content"] != row["rejected_response"]
    for row in rows(folder / "exploratory.jsonl"):
        assert row["messages"][-1]["role"] == "user"
        assert judge(row["ground_truth"], "nothing").value is not None
    compile((folder / "reward.py").read_text(), "reward.py", "exec")


def test_trl_reads_it_with_its_own_functions(written: Path, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    utilities = pytest.importorskip("trl.data_utils")
    from redone.model import train_tokenizer

    folder = written / "trl"
    chat = train_tokenizer(["a few words to learn a vocabulary from, " * 20], 400)
    columns = {
        "supervised": ({"prompt", "completion"}, {"prompt", "completion"}),
        "preference": ({"prompt", "chosen", "rejected"}, {"prompt", "chosen", "rejected"}),
        "exploratory": ({"prompt"}, {"prompt"}),
    }
    for name, (known, made) in columns.items():
        data = datasets.load_dataset(
            "json", data_files=str(folder / f"{name}.jsonl"), cache_dir=str(tmp_path)
        )["train"]
        row = {key: data[0][key] for key in known}
        assert utilities.is_conversational(row)
        assert set(utilities.apply_chat_template(row, chat.tokenizer)) >= made
    row = rows(folder / "exploratory.jsonl")[0]
    reward = loaded(folder / "reward.py").redone_reward
    answers = [[{"role": "assistant", "content": "nothing"}], "nothing"]
    assert reward(answers, ground_truth=[row["ground_truth"]] * 2, task=[row["task"]] * 2) == [0.0, 0.0]


def test_the_commands(recipe: Path, tmp_path: Path) -> None:
    for tool in ("verl", "trl"):
        shown = CliRunner().invoke(app, ["export", tool, str(recipe), "--out", str(tmp_path / tool)])
        assert shown.exit_code == 0, shown.output
    shown = CliRunner().invoke(app, ["export", "trl", str(tmp_path), "--out", str(tmp_path / "x")])
    assert isinstance(shown.exception, UserError)
    assert "no run folder" in str(shown.exception)


def test_a_reward_file_needs_no_models(written: Path) -> None:
    code = (
        "import importlib.util as u, sys; s = u.spec_from_file_location('r', sys.argv[1]); "
        "m = u.module_from_spec(s); "
        "s.loader.exec_module(m); assert 'transformers' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(written / "verl" / "reward.py")], check=True)


# --- verl's own code, where it is installed


def test_verl_takes_its_settings(source: Exported) -> None:
    pytest.importorskip("verl")
    from hydra import compose, initialize_config_module

    settings = overrides(source, source.recipe.stages[0], 160)  # type: ignore[arg-type]
    with initialize_config_module("verl.trainer.config", version_base=None):
        config = compose("ppo_trainer", overrides=list(arguments(settings)))
    assert config.algorithm.filter_groups.metric == "acc"
    assert config.actor_rollout_ref.actor.clip_ratio_high == 0.28
    assert config.reward.reward_kwargs.overlong_buffer_cfg.len == 8


def test_verl_reads_rewards_and_compares(written: Path, source: Exported, tmp_path: Path) -> None:
    pytest.importorskip("verl")
    import torch
    from omegaconf import OmegaConf
    from verl import DataProto
    from verl.trainer.ppo.core_algos import compute_grpo_outcome_advantage
    from verl.utils.dataset.rl_dataset import RLHFDataset
    from verl.workers.reward_manager import get_reward_manager_cls

    from redone.model import train_tokenizer
    from redone.scoring import overlong_penalty

    texts = [m.content for e in source.dataset.train for m in e.messages] + [
        answer_text(e) for e in source.dataset.train
    ]
    tokenizer = train_tokenizer(texts, 700).tokenizer
    options = {"max_prompt_length": 512, "cache_dir": str(tmp_path), "filter_overlong_prompts_workers": 1}
    dataset = RLHFDataset(str(written / "verl" / "train.parquet"), tokenizer, OmegaConf.create(options))
    by_id = {e.id: e for e in source.dataset.train}
    place = next(i for i in range(len(dataset)) if dataset[i]["data_source"] == "sentiment")
    item = dataset[place]
    example = by_id[item["extra_info"]["id"]]
    assert item["raw_prompt"][-1]["content"] == example.messages[-1].content

    wrong = next(c for c in example.choices if c not in example.references)
    answers = [
        tokenizer.encode(text)[:16] for text in (answer_text(example), wrong, wrong + " " + wrong * 40)
    ]
    prompt = tokenizer.apply_chat_template(item["raw_prompt"], return_dict=False)
    responses = torch.full((3, 16), tokenizer.pad_token_id)
    mask = torch.zeros(3, len(prompt) + 16, dtype=torch.long)
    mask[:, : len(prompt)] = 1
    for row, ids in enumerate(answers):
        responses[row, : len(ids)] = torch.tensor(ids)
        mask[row, len(prompt) : len(prompt) + len(ids)] = 1
    same = {key: [item[key]] * 3 for key in ("data_source", "reward_model", "extra_info")}
    batch = DataProto.from_dict(
        tensors={"prompts": torch.tensor([prompt] * 3), "responses": responses, "attention_mask": mask},
        non_tensors={key: __import__("numpy").array(value, dtype=object) for key, value in same.items()},
    )
    buffer = OmegaConf.create({"enable": True, "len": 8, "penalty_factor": 1.0, "log": True})
    compute = loaded(written / "verl" / "reward.py").compute_score
    manager = get_reward_manager_cls("dapo")(
        tokenizer, 0, compute, max_resp_len=16, overlong_buffer_cfg=buffer
    )
    found = manager(batch, return_dict=True)
    shaped = found["reward_tensor"].sum(-1)
    penalties = [overlong_penalty(len(ids), 16, 8) for ids in answers]
    assert found["reward_extra_info"]["acc"] == [1.0, 0.0, 0.0]
    assert shaped.tolist() == pytest.approx([1.0 + penalties[0], penalties[1], penalties[2]])
    assert penalties[2] == -1.0, "the long one pays, and its raw score says nothing of it"
    index = __import__("numpy").array(["g"] * 3, dtype=object)
    response_mask = mask[:, len(prompt) :].float()
    advantages, _ = compute_grpo_outcome_advantage(found["reward_tensor"], response_mask, index)
    ours = (shaped - shaped.mean()) / (shaped.std() + 1e-4)
    assert advantages[:, 0].tolist() == pytest.approx(ours.tolist(), rel=1e-3)


@pytest.mark.parametrize("content", ["", "{", "null", "[]"])
def test_a_damaged_recipe_of_a_run_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "recipe.resolved.json").write_text(content)
    with pytest.raises(UserError, match=r"recipe\.resolved\.json is damaged"):
        open_source(tmp_path)
