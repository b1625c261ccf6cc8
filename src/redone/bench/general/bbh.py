"""BIG-Bench Hard: 27 tasks, the answer after "answer is", exact match, mean over tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from redone.bench.reading import decode, find_file, home, json_value, numbered, read_bytes, sha256, tar_texts
from redone.bench.sets import Item, Loaded, Mode
from redone.bench.tally import Tally, grouped_tally
from redone.errors import UserError
from redone.scoring.normalise import canonical

ARCHIVE = "bbh-and-cot-prompts.tar.gz"
SOURCE = (
    "Pack the folders bbh and cot-prompts of github.com/suzgunmirac/BIG-Bench-Hard, or name their folder."
)
_LETTER = re.compile(r"\([A-Z]\)")


def load(folder: Path) -> Loaded:
    """Load the tasks' JSON files from the archive or from a folder ``bbh``."""
    own = home(folder, "bbh")
    paths = sorted(own.glob("bbh/*.json")) or sorted(own.glob("*.json"))
    if paths:
        contents = [(path, read_bytes(path)) for path in paths]
        texts = [(path.name, decode(data, path)) for path, data in contents]
        path, digest = own, sha256(b"".join(data for _, data in contents))
    else:
        path = find_file(own, [ARCHIVE], SOURCE)
        data = read_bytes(path)
        texts = [(n, t) for n, t in tar_texts(data, path, ".json") if PurePosixPath(n).parent.name == "bbh"]
        digest = sha256(data)
    rows = []
    for name, text in texts:
        task = PurePosixPath(name).stem
        found = json_value(text, f"{path}:{name}")
        if not isinstance(found, dict) or not isinstance(found.get("examples"), list):
            raise UserError(f'{path}:{name}: no list "examples" in it; get the file anew')
        rows += [({"input": e["input"], "target": str(e["target"])}, task) for e in found["examples"]]
    return Loaded(numbered(rows), digest, path)


def gold(item: Item) -> str:
    """Return the target as the three-shot prompts end their answers."""
    return f"So the answer is {item.row['target']}."


def score(items: Sequence[Item], outputs: Sequence[str], mode: Mode) -> Tally:
    """Compare what follows "answer is": the letter of multiple choice, else the whole text.

    ``fixed`` takes the last "answer is" (or "answer:") and compares canonical texts; ``paper`` takes what
    follows the first, to the character, as OpenCompass 0.4.2 does.
    """
    right, unread = [], 0
    for item, output in zip(items, outputs, strict=True):
        target = item.row["target"]
        letter = bool(_LETTER.fullmatch(target))
        if mode == "paper":
            wanted = target[1] if letter else target
            right.append(float((_first_letter(output) if letter else _first_text(output)) == wanted))
            continue
        found = _settled(output)
        unread += not found
        if letter:
            right.append(float(_bare_letter(found) == target[1]))
        else:
            right.append(float(canonical(found) == canonical(target)))
    groups = [item.group for item in items]
    return grouped_tally(right, groups, headline="exact-match", unread=unread)


def _after_first(output: str) -> str:
    return output.split("answer is ")[1].strip() if "answer is " in output else output


def _first_letter(output: str) -> str:
    text = _after_first(output)
    found = re.search(r"\(([A-Z])\)*", text) or re.search(r"([A-Z])", text)
    return found[1] if found else text


def _first_text(output: str) -> str:
    text = _after_first(output).split("\n")[0].strip().removesuffix(".").strip()
    bold = re.search(r"\*\*(.*?)\*\*", text)
    return bold[1] if bold else text


def _settled(output: str) -> str:
    parts = re.split(r"(?i)\banswer\s*(?:is\b\s*:?|:)", output)
    lines = [line for line in parts[-1].replace("**", "").strip().splitlines() if line.strip()]
    return lines[0].strip().removesuffix(".").strip() if lines else ""


def _bare_letter(text: str) -> str:
    found = re.match(r"\W*([A-Z])\b", text)
    return found[1] if found else ""
