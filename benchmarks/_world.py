"""The model, prompts and forced answer lengths that both sides of a benchmark share."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

PAD, END, UNKNOWN = 0, 1, 2
SPECIAL = {PAD: "<pad>", END: "<end>"}
VOCABULARY = 6144


def make_model(dtype: torch.dtype = torch.float32, seed: int = 0, **sizes: Any) -> PreTrainedModel:
    """A Qwen3 of 5.1 M random parameters, or of other ``sizes``."""
    torch.manual_seed(seed)
    shape: dict[str, Any] = {
        "vocab_size": VOCABULARY,
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 6,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "max_position_embeddings": 2048,
    }
    config = Qwen3Config(
        **(shape | sizes),
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=END,
        pad_token_id=PAD,
    )
    return Qwen3ForCausalLM(config).to(dtype)


def parameters(model: torch.nn.Module) -> int:
    """How many, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())


def make_tokenizer(vocabulary: int = VOCABULARY) -> PreTrainedTokenizerFast:
    """One word per token: ``w17`` is token 17, so that both sides see the same ids.

    Special tokens are cut out of any text that holds their name, so theirs is in no other word.
    """
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {as_text([number]): number for number in range(vocabulary)}
    core = Tokenizer(models.WordLevel(words, unk_token=f"w{UNKNOWN}"))
    core.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=core, eos_token=as_text([END]), pad_token=as_text([PAD]))


def as_text(ids: Sequence[int]) -> str:
    """The text that the tokenizer reads as ``ids``."""
    return " ".join(SPECIAL.get(number, f"w{number}") for number in ids)


def make_prompts(count: int, length: int, seed: int, vocabulary: int = VOCABULARY) -> list[tuple[int, ...]]:
    """Random prompts of one length."""
    drawn = np.random.default_rng(seed).integers(3, vocabulary, (count, length))
    return [tuple(row) for row in drawn.tolist()]


def answer_lengths(rows: int, mean: int, longest: int, seed: int) -> list[int]:
    """Lengths, end token included, like those of a policy that ends at random: mean exact, at most longest."""
    draw = np.random.default_rng([seed, 7])
    lengths = np.minimum(draw.geometric(1 / mean, rows), longest)
    while (gap := rows * mean - int(lengths.sum())) != 0:
        place = draw.integers(0, rows)
        lengths[place] = np.clip(lengths[place] + np.sign(gap), 1, longest)
    return lengths.tolist()


class ForcedLengths:
    """Ends every row at a length given beforehand, whatever the model says; for both sides alike."""

    def __init__(self) -> None:
        self.lengths = torch.zeros(0, dtype=torch.long)
        self.rows = torch.zeros(0, dtype=torch.long)
        self.begun = self.step = 0

    def start(self, lengths: Sequence[int]) -> None:
        """Before a rollout: one length per row, in the order of the rows."""
        self.lengths = torch.tensor(lengths)
        self.rows = torch.zeros(0, dtype=torch.long)
        self.begun = self.step = 0

    def __call__(self, input_ids: Any, scores: torch.Tensor) -> torch.Tensor:
        """As a logits processor of transformers, which keeps rows that have ended."""
        self.step += 1
        scores[:, END] = torch.where(self.lengths <= self.step, 1e4, -1e4).to(scores.dtype)
        return scores

    def around(self, choose: Any) -> Any:
        """As a wrapper of the sampler's choice, which works on some prompts at a time and drops ended rows."""

        def forced(logits: torch.Tensor, *rest: Any) -> Any:
            if not len(self.rows):
                self.rows = torch.arange(self.begun, self.begun + len(logits))
                self.begun, self.step = self.begun + len(logits), 0
            self.step += 1
            ending = self.lengths[self.rows] <= self.step
            logits[:, END] = torch.where(ending, 1e4, -1e4)
            self.rows = self.rows[~ending]
            return choose(logits, *rest)

        return forced


STOP = SimpleNamespace(stop_ids={END})
