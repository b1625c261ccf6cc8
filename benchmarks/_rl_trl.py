"""DAPO steps of TRL's GRPOTrainer, timed; another side makes its step after each of them."""

from __future__ import annotations

import contextlib
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
import trl
from _rl_shape import WARM_UP, Shape
from _world import ForcedLengths, as_text, make_model, make_prompts, make_tokenizer
from datasets import Dataset
from transformers import TrainerCallback

Reward = Callable[[Sequence[int]], float]


class Theirs(TrainerCallback):
    """A model whose generation is timed, and the trainer's clock.

    Without a reward the ends of answers are forced and rewards alternate.
    """

    def __init__(self, shape: Shape, dtype: torch.dtype, reward: Reward | None) -> None:
        self.shape, self.reward = shape, reward
        self.model = make_model(dtype, **shape.sizes)
        self.forced = ForcedLengths()
        self.times: list[dict[str, float]] = []
        self.beside: Callable[[int], None] = lambda number: None
        self._plain, self.model.generate = self.model.generate, self._generate
        self._earned: list[float] = []
        self._generated, self._began = 0.0, 0.0

    def _generate(self, *arguments: Any, **named: Any) -> Any:
        width = named["input_ids"].shape[1]
        assert width == self.shape.prompt_tokens, "both sides read prompts of one length"
        began = time.process_time()
        processors = [self.forced] if self.reward is None else []
        made = self._plain(*arguments, **named, logits_processor=processors)
        self._generated += time.process_time() - began
        return made

    def score(
        self, completions: Sequence[str], completion_ids: Sequence[Sequence[int]], **_: Any
    ) -> list[float]:
        """The rewards of one pass."""
        if self.reward is None:
            return [float(place % 2) for place in range(len(completions))]
        earned = [self.reward(ids) for ids in completion_ids]
        self._earned += earned
        return earned

    def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Force the step's lengths and start the clock."""
        self.forced.start(self.shape.lengths(state.global_step))
        self._generated, self._began = 0.0, time.process_time()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Stop the clock and let the other side make its step."""
        whole = time.process_time() - self._began
        row = {"generate": self._generated, "update": whole - self._generated, "step": whole}
        if self._earned:
            row["reward"] = statistics.fmean(self._earned)
            self._earned.clear()
        self.times.append(row)
        self.beside(len(self.times) - 1)


def run_trl(
    shape: Shape,
    bf16: bool,
    rounds: int,
    beside: Callable[[int], None],
    reward: Reward | None = None,
    **options: Any,
) -> list[dict[str, float]]:
    """A real GRPOTrainer; ``beside`` is called after each of its steps. Answers' ends are forced without reward."""
    theirs = Theirs(shape, options.pop("dtype", torch.float32), reward)
    theirs.beside = beside
    vocabulary = theirs.model.config.vocab_size
    prompts = make_prompts(16 * shape.prompts, shape.prompt_tokens, 1, vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        trainer = trl.GRPOTrainer(
            theirs.model,
            reward_funcs=theirs.score,
            args=_config(shape, bf16, rounds, folder, options),
            train_dataset=Dataset.from_list([{"prompt": as_text(ids)} for ids in prompts]),
            processing_class=make_tokenizer(vocabulary),
            callbacks=[theirs],
        )
        with quiet():
            trainer.train()
    return theirs.times


def _config(shape: Shape, bf16: bool, rounds: int, folder: str, options: dict[str, Any]) -> trl.GRPOConfig:
    return trl.GRPOConfig(
        output_dir=folder,
        use_cpu=True,
        bf16=bf16,
        gradient_checkpointing=False,
        report_to=[],
        disable_tqdm=True,
        save_strategy="no",
        logging_strategy="no",
        loss_type="dapo",
        beta=0.0,
        epsilon=0.2,
        epsilon_high=0.28,
        num_generations=shape.answers,
        max_completion_length=shape.longest,
        max_steps=rounds + WARM_UP,
        **({"learning_rate": 1e-6, "per_device_train_batch_size": shape.prompts * shape.answers} | options),
    )


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep other packages' prints out of the JSON."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
