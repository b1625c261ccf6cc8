"""Reading experts' annotation: one JSON object per line, one opinion of one annotator on one pair.

    {"example": "title/en/3f...", "answer_a": "...", "answer_b": "...", "preferred": "a", "annotator": "li"}

``preferred`` is a, b or tie. Several annotators may look at one pair, in either order; their majority counts,
and a pair without one is left out and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from redone.errors import UserError
from redone.scoring.judges import Annotation, Duel, Question, Winner

FIELDS = ("example", "answer_a", "answer_b", "preferred", "annotator")
OTHER: dict[str, Winner] = {"a": "b", "b": "a", "tie": "tie"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """One line of the file. ``example`` is the id of a question of the pool."""

    example: str
    answer_a: str
    answer_b: str
    preferred: Winner
    annotator: str
    line: int


def read_opinions(path: Path) -> list[Opinion]:
    """Every line of an annotation file.

    Raises:
        UserError: the file cannot be read, or a line is wrong: it is named with what was seen and what to write.

    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read ({error.strerror}); give a JSONL file of annotations"
        ) from error
    opinions: list[Opinion] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        opinion = _opinion(line, number, f"{path}, line {number}")
        key = (opinion.example, *sorted((opinion.answer_a, opinion.answer_b)), opinion.annotator)
        if key in seen:
            raise UserError(
                f"{path}, line {number}: {opinion.annotator!r} has judged this pair in line {seen[key]}; keep one"
            )
        seen[key] = number
        opinions.append(opinion)
    if not opinions:
        raise UserError(
            f"{path}: holds no annotation; write one JSON object per line with {', '.join(FIELDS)}"
        )
    return opinions


def placed_answers(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of every line's two answers: either may become the chosen side of a pair.

    Raises:
        UserError: as ``read_opinions``.

    """
    for opinion in read_opinions(path):
        yield f"{path}, line {opinion.line}", f"{opinion.answer_a}\n{opinion.answer_b}"


def _opinion(line: bytes, number: int, where: str) -> Opinion:
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise UserError(f"{where}: is not JSON ({error}); write one object per line") from error
    if not isinstance(row, dict):
        raise UserError(f"{where}: is {type(row).__name__}, not an object with {', '.join(FIELDS)}")
    if missing := [name for name in FIELDS if name not in row]:
        raise UserError(f"{where}: {missing[0]} is missing; the fields are {', '.join(FIELDS)}")
    if strange := sorted(set(row) - set(FIELDS)):
        raise UserError(f"{where}: {strange[0]!r} is no field; the fields are {', '.join(FIELDS)}")
    for name in FIELDS:
        if not isinstance(row[name], str) or not row[name].strip():
            raise UserError(f"{where}: {name} is {row[name]!r}; give a text that is not empty")
    if row["preferred"] not in OTHER:
        raise UserError(f"{where}: preferred is {row['preferred']!r}; write a, b or tie")
    if row["answer_a"] == row["answer_b"]:
        raise UserError(f"{where}: answer_a and answer_b are the same text; leave the pair out")
    return Opinion(**row, line=number)


def agreed(
    opinions: Sequence[Opinion], questions: Mapping[str, Question]
) -> tuple[list[Annotation], Counter[str]]:
    """One annotation per pair by majority of its annotators, and what was left out by reason."""
    votes: dict[tuple[str, str, str], Counter[Winner]] = {}
    left_out: Counter[str] = Counter()
    for opinion in opinions:
        if opinion.example not in questions:
            left_out["annotations of examples that are not in the pool"] += 1
            continue
        first, second = sorted((opinion.answer_a, opinion.answer_b))
        vote = opinion.preferred if opinion.answer_a == first else OTHER[opinion.preferred]
        votes.setdefault((opinion.example, first, second), Counter())[vote] += 1
    annotations = []
    for (example, first, second), counts in votes.items():
        winner, count = counts.most_common(1)[0]
        if 2 * count <= counts.total():
            left_out["annotated pairs on which the experts disagree"] += 1
            continue
        duel = Duel(question=questions[example], answer_a=first, answer_b=second)
        annotations.append(Annotation(duel=duel, preferred=winner))
    return annotations, left_out
