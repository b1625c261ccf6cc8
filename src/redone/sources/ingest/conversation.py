"""From a row to a conversation: the usual forms of chat data, read into messages."""

from __future__ import annotations

from typing import Any

from redone.records import Message
from redone.records.example import Role
from redone.sources.ingest.chat_mapping import Chat, Form
from redone.sources.ingest.faults import MISSING, MIXED, STEP, Row, RowFault, kind_of

ROLES: dict[str, Role] = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user", "prompter": "user",
    "assistant": "assistant", "gpt": "assistant", "bot": "assistant", "chatgpt": "assistant", "model": "assistant",
}  # fmt: skip
"""Names of speakers in common use."""
COLUMNS: dict[Form, str] = {"messages": "messages", "sharegpt": "conversations"}
_KEYS: dict[Form, tuple[str, str]] = {"messages": ("role", "content"), "sharegpt": ("from", "value")}


def conversation(chat: Chat, row: Row) -> tuple[Message, ...]:
    """The messages of a row, ending with the assistant's last answer; what follows that is left out.

    Raises:
        RowFault: no known form, an unknown speaker, a turn without text, or no answer after a question.

    """
    form = chat.form or form_of(row)
    turns = _alpaca(chat, row) if form == "alpaca" else _listed(chat, form, row)
    while turns and turns[-1].role != "assistant":
        turns.pop()
    if len(turns) < 2:
        raise RowFault(STEP, "chat: no answer of an assistant after a question")
    _in_order(turns)
    return tuple(turns)


def form_of(row: Row) -> Form:
    """The form that a row's columns tell.

    Raises:
        RowFault: none of the known ones.

    """
    if isinstance(row.get("messages"), list):
        return "messages"
    if isinstance(row.get("conversations"), list):
        first = row.values["conversations"][:1]
        return "messages" if first and isinstance(first[0], dict) and "role" in first[0] else "sharegpt"
    if row.get("instruction") is not None:
        return "alpaca"
    there = ", ".join(list(row.values)[:8])
    raise RowFault(
        MISSING, f"chat: no column 'messages', 'conversations' or 'instruction'; there is {there:.100}"
    )


def _listed(chat: Chat, form: Form, row: Row) -> list[Message]:
    column = chat.column or ("messages" if "messages" in row.values and form == "messages" else "")
    column = column or ("conversations" if "conversations" in row.values else COLUMNS[form])
    items = row.get(column)
    if not isinstance(items, list):
        row.take(column)
        raise RowFault(MIXED, f"column '{column}' holds {kind_of(items)}, a list of turns is expected")
    who, what = _KEYS[form]
    turns = [_turn(chat, item, number, who, what) for number, item in enumerate(items, start=1)]
    system = row.get("system")
    if isinstance(system, str) and system.strip() and (not turns or turns[0].role != "system"):
        turns.insert(0, Message("system", system.strip()))
    return turns


def _turn(chat: Chat, item: Any, number: int, who: str, what: str) -> Message:
    if not isinstance(item, dict) or who not in item or what not in item:
        there = ", ".join(map(str, item)) if isinstance(item, dict) else kind_of(item)
        raise RowFault(MISSING, f"chat: turn {number} needs '{who}' and '{what}'; it has {there:.60}")
    role = chat.roles.get(str(item[who])) or ROLES.get(str(item[who]).lower())
    if role is None:
        raise RowFault(STEP, f"chat: turn {number} is by {item[who]!r:.30}; say who that is under chat.roles")
    return Message(role, _text(item[what], number))


def _text(content: Any, number: int) -> str:
    """The text of a turn; parts of text are joined, other parts (pictures) cannot be used."""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        if not all(isinstance(part, str) for part in parts):
            raise RowFault(MIXED, f"chat: turn {number} has a part that is no text")
        content = "\n".join(str(part) for part in parts)
    if not isinstance(content, str):
        raise RowFault(MIXED, f"chat: turn {number} holds {kind_of(content)}, text is expected")
    if not content.strip():
        raise RowFault(MISSING, f"chat: turn {number} is empty")
    return content.strip()


def _alpaca(chat: Chat, row: Row) -> list[Message]:
    def named(name: Any) -> str:
        return str(chat.fields.get(name, name))

    turns = []
    if system := row.get(named("system")):
        turns.append(Message("system", _text(system, 0)))
    for number, pair in enumerate(row.get(named("history")) or [], start=1):
        if not isinstance(pair, list) or len(pair) != 2:
            raise RowFault(MIXED, f"chat: item {number} of '{named('history')}' is no [question, answer]")
        turns += [Message("user", _text(pair[0], number)), Message("assistant", _text(pair[1], number))]
    question = row.text(named("instruction")).strip()
    if more := row.get(named("input")):
        question = f"{question}\n{_text(more, 0)}"
    return [*turns, Message("user", question), Message("assistant", row.text(named("output")).strip())]


def _in_order(turns: list[Message]) -> None:
    """One system message at most, at the top; then question and answer in turn.

    Raises:
        RowFault: another order, which chat templates refuse.

    """
    roles = [turn.role for turn in turns]
    spoken = roles[1:] if roles[0] == "system" else roles
    if spoken != ["user", "assistant"] * (len(spoken) // 2):
        raise RowFault(
            STEP, f"chat: turns are by {', '.join(roles)[:80]}; user and assistant in turn are expected"
        )
