"""The prompts of a reinforcement run and which of them is drawn next."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from redone.errors import UserError
from redone.training.settings import DapoSettings
from redone.training.sources import MixtureSampler

# A task is drawn at most this many times as often as its weight says, however few of its groups are kept.
MOST_BOOST = 4.0
# A task that keeps less than this is not drawn more often: there is nothing to be got from it by sampling.
HOPELESS = 0.05
# Kept rates forget: a step counts this much less than the one after it.
MEMORY = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt: ``payload`` goes to the reward untouched, ``source`` is the part of the mixture."""

    example_id: str
    task: str
    source: str
    prompt_ids: tuple[int, ...]
    payload: Any = None


class PromptPool(Sequence[Prompt]):
    """Prompts of one run, in a fixed order; ``decode`` turns the ids of an answer into its text.

    Raises:
        UserError: no prompts, an empty prompt, the same example twice, or a task in two sources.

    """

    def __init__(self, prompts: Sequence[Prompt], decode: Callable[[Sequence[int]], str]) -> None:
        if not prompts:
            raise UserError("the prompt pool is empty; give at least one prompt")
        self._prompts = tuple(prompts)
        self.decode = decode
        self.sources: dict[str, str] = {}
        seen: set[str] = set()
        for prompt in self._prompts:
            if not prompt.prompt_ids:
                raise UserError(f"the prompt of example {prompt.example_id!r} has no tokens")
            if prompt.example_id in seen:
                raise UserError(f"example {prompt.example_id!r} is in the prompt pool twice; ids must differ")
            seen.add(prompt.example_id)
            source = self.sources.setdefault(prompt.task, prompt.source)
            if source != prompt.source:
                raise UserError(
                    f"task {prompt.task!r} is in the sources {source!r} and {prompt.source!r}; give it one"
                )

    def __len__(self) -> int:
        return len(self._prompts)

    def __getitem__(self, index: Any) -> Any:
        return self._prompts[index]

    def __iter__(self) -> Iterator[Prompt]:
        return iter(self._prompts)

    def digest(self) -> str:
        """A hash of ids, tasks, sources and tokens, in order."""
        digest = hashlib.sha256()
        for prompt in self._prompts:
            digest.update(
                repr((prompt.example_id, prompt.task, prompt.source, tuple(prompt.prompt_ids))).encode()
            )
        return digest.hexdigest()


class PromptDrawer:
    """Draws prompts in the ratios asked for, by task; or so that *kept* groups come in those ratios.

    Real-valued rewards almost never give equal groups, exact ones often do: drawn evenly, the first kind
    takes most of every batch. With ``balance`` a task's drawing weight is its weight over its recent kept
    rate.
    """

    def __init__(self, pool: PromptPool, settings: DapoSettings) -> None:
        self._pool = pool
        self._balance = settings.balance
        self.weights = _task_weights(pool, settings)
        self._kept = dict.fromkeys(self.weights, 0.0)
        self._drawn = dict.fromkeys(self.weights, 0.0)
        self._sampler = MixtureSampler([prompt.task for prompt in pool], self.weights, settings.seed)

    def draw(self, count: int) -> list[Prompt]:
        """The next ``count`` prompts."""
        return [self._pool[self._sampler.draw()] for _ in range(count)]

    def learn(self, kept: Mapping[str, int], drawn: Mapping[str, int]) -> None:
        """Take a step's kept and drawn groups by task into account."""
        for task in self.weights:
            self._kept[task] = MEMORY * self._kept[task] + kept.get(task, 0)
            self._drawn[task] = MEMORY * self._drawn[task] + drawn.get(task, 0)
        if self._balance:
            self._sampler.set_weights({task: w * self._boost(task) for task, w in self.weights.items()})

    def _boost(self, task: str) -> float:
        rate = (self._kept[task] + 1.0) / (self._drawn[task] + 1.0)
        return 1.0 if rate < HOPELESS else min(MOST_BOOST, 1.0 / min(rate, 1.0))

    def state_dict(self) -> dict[str, Any]:
        """Position, weights and kept rates, as JSON."""
        return {"sampler": self._sampler.state_dict(), "kept": dict(self._kept), "drawn": dict(self._drawn)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""
        self._sampler.load_state_dict(state["sampler"])
        self._kept = dict(state["kept"])
        self._drawn = dict(state["drawn"])


def _task_weights(pool: PromptPool, settings: DapoSettings) -> dict[str, float]:
    """Weights by task; a source's weight is divided over its tasks in proportion to theirs."""
    tasks = dict(settings.weights) if settings.weights is not None else dict.fromkeys(pool.sources, 1.0)
    _demand_known("weights", tasks, pool.sources)
    weights = {task: tasks.get(task, 0.0) for task in pool.sources}
    if settings.source_weights is None:
        return weights
    _demand_known("source_weights", settings.source_weights, set(pool.sources.values()))
    totals: dict[str, float] = {}
    for task, source in pool.sources.items():
        totals[source] = totals.get(source, 0.0) + weights[task]
    return {
        task: settings.source_weights.get(source, 0.0) * weights[task] / totals[source]
        if totals[source]
        else 0.0
        for task, source in pool.sources.items()
    }


def _demand_known(name: str, given: Mapping[str, float], known: Mapping[str, Any] | set[str]) -> None:
    for key in given:
        if key not in known:
            raise UserError(f"{name} names {key!r}, but the prompts have: {', '.join(sorted(known))}")
