"""GAOKAO-Bench, objective questions: 14 files, points for each sub-question, mean over files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from redone.bench.reading import decode, find_file, home, json_value, numbered, read_bytes, sha256, tar_texts
from redone.bench.sets import Item, Loaded, Mode
from redone.bench.tally import Tally, grouped_tally
from redone.errors import UserError

ARCHIVE = "objective.tar.gz"
SOURCE = "Pack Data/Objective_Questions of github.com/OpenLMLab/GAOKAO-Bench, or name that folder."
_FIVE_OF_SEVEN = "Cloze_Test"
_SEVERAL = ("Chinese_Modern_Lit", "Fill_in_Blanks", "Geography", "Reading_Comp", "Lang_and_Usage")
_MARK = re.compile(r"【答案】\s*[:：]*\s*(.*?)(?:<eoa>|【|$)", re.DOTALL)


def load(folder: Path) -> Loaded:
    """Load the question files from the archive or from plain JSON files."""
    own = home(folder, "gaokao-bench-objective")
    paths = sorted(p for p in own.glob("**/*.json") if p.name[:2] == "20")
    if paths:
        contents = [(path, read_bytes(path)) for path in paths]
        texts = [(path.name, decode(data, path)) for path, data in contents]
        path, digest = own, sha256(b"".join(data for _, data in contents))
    else:
        path = find_file(own, [ARCHIVE], SOURCE)
        data = read_bytes(path)
        texts, digest = list(tar_texts(data, path, ".json")), sha256(data)
    rows = []
    for name, text in texts:
        found = json_value(text, f"{path}:{name}")
        if not isinstance(found, dict) or not isinstance(found.get("example"), list):
            raise UserError(f'{path}:{name}: no list "example" in it; get the file anew')
        rows += [(row, PurePosixPath(name).stem) for row in found["example"]]
    return Loaded(numbered(rows), digest, path)


def kind(group: str) -> str:
    """Return how a file is answered: single, several (choices), multiple (letters), five-of-seven."""
    if _FIVE_OF_SEVEN in group:
        return "five-of-seven"
    if "Physics" in group:
        return "multiple"
    return "several" if any(part in group for part in _SEVERAL) else "single"


def gold(item: Item) -> str:
    """Return the answer in the form that the set's own prompts ask for."""
    return f"【答案】 {' '.join(item.row['answer'])} <eoa>"


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Score each file by its rule; an answer with the wrong number of letters counts all wrong.

    Credit is the share of sub-questions, and of two points in multiple choice of several letters: both for
    the exact letters, one for some of them and no other. ``fixed`` reads every kind after the answer marker
    where there is one; ``paper`` reads single choice as the last letter of the whole output.
    """
    credit, unread, weights = [], 0, []
    for item, output in zip(items, outputs, strict=True):
        wanted = [str(answer) for answer in item.row["answer"]]
        found = _letters(kind(item.group), output, len(wanted), mode)
        unread += not found
        credit.append(_credit(kind(item.group), wanted, found))
        weights.append(2.0 if kind(item.group) == "multiple" else float(len(wanted)))
    groups = [item.group for item in items]
    return grouped_tally(credit, groups, headline="points", unread=unread, weights=weights)


def _credit(form: str, wanted: list[str], found: list[str]) -> float:
    if form == "multiple":
        right, said = set(wanted[0]), set(found[0]) if found else set()
        return 1.0 if said == right else 0.5 if said and said < right else 0.0
    if len(found) != len(wanted):
        return 0.0
    return sum(a == b for a, b in zip(found, wanted, strict=True)) / len(wanted)


def _letters(form: str, output: str, count: int, mode: Mode) -> list[str]:
    marked = _MARK.findall(output)
    text = marked[-1] if marked else ""
    if form == "single":
        # A file of single choice has a few questions with several parts.
        if count > 1:
            return _first(text or output, "A-D", count)
        found = re.findall("[A-D]", text if mode == "fixed" and text else output)
        return found[-1:]
    if form == "multiple":
        found = re.findall("[A-D]", text or output.rpartition("答案")[2])
        return ["".join(sorted(set(found)))] if found else []
    if form == "five-of-seven":
        return _first(text or output, "A-G", count)
    return re.findall("[A-D]", text) if text else _first(output, "A-D", count)


def _first(text: str, letters: str, count: int) -> list[str]:
    return re.findall(f"[{letters}]", text)[:count]
