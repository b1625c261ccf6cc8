"""Drafts from records that carry a label: one builder for every classification with a fixed answer set."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial

from redone.records import Platform
from redone.tasks.lookup import note_templates, note_units, notes_by_id, text_of
from redone.tasks.task import Build, Draft
from redone.tasks.wording import say

YES_NO = ("yes", "no")


def _from_notes(name: str, codes: tuple[str, ...], platform: Platform, rng: random.Random) -> Iterator[Draft]:
    for note in platform.notes:
        code = note.labels.get(name)
        if code in codes:
            yield _closed(text_of(note), code, codes, note.language, note_templates(note), note_units(note))


def _from_comments(
    name: str, codes: tuple[str, ...], platform: Platform, rng: random.Random
) -> Iterator[Draft]:
    notes = notes_by_id(platform)
    for comment in platform.comments:
        code = comment.labels.get(name)
        if code in codes:
            units = (comment.id, comment.author_id, *note_units(notes[comment.note_id]))
            yield _closed(comment.text, code, codes, comment.language, (), units)


def _closed(
    text: str,
    code: str,
    codes: tuple[str, ...],
    language: str,
    templates: tuple[str, ...],
    units: tuple[str, ...],
) -> Draft:
    return Draft(
        language=language,
        slots={"text": text},
        answers=(say(code, language),),
        choices=tuple(say(c, language) for c in codes),
        templates=templates,
        units=units,
    )


def note_label(name: str, codes: tuple[str, ...]) -> Build:
    """Classify a note by its label ``name``; notes with a value outside ``codes`` are not asked about."""
    return partial(_from_notes, name, codes)


def comment_label(name: str, codes: tuple[str, ...]) -> Build:
    """Classify a comment by its label ``name``."""
    return partial(_from_comments, name, codes)
