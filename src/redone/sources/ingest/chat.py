"""General conversations as a task: prompts are whole conversations, the reference is the answer that was given."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from redone.records import Example, Message, Platform
from redone.scoring.normalise import canonical
from redone.scoring.spec import RewardSpec
from redone.sources.ingest.chat_mapping import Chat
from redone.sources.ingest.conversation import conversation
from redone.sources.ingest.faults import LICENCE, MISSING, OTHER_SPLIT, UNKNOWN_LABEL, Row, RowFault
from redone.sources.ingest.mapping import SPLITS, Split, TaskFile
from redone.sources.ingest.quarantine import Quarantine
from redone.sources.ingest.sampling import Sample, stable_hash
from redone.sources.ingest.settings import IngestSettings
from redone.tasks.task import Draft, Task

_HAN = re.compile("[\u3400-\u9fff]")
HAN_SHARE = 0.2
"""Part of Chinese characters from which a conversation is Chinese: one of them says as much as four letters."""


def chat_task(file: TaskFile) -> Task:
    """The task of a file's conversations: general ability, judged by likeness to the given answer."""
    assert file.chat is not None
    wording = ("{conversation}", "{conversation}")
    return Task(
        id=task_id(file),
        capability="general",
        suite="general",
        title={"en": f"Conversations of {file.set}", "zh": f"{file.set} 对话"},
        prompts={"en": wording, "zh": wording},
        answer="free",
        parser="free",
        reward=RewardSpec(kind="metric", metric=file.chat.metric),
        metric=file.chat.metric,
        needs=(f"files of {file.set}",),
        truth="label",
        negatives="none",
        build=_from_records,
    )


def task_id(file: TaskFile) -> str:
    """The id that the section gives, or ``chat_`` and the name of the set."""
    assert file.chat is not None
    return file.chat.id or f"chat_{file.set}"


@dataclass(frozen=True, slots=True)
class _Asked:
    row: Row
    language: str
    messages: tuple[Message, ...]
    unit: str


class ChatCollector:
    """The samples of conversations per split, gathered like those of a task."""

    def __init__(self, file: TaskFile, limits: Mapping[str, int], settings: IngestSettings) -> None:
        assert file.chat is not None
        self.chat: Chat = file.chat
        self.id = task_id(file)
        self.scope = f"{file.set}/{self.id}"
        self.settings = settings
        self.samples: dict[Split, Sample[_Asked]] = {s: Sample(limits[s]) for s in SPLITS}
        self.passed = 0

    def offer(self, row: Row, split: Split, unit: str, quarantine: Quarantine) -> None:
        """Looks at one row; a fault goes to the quarantine under the scope of the conversations."""
        quarantine.count(self.scope)
        try:
            self._licensed(row)
            messages = conversation(self.chat, row)
            language = self._language(row, messages)
        except RowFault as fault:
            quarantine.add(self.scope, row, fault)
            return
        if len(messages[-1].content) > self.chat.answer_characters:
            return
        if sum(len(message.content) for message in messages[:-1]) > self.chat.prompt_characters:
            return
        self.passed += 1
        key = stable_hash(self.settings.seed, self.id, row.file, row.line)
        self.samples[split].offer(key, _Asked(Row(row.file, row.line, {}), language, messages, unit))

    def examples(self, quarantine: Quarantine) -> dict[Split, list[Example]]:
        """The examples per split; a prompt that a later split also has is left out of the earlier one."""
        taken: dict[str, Split] = {}
        done: dict[Split, list[Example]] = {}
        for split in reversed(SPLITS):
            built = []
            for asked in self.samples[split].items():
                key = canonical("\n".join(message.content for message in asked.messages[:-1]))
                if taken.setdefault(key, split) != split:
                    fault = RowFault(OTHER_SPLIT, f"{split} row; kept in {taken[key]}")
                    quarantine.add(self.scope, asked.row, fault)
                    continue
                built.append(self._example(asked, split))
            done[split] = built
        return {split: done[split] for split in SPLITS}

    def _licensed(self, row: Row) -> None:
        if not self.chat.licence_column:
            return
        licence = row.text(self.chat.licence_column)
        if self.chat.licences and licence not in self.chat.licences:
            raise RowFault(LICENCE, f"{licence!r:.40}; chat.licences has {', '.join(self.chat.licences)}")

    def _language(self, row: Row, messages: tuple[Message, ...]) -> str:
        if self.chat.language:
            return self.chat.language
        if self.chat.language_column:
            language = row.text(self.chat.language_column)[:2].lower()
            if language not in ("zh", "en"):
                raise RowFault(UNKNOWN_LABEL, f"language {language!r}; zh and en are known")
            return language
        text = "".join(message.content for message in messages)
        if not text:
            raise RowFault(MISSING, "chat: no text")
        return "zh" if len(_HAN.findall(text)) >= HAN_SHARE * len(text) else "en"

    def _example(self, asked: _Asked, split: Split) -> Example:
        *before, answer = asked.messages
        return Example(
            id=f"{self.id}/{split}/{asked.row.file}:{asked.row.line}",
            task=self.id,
            language=asked.language,
            messages=tuple(before),
            references=(answer.content,),
            target=answer.content,
            template=f"{self.id}/{asked.language}/0",
            units=(asked.unit,),
        )


def _from_records(platform: Platform, rng: random.Random) -> Iterator[Draft]:
    """Nothing: conversations come from files, never from records."""
    return iter(())
