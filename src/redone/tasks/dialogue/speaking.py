"""Lines written in a conversation: role play in a group chat, comfort, an answer to good news."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial

from redone.records import Comment, Platform
from redone.tasks.dialogue.replies import needs_comfort
from redone.tasks.forms import LINE
from redone.tasks.lookup import (
    grouped,
    headline,
    note_templates,
    note_units,
    notes_by_id,
    replies_with_parents,
)
from redone.tasks.task import Draft, Task


def _group_chat(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """The persona answers the last line of a thread; all that such a persona answered there is accepted."""
    personas = {user.id: user.persona for user in platform.users if user.persona}
    notes = notes_by_id(platform)
    pairs = [(r, p) for r, p in replies_with_parents(platform) if r.author_id in personas]
    by_turn = grouped(pairs, lambda pair: (pair[1].id, personas[pair[0].author_id]))
    for (_, persona), turns in by_turn.items():
        parent = turns[0][1]
        note = notes[parent.note_id]
        yield Draft(
            language=parent.language,
            slots={"persona": persona, "title": headline(note), "comment": parent.text},
            answers=tuple(dict.fromkeys(reply.text for reply, _ in turns)),
            templates=note_templates(note),
            units=(
                parent.id,
                parent.author_id,
                *(unit for reply, _ in turns for unit in (reply.id, reply.author_id)),
                *note_units(note),
            ),
        )


def _answered(wanted: Callable[[Comment], bool], platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """A comment and every reply that it got; comments that read the same share their replies."""
    notes = notes_by_id(platform)
    by_text = grouped(replies_with_parents(platform), lambda pair: (pair[1].language, pair[1].text))
    for (language, text), pairs in by_text.items():
        if wanted(pairs[0][1]):
            threads = [notes[parent.note_id] for _, parent in pairs]
            yield Draft(
                language=language,
                slots={"comment": text},
                answers=tuple(dict.fromkeys(reply.text for reply, _ in pairs)),
                units=(
                    *dict.fromkeys(u for pair in pairs for c in pair for u in (c.id, c.author_id)),
                    *note_units(*threads),
                ),
            )


def _good_news(comment: Comment) -> bool:
    return not needs_comfort(comment)


SPEAKING = (
    Task(
        id="group_chat",
        capability="dialogue",
        suite="sns",
        title={"en": "Role play in a group chat", "zh": "群聊角色扮演"},
        prompts={
            "en": (
                "You are {persona}. Group on: {title}\nFriend: {comment}\nYou:",
                'In the group on "{title}", a friend says: {comment} Reply as {persona}.',
                "Group on: {title}\nA friend says: {comment}\nThe reply of {persona}:",
            ),
            "zh": (
                "你是{persona}。群聊：{title}\n朋友：{comment}\n你：",
                "群聊“{title}”里朋友说：{comment} 以{persona}的身份回复。",
                "群聊：{title}\n朋友说：{comment}\n{persona}的回复：",
            ),
        },
        **LINE,
        needs=("users.persona", "comments.parent_id"),
        truth="log",
        negatives="none; all replies by that persona are accepted",
        build=_group_chat,
    ),
    Task(
        id="comfort_writing",
        capability="dialogue",
        suite="sns",
        title={"en": "Words of comfort", "zh": "写安慰的话"},
        prompts={
            "en": (
                "Friend: {comment}\nYour kind reply:",
                "A friend says: {comment} Write what comforts.",
                "A friend says: {comment}\nWrite a kind reply:",
            ),
            "zh": (
                "朋友：{comment}\n你的安慰：",
                "朋友说：{comment} 写一句安慰的话。",
                "朋友说：{comment}\n安慰：",
            ),
        },
        **LINE,
        needs=("comments.parent_id", "comments.labels.emotion"),
        truth="log",
        negatives="none; all replies that such a comment got are accepted",
        build=partial(_answered, needs_comfort),
    ),
    Task(
        id="reply_writing",
        capability="dialogue",
        suite="sns",
        title={"en": "Reply to a comment", "zh": "写回复"},
        prompts={
            "en": (
                "Comment: {comment}\nYour reply:",
                "Write a reply to the comment: {comment}",
                "Comment: {comment}\nWrite a reply:",
            ),
            "zh": ("评论：{comment}\n你的回复：", "给这条评论写回复：{comment}", "评论：{comment}\n写回复："),
        },
        **LINE,
        needs=("comments.parent_id",),
        truth="log",
        negatives="none; comments that need comfort have a task of their own",
        build=partial(_answered, _good_news),
    ),
)
