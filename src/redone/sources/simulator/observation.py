"""How the labels of a log differ from the truth.

A platform's records are not an answer key: some labels are wrong, part of them always in the same way; the
log keeps outcomes and no reasoning; it words answers its own way; experts have looked at few of them. Each of
these is a setting with a stated default, meant to be the same for every arm of a comparison. The truth stays
available (``observe_with_truth``) for reports; data made of test records is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from redone.errors import UserError
from redone.records import Example
from redone.sources.simulator.chance import share
from redone.sources.simulator.logged_forms import logged_form
from redone.sources.simulator.wrong_answers import wrong_answer

_TEST_PREFIX = "test-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationSettings:
    """Shares in 0..1; ``ObservationSettings.clean()`` changes nothing.

    The defaults are our choice inside what is common in practice (10 to 20 % wrong labels, some of them
    systematic). They were fixed before any comparison was run.
    """

    wrong: float = 0.15
    """Examples whose references are wrong, as a share of those that no expert labelled."""
    systematic_share: float = 0.4
    """Part of the wrong ones that is systematic: under certain sentence templates (or, without templates,
    always) an answer is taken for one fixed other answer, every time. The rest errs towards any other."""
    other_wording: float = 0.5
    """Examples whose ``target`` is worded as the log words it; the references keep the canonical form."""
    exact_tasks: frozenset[str] = frozenset()
    """Tasks whose targets are never reworded (the form is the answer)."""
    outcome_only: bool = True
    """Whether the log has no rationales."""
    expert_share: float = 0.05
    """Examples that an expert labelled: right, in canonical wording, ``truth`` is ``expert``."""
    window: int = 4096
    """Examples that are held at a time; wrong answers of open tasks come from the same window."""

    def __post_init__(self) -> None:
        for name in ("wrong", "systematic_share", "other_wording", "expert_share"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise UserError(f"observation.{name} is {getattr(self, name)}: give a share from 0 to 1")
        if self.window < 2:
            raise UserError(f"observation.window is {self.window}: give at least 2")

    @classmethod
    def clean(cls) -> ObservationSettings:
        """No noise at all: what an expert sees."""
        return cls(wrong=0.0, other_wording=0.0, outcome_only=False, expert_share=0.0)


@dataclass(frozen=True, slots=True)
class Observed:
    """An example as the log has it, the true one, and what was changed.

    ``changes`` holds any of ``wrong-random``, ``wrong-systematic``, ``reworded``, ``no-rationale`` and
    ``expert``.
    """

    example: Example
    truth: Example
    changes: tuple[str, ...]


def observe(examples: Iterable[Example], settings: ObservationSettings, seed: int) -> Iterator[Example]:
    """The examples as a log shows them, in the same order and number; see ``observe_with_truth``."""
    return (observed.example for observed in observe_with_truth(examples, settings, seed))


def observe_with_truth(
    examples: Iterable[Example], settings: ObservationSettings, seed: int
) -> Iterator[Observed]:
    """Each example as observed, beside the truth. Depends on the seed and on the example's id, not on time.

    An open task that has only one answer in the window cannot be answered wrongly and stays right.

    Raises:
        UserError: an example is made of records of the test split.

    """
    source = iter(examples)
    while window := list(islice(source, settings.window)):
        pools = _answers_by_task(window)
        for example in window:
            _refuse_test(example)
            yield _observed(example, pools[example.task, example.language], settings, seed)


def _refuse_test(example: Example) -> None:
    held = [unit for unit in example.units if unit.startswith(_TEST_PREFIX)]
    if held:
        raise UserError(
            f"example {example.id} is made of the test record {held[0]}: observe training data only"
        )


def _answers_by_task(window: Sequence[Example]) -> dict[tuple[str, str], list[Example]]:
    """One example per distinct main answer of each task and language."""
    pools: dict[tuple[str, str], dict[str, Example]] = {}
    for example in window:
        pools.setdefault((example.task, example.language), {}).setdefault(example.references[0], example)
    return {key: list(pool.values()) for key, pool in pools.items()}


def _observed(
    example: Example, pool: Sequence[Example], settings: ObservationSettings, seed: int
) -> Observed:
    if share(seed, "expert", example.id) < settings.expert_share:
        return Observed(replace(example, truth="expert"), example, ("expert",))
    seen, changes = example, []
    kind = _kind_of_error(example, settings, seed)
    wrong = wrong_answer(example, pool, kind, seed) if kind else None
    if wrong is not None:
        seen = wrong
        changes.append(kind)
    if settings.outcome_only and seen.rationale:
        seen = replace(seen, rationale="")
        changes.append("no-rationale")
    if settings.other_wording and example.task not in settings.exact_tasks:
        reworded = share(seed, "wording", example.id) < settings.other_wording
        target = logged_form(seen, seed) if reworded else seen.references[0]
        if target != seen.references[0]:
            changes.append("reworded")
        seen = replace(seen, target=target)
    return Observed(seen, example, tuple(changes))


def _kind_of_error(example: Example, settings: ObservationSettings, seed: int) -> str:
    """Systematic errors fall on whole cells, random ones on single examples; empty: the label is right."""
    systematic = settings.wrong * settings.systematic_share
    cell = (example.task, example.language, example.references[0], example.template)
    if share(seed, "cell", *cell) < systematic:
        return "wrong-systematic"
    rest = (settings.wrong - systematic) / (1 - systematic) if systematic < 1 else 0.0
    return "wrong-random" if share(seed, "wrong", example.id) < rest else ""
