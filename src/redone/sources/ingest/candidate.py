"""From a prepared row to a question without options and wording: what a sample of rows is drawn from."""

from __future__ import annotations

import re
from dataclasses import dataclass

from redone.sources.ingest.faults import (
    MISSING,
    UNKNOWN_LABEL,
    UNREADABLE_ANSWER,
    Row,
    RowFault,
    as_number,
    as_text,
    as_word,
)
from redone.sources.ingest.keys import nearest
from redone.sources.ingest.mapping import Condition, Conditions, Language, PerLanguage, TaskMapping
from redone.sources.ingest.sampling import stable_hash
from redone.sources.ingest.template import fields
from redone.tasks.parsers import PARSERS

_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" *\n\s*")

OWN_FIELDS = frozenset({"choices", "labels"})
"""Prompt fields that are no columns: the options of this question, the words of the label map."""
NOTHING: PerLanguage = {"en": "none", "zh": "无"}
"""How an empty list is said."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row as one task sees it.

    ``answers`` are in the parser's form, ``logged`` is the main one as the row words it; ``unit`` names what
    splits keep together.
    """

    file: str
    line: int
    language: Language
    slots: dict[str, str]
    answers: tuple[str, ...]
    logged: str
    like: str
    apart: str
    among: tuple[str, ...]
    unit: str

    @property
    def row(self) -> Row:
        """The row that it came from, for the quarantine."""
        return Row(self.file, self.line, dict(self.slots))


def passes(conditions: Conditions, row: Row) -> bool:
    """Whether a row satisfies all conditions; an absent column satisfies only ``none_of``."""
    return all(_holds(condition, row.get(column), column) for column, condition in conditions.items())


def _holds(condition: Condition, value: object, column: str) -> bool:
    if value is None:
        return condition == Condition(none_of=condition.none_of)
    if condition.one_of or condition.none_of:
        word = as_word(value, column)
        if (condition.one_of and word not in condition.one_of) or word in condition.none_of:
            return False
    if condition.min is not None or condition.max is not None:
        number = as_number(value, column)
        low = number if condition.min is None else condition.min
        high = number if condition.max is None else condition.max
        if not low <= number <= high:
            return False
    if condition.min_length is None and condition.max_length is None:
        return True
    length = len(value) if isinstance(value, str | list) else len(as_text(value, column))
    return (condition.min_length or 0) <= length <= (condition.max_length or length)


def candidate(task: TaskMapping, row: Row, unit: str, seed: int) -> Candidate:
    """The question of a row.

    Raises:
        RowFault: a column that the prompt or answer needs is missing or of another type, a label is not in
            the map, or the task's own parser cannot read the answer.

    """
    language = _language(task, row, seed)
    names = dict.fromkeys(name for wording in task.prompts[language] for name in fields(wording))
    slots = {name: _plain(row.text(name)) for name in names if name not in OWN_FIELDS}
    words = _words(task, language)
    if "labels" in names:
        slots["labels"] = ("、" if language == "zh" else ", ").join(words)
    columns = (task.answer.column, *task.answer.also)
    answers = [word for column in columns for word in _answers(task, row, column, language)]
    logged = row.word(task.answer.logged) if task.answer.logged else answers[0]
    if not task.choices:
        answers = [_canonical(task, answer, words) for answer in answers]
    choices = task.choices
    return Candidate(
        file=row.file,
        line=row.line,
        language=language,
        slots=slots,
        answers=tuple(dict.fromkeys(answers)),
        logged=logged,
        like=row.text(choices.like) if choices and choices.like else "",
        apart=row.text(choices.apart) if choices and choices.apart else "",
        among=tuple(row.texts(choices.among)) if choices and choices.among else (),
        unit=unit,
    )


def label_words(task: TaskMapping, language: Language) -> tuple[str, ...]:
    """The distinct answer words of the label map, in its order; empty without a map."""
    return tuple(dict.fromkeys(said(word, language) for word in task.answer.labels.values()))


_words = label_words


def said(word: PerLanguage, language: Language) -> str:
    """A word that is the same in every language, or the one of this language.

    Raises:
        RowFault: the language has no word.

    """
    if isinstance(word, str):
        return word
    if language not in word:
        raise RowFault(UNKNOWN_LABEL, f"no word for language '{language}' in {word}")
    return word[language]


def _plain(text: str) -> str:
    """Without blank lines, runs of spaces, and white space at the ends: they cost tokens and say nothing."""
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def _language(task: TaskMapping, row: Row, seed: int) -> Language:
    offered = tuple(task.prompts)
    if task.language_column:
        language = row.text(task.language_column)
        if language not in offered:
            raise RowFault(UNKNOWN_LABEL, f"language {language!r:.20}; prompts are in {', '.join(offered)}")
        return language
    return offered[stable_hash(seed, task.id, "language", row.file, row.line) % len(offered)]


def _answers(task: TaskMapping, row: Row, column: str, language: Language) -> list[str]:
    """The answers that a column gives: one, or none where a further column (``also``) is empty."""
    value = row.get(column)
    if column in task.answer.also and not value:
        return []
    if isinstance(value, list):
        items = [_label(task, item, language) for item in row.texts(column)]
        return [", ".join(items) if items else said(NOTHING, language)]
    said_in_row = row.word(column) if task.answer.labels else row.text(column)
    text = _label(task, said_in_row, language).strip()
    if not text:
        raise RowFault(MISSING, f"column '{column}' is blank")
    return [text]


def _label(task: TaskMapping, text: str, language: Language) -> str:
    labels = task.answer.labels
    if not labels:
        return text
    if text not in labels:
        near = nearest(text, list(labels))
        raise RowFault(
            UNKNOWN_LABEL, f"{text!r:.40} is not in the label map" + (f"; nearest {near!r}" if near else "")
        )
    return said(labels[text], language)


def _canonical(task: TaskMapping, answer: str, words: tuple[str, ...]) -> str:
    parsed = PARSERS[parser_of(task)](answer, words)
    if parsed is None:
        raise RowFault(UNREADABLE_ANSWER, f"parser '{parser_of(task)}' cannot read {answer!r:.60}")
    return parsed


def parser_of(task: TaskMapping) -> str:
    """The parser that the mapping names, else the one named like the answer form."""
    return task.answer.parser or ("label" if task.choices else task.answer.form)
