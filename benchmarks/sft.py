"""Fine-tuning on packed sequences, beside TRL's SFTTrainer with packing.

    python benchmarks/sft.py [--rounds 5] [--compute f32|bf16] [--quick]

Both sides train on the batches that TRL packs, in turns, and must show the same losses. Prints one JSON
object.
"""

from __future__ import annotations

import itertools
import tempfile
from typing import Any

import numpy as np
import torch
from _beside import SHARED, TRL_OPTIMIZER, Replay, print_beside, take_turns
from _world import END, make_model, make_tokenizer, parameters

from redone.model import choose_attention
from redone.training import NextTokenSettings, TokenSequence
from redone.training.documents import Document, sequence_document
from redone.training.objectives.next_token import NextToken

ROW = 512


def make_rows(count: int, vocabulary: int) -> list[list[int]]:
    """Short posts: 16 to 128 tokens, about 50 on average."""
    draw = np.random.default_rng(3)
    lengths = np.clip(draw.gamma(2.0, 25.0, count), 16, 128).astype(int)
    return [[*draw.integers(3, vocabulary, length - 1).tolist(), END] for length in lengths]


def documents_of(inputs: dict[str, Any]) -> tuple[list[Document], float]:
    """The sequences of a batch that TRL packed: a position of 0 starts one."""
    found = []
    for ids, positions in zip(inputs["input_ids"], inputs["position_ids"], strict=True):
        starts = [*torch.nonzero(positions == 0).flatten().tolist(), len(ids)]
        for first, after in itertools.pairwise(starts):
            if after - first > 1:
                own = tuple(ids[first:after].tolist())
                found.append(TokenSequence(ids=own, loss_mask=(0, *[1] * (len(own) - 1))))
    return [sequence_document(s) for s in found], float(sum(len(s.ids) - 1 for s in found))


def measure(rounds: int, compute: str, **sizes: Any) -> dict[str, Any]:
    """Steps in turns."""
    import trl
    from datasets import Dataset

    theirs, mine = make_model(**sizes), make_model(**sizes)
    choose_attention(mine)
    vocabulary = theirs.config.vocab_size
    settings = NextTokenSettings(
        **TRL_OPTIMIZER, compute=compute, layout="flat", kernels="fused", row_tokens=96
    )
    replay = Replay(mine, NextToken([""]), settings)
    rows = make_rows((rounds + 2) * 100, vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        config = trl.SFTConfig(
            **SHARED,
            output_dir=folder,
            bf16=compute == "bf16",
            packing=True,
            max_length=ROW,
            per_device_train_batch_size=8,
            max_steps=rounds + 1,
        )
        trainer = trl.SFTTrainer(
            theirs,
            args=config,
            train_dataset=Dataset.from_list([{"input_ids": row} for row in rows]),
            processing_class=make_tokenizer(vocabulary),
        )
        tokens: list[int] = []

        def beside(inputs: dict[str, Any]) -> tuple[float, float]:
            tokens.append(int(inputs["input_ids"].numel()))
            return replay.step(lambda: documents_of(inputs))

        result = take_turns(trainer, beside)
    result["tokens_per_step"] = tokens[1:]
    return {"compute": compute, "parameters": parameters(mine), **result}


if __name__ == "__main__":
    print_beside("sft", __doc__, measure)
