"""From the columns of a set to the tasks that they allow."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from redone.sources.ingest.conversation import ROLES
from redone.sources.ingest.guess.names import rank
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import (
    Columns,
    Guess,
    guess,
    guess_labels,
    guess_text,
    is_text,
    separator_of,
)
from redone.sources.ingest.guess.sets import slug
from redone.sources.ingest.guess.wordings import wordings
from redone.sources.ingest.guess.writing import FileDraft, TaskDraft

Steps = Sequence[Mapping[str, Any]]
PROMPT_CHARACTERS = 200
OPTION_CHARACTERS = 60
_SPEAKER = re.compile(r"(speaker|from|role|name|who|by|说话人|角色)(\.\w+)?")
_LANGUAGE_OF = {True: "zh", False: "en"}


class Drafter:
    """Adds tasks to a mapping file as columns are recognised; every column is used in one part at most."""

    def __init__(self, file: FileDraft, columns: Columns) -> None:
        self.file = file
        self.columns = columns
        self.taken: set[str] = set()
        self.roles: dict[str, Guess] = {}
        self.split_by = ""

    def draft(self) -> None:
        """Look for each shape in turn: what is told by structure first, what is told by values last."""
        self._sidelines()
        if self._chat() or self._tagged() or self._turns():
            self._where_to_split()
            return
        for shape in (self._parallel, self._spans, self._pair):
            if shape():
                break
        else:
            self._text_tasks()
        if not self.file.tasks:
            self._behaviour()
        self._where_to_split()

    def take(self, role: str, found: Guess, name: str = "") -> str:
        """Note a column under a role and give it its name in the mapping file."""
        self.taken.add(found.column.name)
        self.roles[role] = found
        name = name or role
        if found.column.name != name:
            self.file.columns[name] = found.column.name
        self.file.column_remarks[name] = ("" if found.sure else "unsure: ") + found.why
        return name

    def _sidelines(self) -> None:
        """Columns that belong to no task of their own, so that none is made of them."""
        for role in ("licence", "split", "language", "id", "author", "group", "time", "parent", "likes"):
            found = guess(role, self.columns, self.taken)
            if found is not None:
                self.roles[role] = found
                self.taken.add(found.column.name)

    def _chat(self) -> bool:
        names = {name.rsplit(".", 1)[-1] for name in self.columns}
        turns = next((c for c in self.columns.values() if c.kind == "objects" and _is_chat(c)), None)
        if turns is None and not {"instruction", "output"} <= names:
            return False
        self.file.chat = {}
        if turns is not None and turns.name not in ("messages", "conversations"):
            self.file.chat |= {
                "form": "messages" if "role" in turns.keys else "sharegpt",
                "column": turns.name,
            }
        if "licence" in self.roles:
            licence = self.roles["licence"].column
            self.file.chat |= {"licence_column": licence.name, "licences": sorted(licence.values)}
        self.file.notes.append("Conversations of general content: they join data.general of the recipe.")
        return True

    def _tagged(self) -> bool:
        tokens, tags = guess("tokens", self.columns, self.taken), guess("tags", self.columns, self.taken)
        if tokens is None or tags is None or tokens.column.name == tags.column.name:
            return False
        zh = tokens.column.chinese
        self.take("tokens", tokens)
        self.take("tags", tags)
        glue = "" if zh else " "
        self.file.prepare.append({"do": "join", "column": "tokens", "by": glue, "into": "text"})
        kinds = sorted({tag.partition("-")[2] for tag in tags.column.values if "-" in tag})
        step = {"do": "entities", "tokens": "tokens", "tags": "tags", "typed": True, "glue": glue}
        remarks = ["kinds: raw tag -> the word that the answer has"]
        if tags.column.kind == "numbers":
            remarks = ["unsure: tags are numbers; add `names: [O, B-..., I-...]` to the step, in their order"]
        step |= {"kinds": {kind: kind.lower() for kind in kinds}} if kinds else {}
        self._task(
            "names", "extraction", "names", zh, {"column": "names", "form": "list"},
            remarks=remarks, prepare=[{**step, "into": "names"}],
            extra={"reward": {"kind": "metric", "metric": "set_f1"}, "metric": "set_f1"},
        )  # fmt: skip
        self.split_by = "text"
        return True

    def _turns(self) -> bool:
        told = [c for c in self.columns.values() if c.name not in self.taken and c.distinct > 20]
        lists = [c for c in told if c.kind == "texts" and c.length >= 12 and rank(c.name, "hashtags") is None]
        objects = [c for c in self.columns.values() if c.kind == "objects" and _keys(c) is not None]
        found = next(iter([*lists, *objects]), None)
        if found is None:
            return False
        self.take("turns", Guess(found, bool(lists), "a list of turns"))
        if found.kind == "texts":
            zh, step = found.chinese, {"do": "last", "column": "turns"}
        else:
            keys = _keys(found)
            assert keys is not None
            zh = any("\u4e00" <= c <= "\u9fff" for c in str(found.sample))
            step = {"do": "turns", "column": "turns", "text": keys[0], "speaker": keys[1]}
        # Before the tasks, so that rows can be split by what was said.
        self.file.prepare.append({**step, "into": "reply", "rest": "context", "keep": 3})
        cut = {"do": "cut", "column": "context", "characters": PROMPT_CHARACTERS}
        self._choice("next_turn", "dialogue", "turn", zh, "reply", "context", prepare=[cut])
        if guess_labels(self.columns, self.taken):
            self.file.prepare.append({"do": "compose", "text": "{context}\n{reply}", "into": "text"})
            self._labelled("text", zh=zh)
        return True

    def _parallel(self) -> bool:
        zh, en = guess("zh", self.columns, self.taken), guess("en", self.columns, self.taken)
        if zh is None or en is None or zh.column.name == en.column.name:
            return False
        self.take("zh", zh)
        self.take("en", en)
        for kind, language, column in (("to_zh", "en", "zh"), ("to_en", "zh", "en")):
            both = {**wordings(kind, "en"), **wordings(kind, "zh")}
            extra = {"reward": {"kind": "metric", "metric": "translation"}, "metric": "translation"}
            where = {language: {"max_length": PROMPT_CHARACTERS}}
            self.file.tasks.append(
                TaskDraft(f"{self.file.name}_{kind}", "translation", both, {"column": column, "form": "text"},
                          extra={"where": where, **extra})
            )  # fmt: skip
        self.split_by = "zh"
        self._labelled("zh", zh=True)
        return True

    def _spans(self) -> bool:
        spans, text = guess("spans", self.columns, self.taken), guess_text(self.columns, self.taken)
        if spans is None or text is None:
            return False
        self.take("text", text)
        self.take("spans", spans)
        step = {"do": "spans", "text": "text", "offsets": "spans", "into": "pieces"}
        self._task(
            "pieces", "extraction", "spans", text.column.chinese, {"column": "pieces", "form": "list"},
            remarks=["say in the prompts what the pieces are; `kinds` and `typed` name their kinds"],
            prepare=[step], extra={"reward": {"kind": "metric", "metric": "set_f1"}, "metric": "set_f1"},
        )  # fmt: skip
        self.split_by = "text"
        return True

    def _pair(self) -> bool:
        first, second = guess("first", self.columns, self.taken), guess("second", self.columns, self.taken)
        if first is None or second is None or first.column.name == second.column.name:
            first, second = self._two_texts()
        if first is None or second is None:
            return False
        zh = first.column.chinese
        self.take("first", first)
        self.take("second", second)
        self.split_by = "first"
        cuts = [{"do": "cut", "column": c, "characters": 120} for c in ("first", "second")]
        labels = guess_labels(self.columns, self.taken)
        score = next((c for c in self.columns.values() if _is_score(c) and c.name not in self.taken), None)
        labels = [found for found in labels if found.sure] or ([] if score is not None else labels)
        for found in labels[:2]:
            self._label_task(found, zh, "pair", "matching", prepare=cuts)
        if not labels and score is not None:
            self._score_task(score, zh, cuts)
        elif not labels:
            self._choice("reply_choice", "dialogue", "reply", zh, "second", "first", prepare=cuts)
        return True

    def _two_texts(self) -> tuple[Guess | None, Guess | None]:
        """Two columns that people wrote, neither a title: likely a pair, if nothing else is known of them."""
        texts = [c for c in self.columns.values() if c.name not in self.taken and is_text(c)]
        apart = [c for c in texts if rank(c.name, "title") is None]
        if len(texts) != 2 or len(apart) != 2 or guess("hashtags", self.columns, self.taken):
            return None, None
        one, other = (Guess(c, False, "one of two texts, taken as a pair") for c in texts)
        return one, other

    def _text_tasks(self) -> None:
        text = guess_text(self.columns, self.taken)
        if text is None or (text.why != "by name" and self._is_log()):
            return
        zh = text.column.chinese
        self.take("text", text)
        self.split_by = "text"
        title = guess("title", self.columns, self.taken)
        if title is not None:
            self.take("title", title)
            like = [{"do": "cut", "column": "text", "characters": PROMPT_CHARACTERS}]
            self._choice("title_choice", "matching", "title", zh, "title", "text", prepare=like)
        tags = guess("hashtags", self.columns, self.taken)
        if tags is not None:
            self.take("hashtags", tags)
            mark = separator_of(tags.column) if tags.column.kind == "text" else ""
            cut = [{"do": "cut", "column": "text", "characters": PROMPT_CHARACTERS}]
            step = [{"do": "split", "column": "hashtags", "at": mark, "into": "hashtags"}] if mark else []
            self._task(
                "tags", "extraction", "tags", zh, {"column": "hashtags", "form": "list"},
                remarks=[f"unsure: tags are taken to stand between {mark!r}"] if mark else [], prepare=[*cut, *step],
                extra={"reward": {"kind": "metric", "metric": "set_f1"}, "metric": "set_f1", "truth": "log"},
            )  # fmt: skip
        self._labelled("text", zh=zh)

    def _labelled(self, column: str, *, zh: bool) -> None:
        cut = [{"do": "cut", "column": column, "characters": PROMPT_CHARACTERS}]
        for found in guess_labels(self.columns, self.taken):
            self._label_task(found, zh, "label", "understanding", prepare=cut, text=column)

    def _is_log(self) -> bool:
        """Whether rows are what somebody did (a user, a thing), rather than what somebody wrote."""
        return "author" in self.roles and guess("item", self.columns, self.taken) is not None

    def _behaviour(self) -> None:
        author, item = (
            self.roles.get("author"),
            guess("item", self.columns, self.taken - {self._name("parent")}),
        )
        named = next((c for c in self.columns.values() if c.name not in self.taken and _is_name(c)), None)
        if author is None or (item is None and named is None):
            return
        shown = Guess(named, False, "what the items are called") if named is not None else item
        assert shown is not None
        self.take("item", shown)
        self.take("author", author)
        step = {"do": "group", "by": ["author"], "collect": {"items": "item"}, "keep": 6}
        if "time" in self.roles and self.roles["time"].column.kind == "number":
            self.take("time", self.roles["time"])
            step["order"] = "time"
        self.file.prepare.append(step)
        self._choice(
            "next_item", "behaviour", "next", shown.column.chinese, "next", "",
            prepare=[{"do": "last", "column": "items", "into": "next", "rest": "seen", "keep": 4}],
            where={"items": {"min_length": 3}},
        )  # fmt: skip
        self.split_by = "author"

    def _label_task(
        self, found: Guess, zh: bool, kind: str, capability: str, *, prepare: Steps, text: str = ""
    ) -> None:
        raw = sorted(found.column.values, key=lambda v: (len(v), v))
        said = found.column.name.rsplit(".", 1)[-1]
        name = slug(said) or _latin(said) or f"label_{len(self.file.tasks) + 1}"
        column = self.take(f"label {name}", found, name if name not in self.file.columns else f"{name}_label")
        remarks = [] if found.sure else [f"unsure whether '{found.column.name}' is worth asking: {found.why}"]
        if found.column.kind in ("number", "truth"):
            remarks.append("unsure: write what the values mean, as words: {0: safe, 1: offensive}")
        prompts = wordings(kind, _LANGUAGE_OF[zh], said)
        if text and text != "text":
            prompts = {k: [w.replace("{text}", f"{{{text}}}") for w in ws] for k, ws in prompts.items()}
        answer = {"column": column, "form": "label", "labels": {value: value for value in raw}}
        self.file.tasks.append(
            TaskDraft(f"{self.file.name}_{name}", capability, prompts, answer, remarks, list(prepare),
                      {"balance": True})
        )  # fmt: skip

    def _score_task(self, score: Column, zh: bool, cuts: Steps) -> None:
        values = sorted(float(v) for v, count in score.values.items() for _ in range(count))
        edge = values[len(values) // 2]
        words = ["否", "是"] if zh else ["no", "yes"]
        self.take("score", Guess(score, False, f"numbers from {values[0]:g} to {values[-1]:g}"))
        step = {"do": "bins", "column": "score", "edges": [edge], "names": words, "into": "alike"}
        said = "含义相同" if zh else "same meaning"
        self.file.tasks.append(
            TaskDraft(
                f"{self.file.name}_alike", "matching", wordings("pair", _LANGUAGE_OF[zh], said),
                {"column": "alike", "form": "label", "labels": words},
                [f"unsure: the border between {words[0]} and {words[1]} is the median, {edge:g}"],
                [*cuts, step], {"balance": True},
            )
        )  # fmt: skip

    def _task(
        self, name: str, capability: str, kind: str, zh: bool, answer: dict[str, Any], **more: Any
    ) -> None:
        prompts = wordings(kind, _LANGUAGE_OF[zh])
        self.file.tasks.append(TaskDraft(f"{self.file.name}_{name}", capability, prompts, answer, **more))

    def _choice(
        self, name: str, capability: str, kind: str, zh: bool, answer: str, like: str, *, prepare: Steps,
        where: dict[str, Any] | None = None,
    ) -> None:  # fmt: skip
        choices: dict[str, Any] = {"count": 3, "characters": OPTION_CHARACTERS}
        choices |= {"like": like, "apart": like} if like else {"hard": False}
        extra = {"where": where} if where else {}
        self._task(
            name, capability, kind, zh, {"column": answer, "form": "label"},
            prepare=prepare, extra={**extra, "choices": choices, "truth": "log"},
        )  # fmt: skip
        self.split_by = self.split_by or like

    def _name(self, role: str) -> str:
        found = self.roles.get(role)
        return found.column.name if found else ""

    def _where_to_split(self) -> None:
        """Public splits stay; else a dialogue, a thread or an author stays in one split, else a text."""
        if {"test", "dev"} <= set(self.file.files):
            return
        if "split" in self.roles and "all" in self.file.files:
            self.file.split = {"column": self._name("split")}
            return
        by = self._name("group") or self._name("author") or self.split_by or self._name("id")
        if self.split_by == "author":
            by = "author"
        elif not self._name("group") and not self._name("author") and self.file.chat is not None:
            by = self._name("id") or self._first_text() or str(self.file.chat.get("column", ""))
        shares = {"dev": 0.1} if "test" in self.file.files else {"dev": 0.1, "test": 0.1}
        self.file.split = {"by": by, **shares} if by else {}

    def _first_text(self) -> str:
        return next((c.name for c in self.columns.values() if is_text(c)), "")


_LATIN = {
    "情感": "sentiment", "情绪": "emotion", "类别": "category", "分类": "category", "标签": "label",
    "类型": "kind", "立场": "stance", "意图": "intent", "频道": "channel", "等级": "level", "话题": "topic",
}  # fmt: skip


def _latin(said: str) -> str:
    """A usual name for a Chinese label column; empty if it is none of them."""
    return next((name for word, name in _LATIN.items() if word in said), "")


def _is_chat(column: Column) -> bool:
    """Turns by a user and an assistant, by whatever usual names."""
    first = column.sample[0] if isinstance(column.sample, list) and column.sample else {}
    who = first.get("role", first.get("from")) if isinstance(first, dict) else None
    return isinstance(who, str) and who.lower() in ROLES and bool({"content", "value"} & set(column.keys))


def _keys(column: Column) -> tuple[str, str] | None:
    """The keys of text and speaker in a list of turns."""
    said = ("value", "say", "said", "line", "内容")
    text = next((key for key in column.keys if rank(key, "text") is not None or key in said), None)
    who = [key for key in column.keys if rank(key, "author") is not None]
    who += [key for key in column.keys if _SPEAKER.fullmatch(key)]
    return (text, who[0]) if text and who else None


def _is_score(column: Column) -> bool:
    return (
        column.kind == "number"
        and column.distinct > 2
        and (
            rank(column.name, "label") is not None
            or column.name.lower() in ("score", "similarity", "分数", "相似度")
        )
    )


def _is_name(column: Column) -> bool:
    return column.kind == "text" and column.distinct > 20 and 3 <= column.length <= 60
