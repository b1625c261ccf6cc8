"""Shapes of talk: conversations with an assistant, lists of turns, and one turn per row."""

from __future__ import annotations

import re

from redone.sources.ingest.conversation import ROLES
from redone.sources.ingest.guess.drafter import Drafter, cut
from redone.sources.ingest.guess.names import rank
from redone.sources.ingest.guess.posts import labelled
from redone.sources.ingest.guess.profile import Column
from redone.sources.ingest.guess.roles import Guess, guess_labels, guess_text, is_label

_SPEAKER = re.compile(r"(speaker|from|role|name|who|by|说话人|角色)(\.\w+)?")
_SAID = ("value", "say", "said", "line", "内容")
_KEPT_TURNS = 3


def chat(drafter: Drafter) -> bool:
    """Conversations of general content, which join the general data of a recipe."""
    names = {name.rsplit(".", 1)[-1] for name in drafter.columns}
    turns = next((c for c in drafter.columns.values() if c.kind == "objects" and _is_chat(c)), None)
    if turns is None and not {"instruction", "output"} <= names:
        return False
    file = drafter.file
    file.chat = {}
    if turns is not None and turns.name not in ("messages", "conversations"):
        file.chat |= {"form": "messages" if "role" in turns.keys else "sharegpt", "column": turns.name}
    if "licence" in drafter.roles:
        licence = drafter.roles["licence"].column
        file.chat |= {"licence_column": licence.name, "licences": sorted(licence.values)}
    file.notes.append("Conversations of general content: they join data.general of the recipe.")
    return True


def turn_lists(drafter: Drafter) -> bool:
    """A list of turns per row, as texts or as objects with a speaker."""
    told = [c for c in drafter.columns.values() if c.name not in drafter.taken and c.distinct > 20]
    lists = [c for c in told if c.kind == "texts" and c.length >= 12 and rank(c.name, "hashtags") is None]
    objects = [c for c in drafter.columns.values() if c.kind == "objects" and _keys(c) is not None]
    found = next(iter([*lists, *objects]), None)
    if found is None:
        return False
    drafter.take("turns", Guess(found, bool(lists), "a list of turns"))
    if found.kind == "texts":
        zh, step = found.chinese, {"do": "last", "column": "turns"}
    else:
        keys = _keys(found)
        assert keys is not None
        zh = any("\u4e00" <= c <= "\u9fff" for c in str(found.sample))
        step = {"do": "turns", "column": "turns", "text": keys[0], "speaker": keys[1]}
    # Before the tasks, so that rows can be split by what was said.
    drafter.file.prepare.append({**step, "into": "reply", "rest": "context", "keep": _KEPT_TURNS})
    drafter.choice("next_turn", "dialogue", "turn", zh, "reply", "context", prepare=[cut("context")])
    if guess_labels(drafter.columns, drafter.taken):
        drafter.file.prepare.append({"do": "compose", "text": "{context}\n{reply}", "into": "text"})
        labelled(drafter, "text", zh=zh)
    return True


def turn_rows(drafter: Drafter) -> bool:
    """One row per turn, told by a column of dialogues that repeat and one of few speakers."""
    group, speaker = drafter.roles.get("group"), _speaker(drafter)
    text = guess_text(drafter.columns, drafter.taken)
    if group is None or speaker is None or text is None:
        return False
    if not 2 * group.column.distinct <= group.column.filled:
        return False
    drafter.take("group", group)
    drafter.take("speaker", speaker)
    drafter.take("said", text)
    order = {}
    if "time" in drafter.roles:
        drafter.take("time", drafter.roles["time"])
        order = {"order": "time"}
    step = {"do": "group", "by": ["group"], "collect": {"turns": "said"}, **order}
    last = {"do": "last", "column": "turns", "into": "reply", "rest": "context", "keep": _KEPT_TURNS}
    drafter.file.prepare.append(step)
    drafter.split_by = "group"
    drafter.choice(
        "next_turn", "dialogue", "turn", text.column.chinese, "reply", "context",
        prepare=[last, cut("context")], where={"turns": {"min_length": 2}},
    )  # fmt: skip
    return True


def _speaker(drafter: Drafter) -> Guess | None:
    """Who speaks: a column by that name with few values, also one that was taken for the author."""
    named = [(place, c) for c in drafter.columns.values() if (place := rank(c.name, "speaker")) is not None]
    few = [(place, c) for place, c in named if is_label(c) and c.name != drafter.name("group")]
    return Guess(min(few, key=lambda pair: pair[0])[1], True, "by name") if few else None


def _is_chat(column: Column) -> bool:
    """Turns by a user and an assistant, by whatever usual names."""
    first = column.sample[0] if isinstance(column.sample, list) and column.sample else {}
    who = first.get("role", first.get("from")) if isinstance(first, dict) else None
    return isinstance(who, str) and who.lower() in ROLES and bool({"content", "value"} & set(column.keys))


def _keys(column: Column) -> tuple[str, str] | None:
    """The keys of text and speaker in a list of turns."""
    text = next((key for key in column.keys if rank(key, "text") is not None or key in _SAID), None)
    who = [key for key in column.keys if rank(key, "author") is not None]
    who += [key for key in column.keys if _SPEAKER.fullmatch(key)]
    return (text, who[0]) if text and who else None
