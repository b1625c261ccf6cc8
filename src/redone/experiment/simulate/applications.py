"""What an arm serves: three applications, asked note by note. Any object with these methods can be an arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from redone.bench.runner import Answerer
from redone.errors import RedoneError
from redone.records import Message, Note
from redone.tasks import get, parse
from redone.tasks.wording import say

_MOST_FAILED = 0.01
"""Share of requests that may fail: a failed request is shown as no answer, so many would bias the arm."""

Progress = Callable[[int], None]


class Applications(Protocol):
    """The applications of one arm. Each answers in the order of the notes."""

    def harmful(self, notes: Sequence[Note]) -> list[bool | None]:
        """Whether each note breaks the policy; None where no verdict could be read: such a note is shown."""
        ...

    def queries(self, notes: Sequence[Note]) -> list[str]:
        """The search suggested after each note; empty for none."""
        ...

    def titles(self, notes: Sequence[Note]) -> list[str]:
        """A new title for each note; empty keeps the writer's own."""
        ...


class TaskApplications:
    """The applications as tasks of the catalogue, asked of any model in their first wording.

    ``harmful`` asks about every clause of the policy and takes one clear "yes"; ``queries`` is ``next_query``;
    ``titles`` is ``title``. What the parser cannot read, or the answer that was cut, is no answer.
    """

    def __init__(
        self, answerer: Answerer, policy: Mapping[str, Sequence[str]], progress: Progress | None = None
    ) -> None:
        """``policy`` holds the clauses per language; ``progress`` is told of every answer."""
        self._answerer = answerer
        self._policy = policy
        self._progress = progress or (lambda count: None)

    def harmful(self, notes: Sequence[Note]) -> list[bool | None]:
        """Ask note by clause; one "yes" is enough, and a note with no readable verdict has none."""
        asked = [(place, clause) for place, n in enumerate(notes) for clause in self._policy[n.language]]
        slots = [(notes[place], {"text": notes[place].body, "clause": clause}) for place, clause in asked]
        verdicts: list[list[bool]] = [[] for _ in notes]
        for (place, _), answer in zip(asked, self._ask("harmful", slots, ("yes", "no")), strict=True):
            if answer is not None:
                verdicts[place].append(answer == say("yes", notes[place].language))
        return [any(said) if said else None for said in verdicts]

    def queries(self, notes: Sequence[Note]) -> list[str]:
        """The search after each note."""
        return [text or "" for text in self._ask("next_query", [(n, {"text": n.body}) for n in notes])]

    def titles(self, notes: Sequence[Note]) -> list[str]:
        """A title from each note's body."""
        return [text or "" for text in self._ask("title", [(n, {"text": n.body}) for n in notes])]

    def _ask(
        self, task_id: str, asked: Sequence[tuple[Note, Mapping[str, str]]], codes: Sequence[str] = ()
    ) -> list[str | None]:
        task = get(task_id)
        prompts = [
            (Message("user", task.training_prompts(note.language)[0].format(**slots)),)
            for note, slots in asked
        ]
        read: list[str | None] = [None] * len(prompts)
        failed = 0
        for answer in self._answerer.answer(prompts):
            language = asked[answer.at][0].language
            choices = tuple(say(code, language) for code in codes)
            failed += answer.text is None
            if answer.text is not None and answer.finish != "length":
                read[answer.at] = parse(task, answer.text, choices)
            self._progress(1)
        if failed > _MOST_FAILED * len(prompts):
            raise RedoneError(
                f"{failed} of {len(prompts)} requests of {task_id} got no answer: the model is down"
            )
        return read


class MixedApplications:
    """Each application from a source of its own: a control of single-task fine-tunes, as in the paper."""

    def __init__(self, harmful: Applications, queries: Applications, titles: Applications) -> None:
        self.harmful = harmful.harmful
        self.queries = queries.queries
        self.titles = titles.titles
