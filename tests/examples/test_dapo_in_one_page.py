"""The page to read and the library to use are the same algorithm: numbers and gradients are compared."""

import importlib.util
import random
from pathlib import Path
from types import ModuleType

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedModel

from redone.model import Completion, TinySettings, create_model, train_tokenizer
from redone.records import Score
from redone.scoring import overlong_penalty
from redone.training import DapoSettings, Group, Prompt
from redone.training.documents import Sharing, group_documents
from redone.training.groups import judge
from redone.training.objectives.dapo import Dapo, group_advantages
from redone.training.packing import pack


def load() -> ModuleType:
    path = Path(__file__).parents[2] / "examples" / "dapo_in_one_page.py"
    spec = importlib.util.spec_from_file_location("dapo_in_one_page", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


page = load()
rewards = st.lists(st.floats(-1, 1, width=32), min_size=2, max_size=16)


def tiny_model() -> PreTrainedModel:
    shape = TinySettings(hidden=32, layers=2, heads=4, kv_heads=2, head_dim=8, mlp=64, context=64)
    return create_model(shape, train_tokenizer(["a b"], vocab_size=261), seed=1)


def groups(count: int = 6) -> list[Group]:
    """Prompts and answers of different lengths, answers that share beginnings, and a policy that moved on."""
    draw = random.Random(3)
    made = []
    for number in range(count):
        answers = [[draw.randrange(5, 9) for _ in range(draw.randrange(0, 7))] + [4] for _ in range(6)]
        made.append(
            Group(
                example_id=str(number),
                task="t",
                prompt_ids=tuple(draw.randrange(5, 200) for _ in range(draw.randrange(2, 9))),
                answers=tuple(map(tuple, answers)),
                old_logprobs=tuple(tuple(draw.gauss(-5.56, 0.4) for _ in answer) for answer in answers),
                advantages=tuple(draw.uniform(-2, 2) for _ in answers),
            )
        )
    return made


def page_loss(model: PreTrainedModel, batch: list[Group]) -> tuple[torch.Tensor, torch.Tensor]:
    rows = [(list(g.prompt_ids), list(answer)) for g in batch for answer in g.answers]
    old = torch.tensor([value for g in batch for answer in g.old_logprobs for value in answer])
    advantage = torch.tensor(
        [a for g in batch for a, answer in zip(g.advantages, g.answers, strict=True) for _ in answer]
    )
    return page.dapo_loss(page.answer_logprobs(model, rows), old, advantage)


def gradient(model: PreTrainedModel) -> torch.Tensor:
    return torch.cat([p.grad.double().flatten() for p in model.parameters() if p.grad is not None])


@pytest.mark.parametrize("share", ["prefix", "prompt", "none"])
def test_loss_and_gradient_are_the_librarys(share: Sharing) -> None:
    batch, mine, theirs = groups(), tiny_model(), tiny_model()
    loss, clipped = page_loss(mine, batch)
    loss.backward()

    tokens = float(sum(group.tokens for group in batch))
    objective = Dapo(clip_low=page.CLIP_LOW, clip_high=page.CLIP_HIGH)
    documents = [document for group in batch for document in group_documents(group, share)]
    total, sums = 0.0, {"clip_share": 0.0}
    micro_batches = list(pack(documents, row_tokens=64, batch_tokens=64))
    for micro in micro_batches:
        part, parts = objective.loss(theirs, micro, tokens)
        part.backward()
        total += part.item()
        sums["clip_share"] += parts["clip_share"]

    assert len(micro_batches) > 1, "the token mean runs over the update, not over the micro-batch"
    assert 0.05 < float(clipped) < 0.95, "both sides of the clip are at work"
    assert total == pytest.approx(loss.item(), abs=1e-6)
    assert objective.summary(sums, tokens)["clip_share"] == pytest.approx(float(clipped))
    left, right = gradient(mine), gradient(theirs)
    torch.testing.assert_close(left, right, atol=1e-6, rtol=0.0)
    assert (left - right).norm() < 1e-6 * right.norm()


@given(rewards)
def test_advantages_are_the_librarys(values: list[float]) -> None:
    """In f64, since equal rewards leave nothing but rounding over the floor of 1e-4."""
    mine = page.advantages(torch.tensor(values, dtype=torch.float64)).tolist()
    assert mine == pytest.approx(group_advantages(values), abs=1e-6)


@pytest.mark.parametrize("length", range(0, 20))
def test_overlong_penalty_is_the_librarys(length: int) -> None:
    assert page.overlong(length) == pytest.approx(
        overlong_penalty(length, page.LIMIT, page.BUFFER), abs=1e-12
    )


@pytest.mark.parametrize("raw", [[0.0] * 4, [1.0] * 4, [1.0, 0.0, 0.0, 1.0]])
def test_filter_and_shaping_are_the_librarys(raw: list[float]) -> None:
    """What the page keeps and what it gives the loss, for a group of answers of different lengths."""
    lengths = [2, 6, 7, 8]
    completions = [Completion((5,) * n, (-1.0,) * n, "stop") for n in lengths]
    prompt = Prompt(example_id="e", task="t", source="s", prompt_ids=(5,), payload=None)
    settings = DapoSettings(group_size=4, max_new_tokens=page.LIMIT, overlong_buffer=page.BUFFER)
    verdict = judge(prompt, completions, [Score(value=value) for value in raw], settings)
    assert (verdict.group is None) == (len(set(raw)) == 1)
    if verdict.group:
        shaped = torch.tensor([r + page.overlong(n) for r, n in zip(raw, lengths, strict=True)])
        assert page.advantages(shaped).tolist() == pytest.approx(list(verdict.group.advantages), abs=1e-6)


def test_recorded_and_recomputed_logprobs_agree() -> None:
    """Rows of other lengths beside a row, and the filling after it, change nothing."""
    model = tiny_model()
    rows = [([5, 6, 7], [8, 9]), ([10], [11, 12, 13, 4])]
    together = page.answer_logprobs(model, rows)
    alone = torch.cat([page.answer_logprobs(model, [row]) for row in rows])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-6)


def test_page_runs_to_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    before, after = page.main(warm_up=1, steps=1)
    lines = capsys.readouterr().out.splitlines()
    assert 0.0 <= before <= 1.0
    assert 0.0 <= after <= 1.0
    assert [line.split()[0] for line in lines] == ["held-out", "step", "0", "held-out"]


@pytest.mark.slow
def test_mean_reward_rises() -> None:
    before, after = page.main()
    assert before < 0.2
    assert after > before + 0.4
