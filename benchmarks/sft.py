"""Fine-tuning on packed sequences, beside TRL's SFTTrainer with packing.

    python benchmarks/sft.py [--rounds 5] [--compute f32|bf16] [--quick]

Both sides train on the batches that TRL packs, in turns, and must show the same losses. Prints one JSON
object.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import tempfile
from typing import Any

import numpy as np
import torch
from _beside import SHARED, TRL_OPTIMIZER, Replay, take_turns
from _clock import environment, one_thread
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
        **TRL_OPTIMIZER, compute=compute, layout="flat", kernels="onednn", row_tokens=96
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--compute", choices=("f32", "bf16"), default="f32")
    parser.add_argument("--quick", action="store_true", help="a tiny model and two rounds: does it run?")
    options = parser.parse_args()
    one_thread()
    logging.disable(logging.WARNING)
    small = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "vocab_size": 512}
    found = (
        measure(2, options.compute, **small) if options.quick else measure(options.rounds, options.compute)
    )
    packages = ("redone", "torch", "transformers", "trl")
    print(json.dumps({"benchmark": "sft", **environment(*packages), **found}, indent=1))


if __name__ == "__main__":
    main()
