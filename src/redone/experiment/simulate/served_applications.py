"""The applications as they are served: calibrated detection, grounded searches, titles behind the guard."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from redone.errors import RedoneError, UserError
from redone.experiment.simulate.applications import Progress
from redone.records import Note
from redone.serving.apps.brains import Brain, LocalBrain
from redone.serving.apps.calibration import Calibration, fit
from redone.serving.apps.harmful import judge
from redone.serving.apps.notes import NoteIn
from redone.serving.apps.policy import Policy
from redone.serving.apps.queries import QueryWishes, suggest
from redone.serving.apps.titles import TitleWishes, recreate
from redone.serving.engine import Engine, EngineSettings
from redone.serving.http.errors import Refused
from redone.serving.start import open_engine
from redone.sources.simulator import World, stream

T = TypeVar("T")
_AT_ONCE = 16
_LEAST_KINDS = 5


class ServedApplications:
    """The three applications of ``redone.serving`` on a model folder, in this process.

    Detection is calibrated on notes of the dev split. There is no reviewer in a simulation, so every note is
    decided by the threshold.
    """

    def __init__(self, folder: Path, policy: Policy, dev: Sequence[Note], progress: Progress) -> None:
        """Load the model and start its engine; it is calibrated at the first detection.

        Raises:
            UserError: the folder cannot be loaded, or ``dev`` lacks one kind of notes.

        """
        harmful = sum(note.labels["harm"] != "none" for note in dev)
        if min(harmful, len(dev) - harmful) < _LEAST_KINDS:
            raise UserError(f"{len(dev)} dev notes, {harmful} of them harmful: too few to calibrate")
        self._engine: Engine = open_engine(folder, EngineSettings())
        self._engine.start()
        self._policy, self._dev, self._progress = policy, dev, progress

    def harmful(self, notes: Sequence[Note]) -> list[bool | None]:
        """Calibrate on the dev notes, then judge by the threshold; None where the model gave no probability."""
        raw = self._each(self._dev, lambda brain, note: judge(brain, note, self._policy, Calibration()))
        known = [
            (result.probability, note.labels["harm"] != "none")
            for result, note in zip(raw, self._dev, strict=True)
            if result.probability is not None
        ]
        fitted = fit([p for p, _ in known], [truth for _, truth in known])
        results = self._each(notes, lambda brain, note: judge(brain, note, self._policy, fitted))
        return [None if r.probability is None else r.probability >= fitted.threshold for r in results]

    def queries(self, notes: Sequence[Note]) -> list[str]:
        """The best search that passes the application's own checks."""
        results = self._each(notes, lambda brain, note: suggest(brain, note, QueryWishes(count=1, drafts=6)))
        return [r.queries[0].text if r.queries else "" for r in results]

    def titles(self, notes: Sequence[Note]) -> list[str]:
        """The title that the guard lets pass, else the writer's own."""
        results = self._each(notes, lambda brain, note: recreate(brain, note, TitleWishes(drafts=4)))
        return [r.title for r in results]

    def _each(self, notes: Sequence[Note], work: Callable[[Brain, NoteIn], Awaitable[T]]) -> list[T]:
        async def all_of_them() -> list[T]:
            brain, free = LocalBrain(self._engine), asyncio.Semaphore(_AT_ONCE)

            async def one(note: Note) -> T:
                async with free:
                    result = await work(brain, given(note))
                self._progress(1)
                return result

            return list(await asyncio.gather(*map(one, notes)))

        try:
            return asyncio.run(all_of_them())
        except Refused as refused:
            raise RedoneError(f"the model cannot be asked: {refused}") from refused

    def close(self) -> None:
        """Stop the engine; it also ends with the process."""
        self._engine.stop()


def given(note: Note) -> NoteIn:
    """A note as a client of the service would send it: without its labels."""
    return NoteIn(id=note.id, title=note.title, body=note.body, language=note.language)


def policy_of(world: World) -> Policy:
    """The world's written policy as the document that the service reads."""
    clauses = world.policy()
    names = [name for name in clauses if ":" not in name]
    return Policy.model_validate(
        {"categories": {n: {"clause": {"en": clauses[n], "zh": clauses[f"{n}:zh"]}} for n in names}}
    )


def dev_notes(world: World, count: int) -> list[Note]:
    """``count`` labelled notes of the dev split, of both languages."""
    per_block = world.settings.block_users * world.settings.notes_per_user
    users = -(-count // per_block) * world.settings.block_users
    notes = [note for block in stream(world, "dev", users=users) for note in block.notes]
    return [notes[i * len(notes) // count] for i in range(count)]
