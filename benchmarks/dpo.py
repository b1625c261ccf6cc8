"""Preference optimization, beside TRL's DPOTrainer with reference log-probabilities computed beforehand.

    python benchmarks/dpo.py [--rounds 5] [--compute f32|bf16] [--quick]

Both sides train on the same pairs, in turns, and must show the same losses. The reference pass is not timed on
either side. Prints one JSON object.
"""

from __future__ import annotations

import tempfile
from typing import Any

from _beside import SHARED, TRL_OPTIMIZER, Replay, print_beside, take_turns
from _world import END, answer_lengths, as_text, make_model, make_prompts, make_tokenizer, parameters

from redone.model import choose_attention
from redone.training import DpoSettings, TokenPair
from redone.training.documents import Document, pair_document
from redone.training.objectives.dpo import Dpo
from redone.training.preference import reference_logprobs

PAIRS = 32
PROMPT = 64
MEAN = 15


def make_pairs(count: int, vocabulary: int) -> list[TokenPair]:
    """Random answers of a mean of 15 tokens to prompts of 64."""
    prompts = make_prompts(count, PROMPT, 5, vocabulary)
    lengths = answer_lengths(2 * count, MEAN, 48, 6)
    words = make_prompts(2 * count, 48, 7, vocabulary)
    answers = [(*ids[: length - 1], END) for ids, length in zip(words, lengths, strict=True)]
    return [
        TokenPair(
            id=str(n), task="t", prompt_ids=prompts[n], chosen=answers[2 * n], rejected=answers[2 * n + 1]
        )
        for n in range(count)
    ]


def measure(rounds: int, compute: str, **sizes: Any) -> dict[str, Any]:
    """Steps in turns."""
    import trl
    from datasets import Dataset

    theirs, mine = make_model(**sizes), make_model(**sizes)
    choose_attention(mine)
    vocabulary = theirs.config.vocab_size
    pairs = make_pairs(PAIRS * (rounds + 1), vocabulary)
    settings = DpoSettings(
        **TRL_OPTIMIZER, compute=compute, layout="flat", kernels="fused", row_tokens=1, beta=0.1
    )
    replay = Replay(mine, Dpo(tasks=["t"], beta=0.1), settings)
    by_prompt = {
        pair.prompt_ids: (pair, found)
        for pair, found in zip(pairs, reference_logprobs(mine, pairs, settings), strict=True)
    }

    def documents_of(inputs: dict[str, Any]) -> tuple[list[Document], float]:
        chosen = inputs["input_ids"][: inputs["input_ids"].shape[0] // 2, :PROMPT].tolist()
        found = [by_prompt[tuple(prompt)] for prompt in chosen]
        tokens = sum(len(pair.chosen) for pair, _ in found)
        documents = [pair_document(pair, own, chosen_weight=1.0 / tokens) for pair, own in found]
        return documents, float(len(found))

    with tempfile.TemporaryDirectory() as folder:
        config = trl.DPOConfig(
            **SHARED,
            output_dir=folder,
            bf16=compute == "bf16",
            beta=0.1,
            max_length=None,
            precompute_ref_log_probs=True,
            per_device_train_batch_size=PAIRS,
            max_steps=rounds + 1,
        )
        rows = [
            {
                "prompt": as_text(pair.prompt_ids),
                "chosen": " " + as_text(pair.chosen[:-1]),
                "rejected": " " + as_text(pair.rejected[:-1]),
            }
            for pair in pairs
        ]
        trainer = trl.DPOTrainer(
            theirs,
            ref_model=make_model(**sizes),
            args=config,
            train_dataset=Dataset.from_list(rows),
            processing_class=make_tokenizer(vocabulary),
        )
        result = take_turns(trainer, lambda inputs: replay.step(lambda: documents_of(inputs)))
    return {"compute": compute, "parameters": parameters(mine), "pairs_per_step": PAIRS, **result}


if __name__ == "__main__":
    print_beside("dpo", __doc__, measure)
