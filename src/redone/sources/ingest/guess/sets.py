"""Which files of a folder belong to one set, and which of its splits each of them is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from redone.sources.ingest.files import COMPRESSED, format_of
from redone.sources.ingest.mapping import SPLITS, Split
from redone.sources.ingest.sniff import TEXT_SUFFIXES

_WORDS: dict[str, Split] = {
    "train": "train", "training": "train", "trn": "train", "训练": "train", "训练集": "train",
    "dev": "dev", "trial": "dev", "val": "dev", "valid": "dev", "validation": "dev", "eval": "dev",
    "验证": "dev", "验证集": "dev",
    "test": "test", "testing": "test", "tst": "test", "测试": "test", "测试集": "test",
}  # fmt: skip
ALIGNED = (".zh", ".en")
"""Last suffixes of two files that hold a text and its translation, line by line."""
_SHARD = re.compile(r"\d+-of-\d+|\d{4}[-_]?\d{2}([-_]?\d{2})?|part[-_]?\d+|\d+")
_APART = re.compile(r"[-_. ]+")
_ABOUT = re.compile(r"^(readme|licen[cs]e|source|notice|changelog|requirements|citation)", re.IGNORECASE)


@dataclass(slots=True)
class FileSet:
    """Files of one set by split; files without a split's name are ``all``. Paths are relative to the root."""

    name: str
    parts: dict[str, list[str]] = field(default_factory=dict)
    aligned: bool = False
    """Texts line by line in two files, of which the Chinese one is named here."""

    @property
    def first(self) -> str:
        """The file to look at: of the training part if there is one."""
        return next(self.parts[part][0] for part in ("train", "all", "dev", "test") if part in self.parts)


def find_sets(root: Path) -> tuple[list[FileSet], list[str]]:
    """The sets below a folder, and the files whose format is not read."""
    sets: dict[str, FileSet] = {}
    left: list[str] = []
    for path in sorted(p for p in root.rglob("*") if p.is_file() and not p.name.startswith(".")):
        inside = path.relative_to(root)
        aligned = _is_aligned(path)
        readable = (aligned or _readable(path)) and not inside.parts[0].startswith("__")
        if not readable or not path.resolve().is_relative_to(root.resolve()):
            left.append(inside.as_posix())
            continue
        if aligned and ALIGNED[1] in path.suffixes:
            continue  # read beside the other one
        words, split = _told(path)
        folder = "_".join(part for part in inside.parts[:-1] if part not in ("data", *_WORDS))
        split = split or next((_WORDS[part] for part in inside.parts[:-1] if part in _WORDS), None)
        name = slug("_".join(filter(None, [folder, *words]))) or "data"
        key = f"{name}{'aligned' if aligned else format_of(path)}"
        found = sets.setdefault(key, FileSet(name, aligned=aligned))
        found.parts.setdefault(split or "all", []).append(inside.as_posix())
    return _named_apart([_sorted(found) for found in sets.values()]), left


def _readable(path: Path) -> bool:
    if _ABOUT.match(path.name):
        return False
    suffixes = [s.lower() for s in path.suffixes if s.lower() not in COMPRESSED]
    return bool(format_of(path)) or (bool(suffixes) and suffixes[-1] in TEXT_SUFFIXES)


def _is_aligned(path: Path) -> bool:
    """Whether a file is one of two that hold a text and its translation, line by line."""
    own = next((suffix for suffix in ALIGNED if suffix in path.suffixes[-2:]), "")
    mate = ALIGNED[own == ALIGNED[0]]
    return bool(own) and path.with_name(path.name.replace(own, mate)).is_file()


def _told(path: Path) -> tuple[list[str], Split | None]:
    """The words of a file's name without suffix, shard numbers and split; and the split."""
    stem = _SHARD.sub("", path.name.split(".")[0])
    words = [word for word in _APART.split(stem) if word]
    split = next((_WORDS[word.lower()] for word in reversed(words) if word.lower() in _WORDS), None)
    return [word for word in words if word.lower() not in _WORDS], split


def _sorted(found: FileSet) -> FileSet:
    """A set with a test but no training part (or files beside the splits) is one whole."""
    if "train" not in found.parts:
        every = [path for part in ("all", *SPLITS) for path in found.parts.get(part, [])]
        found.parts = {"all": every}
    elif "all" in found.parts:
        found.parts["train"] += found.parts.pop("all")
    return found


def _named_apart(sets: list[FileSet]) -> list[FileSet]:
    taken: set[str] = set()
    for found in sets:
        name, number = found.name, 2
        while found.name in taken:
            found.name, number = f"{name}_{number}", number + 1
        taken.add(found.name)
    return sets


def slug(text: str) -> str:
    """A name for sets and tasks: lower-case Latin letters, digits and underscores, a letter first."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return plain if not plain or plain[0].isalpha() else f"set_{plain}"
