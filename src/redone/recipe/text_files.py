"""Plain text from curated files: JSONL or Parquet with a column ``text``, as curation writes them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import orjson
import polars as pl

from redone.errors import UserError
from redone.recipe.config import TextSource

TEXT_COLUMN = "text"


@dataclass(frozen=True, slots=True)
class Texts:
    """Documents of one source: to read, and held out."""

    train: list[str]
    held_out: list[str]


def texts_of_files(source: TextSource, key: str) -> Texts:
    """The first ``held_out`` different texts, in an order that the texts alone decide, and then ``documents``."""
    texts = list(dict.fromkeys(chain.from_iterable(_read(Path(name), key) for name in source.files)))
    random.Random(0).shuffle(texts)
    if len(texts) <= source.held_out:
        raise UserError(
            f"{key}.files: {len(texts)} different texts, of which {source.held_out} would be held out; "
            "give more text or lower held_out"
        )
    return Texts(texts[source.held_out :][: source.documents], texts[: source.held_out])


def placed_texts(source: TextSource, key: str) -> Iterator[tuple[str, str]]:
    """Yield (where, text) of every text in the files of a source, as they stand there."""
    for name in source.files:
        for file in text_files(name, key):
            for at, text in enumerate(_read(file, key), start=1):
                yield f"{file}, text {at}", text


def text_files(name: str, key: str) -> list[Path]:
    """The files that a path stands for: itself, or the JSONL and Parquet files in the folder.

    Raises:
        UserError: there are none.

    """
    path = Path(name)
    if path.is_file():
        return [path]
    found = sorted(f for f in path.rglob("*") if f.suffix in {".jsonl", ".parquet"}) if path.is_dir() else []
    if not found:
        raise UserError(f"{key}.files: {path} is no file, and no folder with .jsonl or .parquet files")
    return found


def _read(path: Path, key: str) -> Iterator[str]:
    for file in text_files(str(path), key):
        try:
            texts = _parquet(file) if file.suffix == ".parquet" else _jsonl(file)
            yield from (text for text in texts if text.strip())
        except (pl.exceptions.PolarsError, orjson.JSONDecodeError, KeyError, TypeError, OSError) as error:
            raise UserError(
                f"{key}.files: {file} cannot be read ({error}); it needs rows with a text in {TEXT_COLUMN!r}, "
                "as `redone curate` writes them"
            ) from error


def _parquet(file: Path) -> list[str]:
    return pl.read_parquet(file, columns=[TEXT_COLUMN])[TEXT_COLUMN].drop_nulls().cast(pl.String).to_list()


def _jsonl(file: Path) -> Iterator[str]:
    with file.open("rb") as lines:
        for line in lines:
            if line.strip():
                text = orjson.loads(line)[TEXT_COLUMN]
                if not isinstance(text, str):
                    raise TypeError(f"{TEXT_COLUMN} is {text!r}")
                yield text
