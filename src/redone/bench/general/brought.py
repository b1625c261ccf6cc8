"""Loaders of sets that the user brings, in the layout upstream publishes them in."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from redone.bench.general.choice import LETTERS, question
from redone.bench.reading import (
    Row,
    csv_rows,
    decode,
    find_file,
    home,
    json_rows,
    json_value,
    need_fields,
    numbered,
    read_bytes,
    sha256,
)
from redone.bench.sets import Load, Loaded
from redone.errors import UserError

GPQA_SOURCE = "Get gpqa_diamond.csv from its authors (github.com/idavidrein/gpqa); they ask not to post it."
AIME_SOURCE = "Write aime2025.jsonl yourself: problem and answer of each of the 30 problems."
NEWS_SOURCE = "Download dataset/news_sorted.json of github.com/IAAR-Shanghai/NewsBench."
WMT_SOURCE = "Put sacrebleu's files of the test set there, such as wmt23.en-zh.src and wmt23.en-zh.ref."
FLORES_SOURCE = "Get FLORES-200 (CC BY-SA 4.0) from its maintainers; its folder devtest is needed."
COMPASS_SOURCE = "Put CompassBench's objective files there: single_choice_*.jsonl and cloze_*.jsonl."
_OPTION = re.compile(r"^\s*([A-D])\s*[:：.、]\s*(.*?)(?=^\s*[A-D]\s*[:：.、]|\Z)", re.MULTILINE | re.DOTALL)
FLORES_PAIRS = (("zho_Hans", "eng_Latn"), ("eng_Latn", "zho_Hans"))


def gpqa(folder: Path) -> Loaded:
    """Load ``gpqa_diamond.csv``. Options are shuffled by a seed made of the question, alike on every run."""
    path = find_file(home(folder, "gpqa"), ["gpqa_diamond.csv"], GPQA_SOURCE)
    data = read_bytes(path)
    rows = csv_rows(decode(data, path))
    wrong = [f"Incorrect Answer {at}" for at in (1, 2, 3)]
    need_fields(rows, ["Question", "Correct Answer", *wrong], path)
    made = []
    for at, row in enumerate(rows):
        options = [row["Correct Answer"].strip(), *(row[name].strip() for name in wrong)]
        order = list(range(4))
        random.Random(row["Question"]).shuffle(order)
        letter = LETTERS[order.index(0)]
        where = f"{path}, row {at}"
        domain = str(row.get("High-level domain", "") or "all")
        made.append(question(row["Question"], [options[place] for place in order], letter, domain, where))
    return Loaded(numbered(made), sha256(data), path)


def aime(folder: Path) -> Loaded:
    """Load ``aime2025.jsonl`` (or OpenCompass' ``aime2025.jsonl`` with "question")."""
    path = find_file(home(folder, "aime2025"), ["aime2025*.jsonl", "aime2025*.json"], AIME_SOURCE)
    data = read_bytes(path)
    made = []
    for at, row in enumerate(json_rows(decode(data, path), path)):
        problem = row.get("problem", row.get("question"))
        if not isinstance(problem, str) or "answer" not in row:
            raise UserError(f'{path}: row {at} needs "problem" and "answer" (it has: {", ".join(row)})')
        made.append(({"problem": problem, "answer": str(row["answer"])}, ""))
    return Loaded(numbered(made), sha256(data), path)


def newsbench(folder: Path) -> Loaded:
    """Load the multiple-choice part of ``news_sorted.json``; the open part needs a grader."""
    path = find_file(home(folder, "newsbench"), ["news_sorted.json"], NEWS_SOURCE)
    data = read_bytes(path)
    parts = json_value(decode(data, path), path)
    if not isinstance(parts, dict) or not any(name.endswith("_object") for name in parts):
        raise UserError(f'{path}: no part named "..._object" in it; get the file anew')
    made = []
    for part in sorted(name for name in parts if name.endswith("_object")):
        need_fields(
            parts[part], ("instruction", "input", "choices", "target_output", "task"), f"{path}:{part}"
        )
        for at, row in enumerate(parts[part]):
            where = f"{path}:{part}, row {at}"
            options = dict(_OPTION.findall(row["choices"]))
            letter = row["target_output"].strip()[:1]
            text = f"{row['instruction']}\n{row['input']}"
            shown = [options.get(x, "").strip() for x in "ABCD"]
            made.append(question(text, shown, letter, f"{part.removesuffix('_object')}/{row['task']}", where))
    return Loaded(numbered(made), sha256(data), path)


def compassbench(folder: Path) -> Loaded:
    """Load the objective files: four options with a letter, or a blank to fill ("cloze")."""
    own = home(folder, "compassbench")
    paths = sorted(p for p in own.glob("*.jsonl") if "single_choice" in p.name or "cloze" in p.name)
    if not paths:
        raise UserError(f"{own}: no single_choice_*.jsonl or cloze_*.jsonl there. {COMPASS_SOURCE}")
    made: list[tuple[Row, str]] = []
    contents = [read_bytes(path) for path in paths]
    for path, data in zip(paths, contents, strict=True):
        rows = json_rows(decode(data, path), path)
        need_fields(rows, ("question", "answer"), path)
        for at, row in enumerate(rows):
            if "cloze" in path.name:
                made.append(
                    ({"question": row["question"].strip(), "answer": str(row["answer"]).strip()}, path.stem)
                )
            else:
                need_fields([row], ("options",), f"{path}, row {at}")
                where = f"{path}, row {at}"
                made.append(question(row["question"], row["options"], str(row["answer"]), path.stem, where))
    return Loaded(numbered(made), sha256(b"".join(contents)), own)


def wmt(year: str) -> Load:
    """Return the loader of a year's test sets, every language pair that the folder holds."""

    def load(folder: Path) -> Loaded:
        own = home(folder, f"wmt{year}")
        sources = sorted([*own.glob(f"wmt{year}.*-*.src"), *own.glob(f"wmt{year}/wmt{year}.*-*.src")])
        if not sources:
            raise UserError(f"{own}: no wmt{year}.*.src there. {WMT_SOURCE}")
        made, contents = [], []
        for path in sources:
            pair = path.name.split(".")[1]
            found = sorted(path.parent.glob(f"wmt{year}.{pair}.ref*"))
            if not found:
                raise UserError(f"{path}: no wmt{year}.{pair}.ref beside it. {WMT_SOURCE}")
            made += _parallel(path, found[0], tuple(pair.split("-")))
            contents += [read_bytes(path), read_bytes(found[0])]
        return Loaded(numbered(made), sha256(b"".join(contents)), own)

    return load


def flores(folder: Path) -> Loaded:
    """Load the devtest lines of Chinese and English, in both directions."""
    own = home(folder, "flores")
    made, contents = [], []
    for source, target in FLORES_PAIRS:
        names = [[f"**/devtest/{code}.devtest", f"**/{code}.devtest"] for code in (source, target)]
        left, right = (find_file(own, pattern, FLORES_SOURCE) for pattern in names)
        short = {"zho_Hans": "zh", "eng_Latn": "en"}
        made += _parallel(left, right, (short[source], short[target]))
        contents += [read_bytes(left), read_bytes(right)]
    return Loaded(numbered(made), sha256(b"".join(contents)), own)


def _parallel(source: Path, target: Path, pair: Sequence[str]) -> list[tuple[Mapping[str, str], str]]:
    lines = [decode(read_bytes(path), path).removesuffix("\n").split("\n") for path in (source, target)]
    if len(lines[0]) != len(lines[1]):
        raise UserError(f"{source} has {len(lines[0])} lines, {target} has {len(lines[1])}: not parallel")
    src, dst = pair[0], pair[1]
    rows = zip(lines[0], lines[1], strict=True)
    return [
        ({"source": a, "reference": b, "src_lang": src, "dst_lang": dst}, f"{src}-{dst}") for a, b in rows
    ]
