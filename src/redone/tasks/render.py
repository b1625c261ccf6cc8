"""From a draft to an example: the prompt in one of the task's wordings, the answers in canonical form."""

from __future__ import annotations

import random
from hashlib import blake2b

from redone.records import Example, Message
from redone.tasks.parsers import PARSERS
from redone.tasks.task import Draft, Task

ANSWER_MARK = {"en": "answer", "zh": "答案"}
"""What stands between a rationale and the answer; the parsers read past it."""


def fingerprint(*parts: str) -> str:
    """16 hexadecimal digits that depend on the parts alone, in every process."""
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def content_key(task: Task, draft: Draft) -> str:
    """Tell what identifies the question, whatever the wording of the prompt."""
    content = draft.key or "\x1e".join(f"{name}={value}" for name, value in sorted(draft.slots.items()))
    return fingerprint(task.id, content)


def render(task: Task, draft: Draft, rng: random.Random, *, unseen_prompts: float = 0.0) -> Example:
    """Return the example of a draft. ``unseen_prompts`` is the chance of the held-out wording."""
    held_out = rng.random() < unseen_prompts
    wordings = task.training_prompts(draft.language)
    wording = task.held_out_prompt(draft.language) if held_out else rng.choice(wordings)
    prompt = wording.format(**draft.slots)
    answers = tuple(dict.fromkeys(canonical_answer(task, answer, draft.choices) for answer in draft.answers))
    return Example(
        id=f"{task.id}/{draft.language}/{fingerprint(prompt, *answers)}",
        task=task.id,
        language=draft.language,
        messages=(Message("user", prompt),),
        references=answers,
        target=draft.logged or draft.answers[0],
        rationale=draft.rationale,
        truth=task.truth,
        choices=draft.choices,
        checks=draft.checks,
        template=" ".join(draft.templates),
        unseen_template=held_out,
        units=draft.units,
    )


def canonical_answer(task: Task, answer: str, choices: tuple[str, ...] = ()) -> str:
    """Return a builder's answer in the form that the task's parser gives."""
    parsed = PARSERS[task.parser](answer, choices)
    assert parsed is not None, f"task {task.id}: its own answer {answer!r} cannot be parsed"
    return parsed


def answer_text(example: Example, *, logged: bool = False, rationale: bool = True) -> str:
    """Return what a model should write: the rationale, if there is one, before the marked answer.

    ``logged`` takes the answer as the platform stores it in place of the canonical one.
    """
    answer = example.target if logged else example.references[0]
    if not (rationale and example.rationale):
        return answer
    return f"{example.rationale} ; {ANSWER_MARK.get(example.language, 'answer')} {answer}"
