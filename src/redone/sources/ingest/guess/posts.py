"""Shapes of single posts: their title, their tags, and what somebody said of them."""

from __future__ import annotations

from redone.sources.ingest.guess.drafter import LANGUAGE_OF, Drafter, Steps, cut, metric
from redone.sources.ingest.guess.roles import Guess, guess_labels, guess_text, separator_of
from redone.sources.ingest.guess.sets import slug
from redone.sources.ingest.guess.wordings import wordings
from redone.sources.ingest.guess.writing import TaskDraft

_LATIN = {
    "情感": "sentiment", "情绪": "emotion", "类别": "category", "分类": "category", "标签": "label",
    "类型": "kind", "立场": "stance", "意图": "intent", "频道": "channel", "等级": "level", "话题": "topic",
}  # fmt: skip


def posts(drafter: Drafter) -> bool:
    """A text with a title, with tags, or with labels."""
    text = guess_text(drafter.columns, drafter.taken)
    if text is None or (text.why != "by name" and _is_log(drafter)):
        return False
    zh = text.column.chinese
    drafter.take("text", text)
    drafter.split_by = "text"
    title = drafter.guess("title")
    if title is not None:
        drafter.take("title", title)
        drafter.choice("title_choice", "matching", "title", zh, "title", "text", prepare=[cut("text")])
    tags = drafter.guess("hashtags")
    if tags is not None:
        _tags_task(drafter, tags, zh)
    labelled(drafter, "text", zh=zh)
    return True


def _tags_task(drafter: Drafter, tags: Guess, zh: bool) -> None:
    drafter.take("hashtags", tags)
    mark = separator_of(tags.column) if tags.column.kind == "text" else ""
    step = [{"do": "split", "column": "hashtags", "at": mark, "into": "hashtags"}] if mark else []
    drafter.task(
        "tags", "extraction", "tags", zh, {"column": "hashtags", "form": "list"},
        remarks=[f"unsure: tags are taken to stand between {mark!r}"] if mark else [],
        prepare=[cut("text"), *step], extra={**metric("set_f1"), "truth": "log"},
    )  # fmt: skip


def labelled(drafter: Drafter, column: str, *, zh: bool) -> None:
    """Add a task for each column of labels."""
    for found in guess_labels(drafter.columns, drafter.taken):
        label_task(drafter, found, zh, "label", "understanding", prepare=[cut(column)], text=column)


def label_task(
    drafter: Drafter, found: Guess, zh: bool, kind: str, capability: str, *, prepare: Steps, text: str = ""
) -> None:
    """Add a task that asks for one column of labels."""
    file = drafter.file
    raw = sorted(found.column.values, key=lambda v: (len(v), v))
    said = found.column.name.rsplit(".", 1)[-1]
    name = slug(said) or _latin(said) or f"label_{len(file.tasks) + 1}"
    column = drafter.take(f"label {name}", found, name if name not in file.columns else f"{name}_label")
    remarks = [] if found.sure else [f"unsure whether '{found.column.name}' is worth asking: {found.why}"]
    if found.column.kind in ("number", "truth"):
        remarks.append("unsure: write what the values mean, as words: {0: safe, 1: offensive}")
    prompts = wordings(kind, LANGUAGE_OF[zh], said)
    if text and text != "text":
        prompts = {k: [w.replace("{text}", f"{{{text}}}") for w in ws] for k, ws in prompts.items()}
    answer = {"column": column, "form": "label", "labels": {value: value for value in raw}}
    drafter.file.tasks.append(
        TaskDraft(
            f"{file.name}_{name}", capability, prompts, answer, remarks, list(prepare), {"balance": True}
        )
    )


def _latin(said: str) -> str:
    """A usual name for a Chinese label column; empty if it is none of them."""
    return next((name for word, name in _LATIN.items() if word in said), "")


def _is_log(drafter: Drafter) -> bool:
    """Whether rows are what somebody did (a user, a thing), rather than what somebody wrote."""
    return "author" in drafter.roles and drafter.guess("item") is not None
