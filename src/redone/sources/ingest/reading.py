"""How the bytes of a set's files become rows, where the file names do not say it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Format = Literal["jsonl", "json", "csv", "tsv", "parquet", "lines", "conll", "aligned"]
Encoding = Literal[
    "utf-8", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk", "big5", "latin-1", "cp1252", "shift_jis"
]


class Reading(BaseModel):
    """Everything has a usual value: what is not said is taken from the file's name and first bytes.

    ``format``: ``lines`` gives one column ``line``; ``conll`` one token per line and an empty line between
    sentences, as lists in the columns ``tokens`` and ``tags`` (first and last field), or as ``columns`` names
    all fields (``-`` for one that is not read). ``aligned`` is for texts in two files, line by line: the file
    that is named and the one beside it that only differs in the last suffix; ``columns`` are both suffixes.
    ``encoding``: guessed (UTF-8, UTF-16, GB18030, Big5, Western). ``delimiter`` (one character or several, such
    as ``::``) and ``quote`` (empty: quotes are plain characters) are for CSV and TSV. ``columns``: names,
    for a table without a header line. ``rows``: where the rows are in one JSON document (``data``,
    ``result.items``); of an object the values are the rows and its keys the column ``key``; ``*`` is the top.
    Tables written column by column are told by their form.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format | None = None
    encoding: Encoding | None = None
    delimiter: str = Field(default="", max_length=4)
    quote: str = Field(default='"', max_length=1)
    columns: Annotated[
        tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)
    ] = ()
    rows: str = ""
