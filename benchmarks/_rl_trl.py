"""DAPO steps of TRL's GRPOTrainer, timed; another side makes its step after each of them."""

from __future__ import annotations

import contextlib
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


class Theirs(TrainerCallback):
    """A model whose generation is timed and whose answers' ends are forced, and the trainer's clock."""

    def __init__(self, shape: Shape, dtype: torch.dtype) -> None:
        self.shape = shape
        self.model = make_model(dtype, **shape.sizes)
        self.forced = ForcedLengths()
        self.times: list[dict[str, float]] = []
        self.beside: Callable[[int], None] = lambda number: None
        self._plain, self.model.generate = self.model.generate, self._generate
        self._generated, self._began = 0.0, 0.0

    def _generate(self, *arguments: Any, **named: Any) -> Any:
        width = named["input_ids"].shape[1]
        assert width == self.shape.prompt_tokens, "both sides read prompts of one length"
        began = time.process_time()
        made = self._plain(*arguments, **named, logits_processor=[self.forced])
        self._generated += time.process_time() - began
        return made

    def score(self, completions: Sequence[str], **_: Any) -> list[float]:
        """Rewards that alternate."""
        return [float(place % 2) for place in range(len(completions))]

    def on_step_begin(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Force the step's lengths and start the clock."""
        self.forced.start(self.shape.lengths(state.global_step))
        self._generated, self._began = 0.0, time.process_time()

    def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:
        """Stop the clock and let the other side make its step."""
        whole = time.process_time() - self._began
        self.times.append({"generate": self._generated, "update": whole - self._generated, "step": whole})
        self.beside(len(self.times) - 1)


def run_trl(
    shape: Shape,
    bf16: bool,
    rounds: int,
    beside: Callable[[int], None],
    **options: Any,
) -> list[dict[str, float]]:
    """A real GRPOTrainer; ``beside`` is called after each of its steps."""
    theirs = Theirs(shape, options.pop("dtype", torch.float32))
    theirs.beside = beside
    vocabulary = theirs.model.config.vocab_size
    prompts = make_prompts(16 * shape.prompts, shape.prompt_tokens, 1, vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        trainer = trl.GRPOTrainer(
            theirs.model,
            reward_funcs=theirs.score,
            args=grpo_config(
                folder,
                bf16=bf16,
                num_generations=shape.answers,
                max_completion_length=shape.longest,
                max_steps=rounds + WARM_UP,
                **(
                    {"learning_rate": 1e-6, "per_device_train_batch_size": shape.prompts * shape.answers}
                    | options
                ),
            ),
            train_dataset=Dataset.from_list([{"prompt": as_text(ids)} for ids in prompts]),
            processing_class=make_tokenizer(vocabulary),
            callbacks=[theirs],
        )
        with quiet():
            trainer.train()
    return theirs.times


def grpo_config(folder: str, **options: Any) -> trl.GRPOConfig:
    """DAPO's loss and clipping, on the CPU unless ``options`` say otherwise; nothing is logged or saved."""
    plain: dict[str, Any] = {
        "use_cpu": True,
        "gradient_checkpointing": False,
        "report_to": [],
        "disable_tqdm": True,
        "save_strategy": "no",
        "logging_strategy": "no",
        "loss_type": "dapo",
        "beta": 0.0,
        "epsilon": 0.2,
        "epsilon_high": 0.28,
    }
    return trl.GRPOConfig(output_dir=folder, **(plain | options))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep other packages' prints out of the JSON."""
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
