"""Small models, sequences and a sampler for the training tests; all made from seeds."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM

from redone.model.attention import choose_attention
from redone.model.sampler import GroupSampler
from redone.records import Score
from redone.training import Group, Prompt, PromptPool, TokenPair, TokenSequence

END = 1
VOCABULARY = 48


def make_model(seed: int = 0, layers: int = 2) -> Qwen3ForCausalLM:
    torch.manual_seed(seed)
    config = Qwen3Config(
        vocab_size=VOCABULARY,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=2,
        head_dim=8,
        max_position_embeddings=256,
        tie_word_embeddings=True,
        initializer_range=0.1,
        eos_token_id=END,
        pad_token_id=0,
        bos_token_id=None,
    )
    model = Qwen3ForCausalLM(config)
    choose_attention(model)
    return model


def make_sequences(count: int, seed: int = 0, longest: int = 20) -> list[TokenSequence]:
    """Copying tasks of varied length: half of the loss masks cover only the answer."""
    draw = random.Random(seed)
    made = []
    for number in range(count):
        length = draw.randrange(4, longest)
        ids = (*tuple(draw.randrange(2, VOCABULARY) for _ in range(length - 1)), END)
        first = 1 if number % 2 else draw.randrange(1, length)
        mask = tuple(int(place >= first) for place in range(length))
        made.append(TokenSequence(ids=ids, loss_mask=mask, source="ab"[number % 2], id=f"s{number}"))
    return made


def make_group(seed: int, size: int = 4, longest: int = 6, vocabulary: int = VOCABULARY) -> Group:
    """Answers from a small vocabulary share prefixes or are equal; old log-probabilities are off-policy."""
    draw = random.Random(seed)
    answers = tuple(
        (*tuple(draw.randrange(2, vocabulary) for _ in range(draw.randrange(0, longest))), END)
        for _ in range(size)
    )
    return Group(
        example_id=f"g{seed}",
        task="t",
        prompt_ids=tuple(draw.randrange(2, VOCABULARY) for _ in range(draw.randrange(3, 12))),
        answers=answers,
        old_logprobs=tuple(tuple(draw.uniform(-5, -2) for _ in answer) for answer in answers),
        advantages=tuple(draw.uniform(-2, 2) for _ in answers),
    )


def make_pairs(count: int, seed: int = 0, vocabulary: int = VOCABULARY) -> list[TokenPair]:
    """A small vocabulary makes answers with common beginnings; chosen ones start low, rejected ones high."""
    draw = random.Random(seed)

    def answer(low: int, high: int) -> tuple[int, ...]:
        rest = tuple(draw.randrange(2, vocabulary) for _ in range(draw.randrange(0, 5)))
        return (draw.randrange(low, high), *rest, END)

    middle = (2 + vocabulary) // 2 + (1 if vocabulary < 6 else 0)
    made = []
    while len(made) < count:
        chosen, rejected = answer(2, middle), answer(2 if vocabulary < 6 else middle, vocabulary)
        if chosen != rejected:
            prompt = tuple(draw.randrange(2, VOCABULARY) for _ in range(draw.randrange(3, 10)))
            number = len(made)
            made.append(
                TokenPair(
                    id=f"p{number}",
                    task="ab"[number % 2],
                    prompt_ids=prompt,
                    chosen=chosen,
                    rejected=rejected,
                )
            )
    return made


def make_pool(count: int = 24, tasks: Sequence[str] = ("copy", "first")) -> PromptPool:
    """Prompts of four tokens; the payload is the answer that the reward wants."""
    draw = random.Random(5)
    prompts = []
    for number in range(count):
        ids = tuple(draw.randrange(2, 8) for _ in range(4))
        prompts.append(
            Prompt(
                example_id=f"e{number}",
                task=tasks[number % len(tasks)],
                source="general" if tasks[number % len(tasks)] == "general" else "sns",
                prompt_ids=ids,
                payload=str(ids[0]),
            )
        )
    return PromptPool(prompts, decode=decode)


def decode(ids: Sequence[int]) -> str:
    return " ".join(str(i) for i in ids if i != END)


def parity_reward(items: list[tuple[object, str, bool]]) -> list[Score]:
    """Half of all answers are right, so that most groups teach something."""
    return [Score(value=float(sum(map(int, text.split())) % 2)) for _, text, _ in items]


def make_sampler(model: Qwen3ForCausalLM) -> GroupSampler:
    return GroupSampler(model, SimpleNamespace(stop_ids={END}))  # type: ignore[arg-type]


def weights(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}


def gradients(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def relative_gap(left: dict[str, torch.Tensor], right: dict[str, torch.Tensor]) -> float:
    """The norm of the difference over the norm, all tensors as one vector."""
    assert left.keys() == right.keys()
    one = torch.cat([left[name].double().flatten() for name in left])
    other = torch.cat([right[name].double().flatten() for name in left])
    return float((one - other).norm() / other.norm())


@pytest.fixture
def model() -> Qwen3ForCausalLM:
    return make_model()


@pytest.fixture
def twin(model: Qwen3ForCausalLM) -> Callable[[], Qwen3ForCausalLM]:
    return lambda: copy.deepcopy(model)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """TRL wants one; ids are given ready-made, so its vocabulary does not matter."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    words = {f"w{number}": number for number in range(VOCABULARY)}
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(words, unk_token="w2")), eos_token="w1", pad_token="w0"
    )


@pytest.fixture
def trl_arguments(tmp_path: Path) -> dict[str, Any]:
    """What every trainer of TRL is told in these tests."""
    return {
        "output_dir": str(tmp_path),
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "report_to": [],
        "disable_tqdm": True,
    }


@pytest.fixture
def kit() -> SimpleNamespace:
    """The helpers above for test files, which cannot import a conftest by name."""
    return SimpleNamespace(
        END=END,
        make_model=make_model,
        make_sequences=make_sequences,
        make_group=make_group,
        make_pairs=make_pairs,
        make_pool=make_pool,
        make_sampler=make_sampler,
        parity_reward=parity_reward,
        decode=decode,
        weights=weights,
        gradients=gradients,
        relative_gap=relative_gap,
    )
