"""Shapes of marked text: tags on tokens, offsets into a text, and questions on a passage."""

from __future__ import annotations

from redone.sources.ingest.guess.drafter import Drafter, cut, metric
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import Guess, guess_text

_PASSAGE_CHARACTERS = 400


def tagged(drafter: Drafter) -> bool:
    """Two lists per row: tokens, and a tag for each."""
    tokens, tags = drafter.guess("tokens"), drafter.guess("tags")
    if tokens is None or tags is None or tokens.column.name == tags.column.name:
        return False
    zh = tokens.column.chinese
    drafter.take("tokens", tokens)
    drafter.take("tags", tags)
    glue = "" if zh else " "
    drafter.file.prepare.append({"do": "join", "column": "tokens", "by": glue, "into": "text"})
    kinds = sorted({tag.partition("-")[2] for tag in tags.column.values if "-" in tag})
    step = {"do": "entities", "tokens": "tokens", "tags": "tags", "typed": True, "glue": glue}
    remarks = ["kinds: raw tag -> the word that the answer has"]
    if tags.column.kind == "numbers":
        remarks = ["unsure: tags are numbers; add `names: [O, B-..., I-...]` to the step, in their order"]
    step |= {"kinds": {kind: kind.lower() for kind in kinds}} if kinds else {}
    drafter.task(
        "names", "extraction", "names", zh, {"column": "names", "form": "list"},
        remarks=remarks, prepare=[{**step, "into": "names"}], extra=metric("set_f1"),
    )  # fmt: skip
    drafter.split_by = "text"
    return True


def spans(drafter: Drafter) -> bool:
    """A text, and the places in it that somebody marked."""
    marks, text = drafter.guess("spans"), guess_text(drafter.columns, drafter.taken)
    if marks is None or text is None:
        return False
    drafter.take("text", text)
    drafter.take("spans", marks)
    drafter.task(
        "pieces", "extraction", "spans", text.column.chinese, {"column": "pieces", "form": "list"},
        remarks=["say in the prompts what the pieces are; `kinds` and `typed` name their kinds"],
        prepare=[{"do": "spans", "text": "text", "offsets": "spans", "into": "pieces"}], extra=metric("set_f1"),
    )  # fmt: skip
    drafter.split_by = "text"
    return True


def questions(drafter: Drafter) -> bool:
    """Passages with questions in them and answers quoted from them, nested as SQuAD nests them."""
    found = next((c for c in drafter.columns.values() if c.kind == "objects" and _has_questions(c)), None)
    if found is None:
        return False
    drafter.take("paragraphs", Guess(found, True, "passages with questions"))
    drafter.file.prepare += [
        {"do": "unfold", "column": "paragraphs", "into": "passage"},
        {"do": "unfold", "column": "passage.qas", "into": "asked"},
        {"do": "take", "column": "passage.context", "into": "text"},
        {"do": "take", "column": "asked.question", "into": "question"},
        {"do": "pick", "column": "asked.answers", "key": "text", "into": "answers"},
    ]
    zh = any("\u4e00" <= c <= "\u9fff" for c in str(found.sample)[:2000])
    drafter.task(
        "question", "extraction", "question", zh, {"column": "answer", "form": "text"},
        remarks=["questions without an answer are left out"],
        prepare=[cut("text", _PASSAGE_CHARACTERS), {"do": "first", "column": "answers", "into": "answer"}],
        extra={"where": {"answers": {"min_length": 1}, "text": {"max_length": _PASSAGE_CHARACTERS}},
               **metric("span_overlap")},
    )  # fmt: skip
    drafter.split_by = "text"
    return True


def _has_questions(column: Column) -> bool:
    return {"context", "qas"} <= {key.split(".")[0] for key in column.keys}
