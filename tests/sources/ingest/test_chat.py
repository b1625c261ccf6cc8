"""General conversations in the usual forms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from redone.errors import UserError
from redone.records import Message
from redone.scoring import RewardRouter
from redone.sources.ingest import IngestSettings, ingest, read_mapping
from redone.sources.ingest.chat_mapping import Chat
from redone.sources.ingest.conversation import conversation
from redone.sources.ingest.faults import Row, RowFault
from redone.tasks import Scorer

ASKED = (Message("user", "2+2?"), Message("assistant", "4"))
FORMS: list[dict[str, Any]] = [
    {"messages": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]},
    {"messages": [{"role": "user", "content": [{"type": "text", "text": "2+2?"}]},
                  {"role": "assistant", "content": "4"}]},
    {"conversations": [{"from": "human", "value": "2+2?"}, {"from": "gpt", "value": "4"},
                       {"from": "human", "value": "?"}]},
    {"conversations": [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "4"}]},
    {"instruction": "2+2?", "input": "", "output": "4"},
]  # fmt: skip


@pytest.mark.parametrize("values", FORMS)
def test_every_form_gives_the_same_conversation(values: dict[str, Any]) -> None:
    assert conversation(Chat(), Row("f", 1, values)) == ASKED


def test_alpaca_with_input_system_and_history() -> None:
    values = {"q": "And?", "input": "x", "output": "y", "system": "Be brief.", "history": [["a", "b"]]}
    found = conversation(Chat(form="alpaca", fields={"instruction": "q"}), Row("f", 1, values))
    assert [turn.role for turn in found] == ["system", "user", "assistant", "user", "assistant"]
    assert found[-2].content == "And?\nx"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"text": "x"}, "no column 'messages', 'conversations' or 'instruction'; there is text"),
        ({"messages": [{"role": "user", "content": "x"}]}, "no answer of an assistant"),
        ({"messages": [{"role": "judge", "content": "x"}]}, "turn 1 is by 'judge'; say who that is under chat.roles"),
        ({"messages": [{"role": "user"}]}, "turn 1 needs 'role' and 'content'; it has role"),
        ({"messages": [{"role": "user", "content": " "}]}, "turn 1 is empty"),
        ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "has a part that is no text"),
        ({"conversations": [{"from": "gpt", "value": "a"}, {"from": "gpt", "value": "b"}]}, "in turn are expected"),
    ],
)  # fmt: skip
def test_what_is_no_conversation_is_said(values: dict[str, Any], message: str) -> None:
    with pytest.raises(RowFault, match=message):
        conversation(Chat(), Row("f", 1, values))


MAPPING = """
set: helper
licence: Apache-2.0
files: {all: chat.jsonl}
split: {by: id, test: 0.2}
chat: {licence_column: licence, licences: [mit], roles: {pupil: user}, answer_characters: 50}
"""


def test_conversations_are_a_general_task_with_licences_and_faults_by_row(tmp_path: Path) -> None:
    def row(number: int, question: str, licence: str = "mit", role: str = "pupil") -> dict[str, Any]:
        turns = [{"role": role, "content": question}, {"role": "assistant", "content": f"answer {number}"}]
        return {"id": number, "licence": licence, "messages": turns}

    lines = [row(n, f"question {n}") for n in range(60)]
    lines += [row(60, "你好，今天吃什么"), row(61, "x", "secret"), row(62, "y", role="judge")]
    (tmp_path / "chat.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    (tmp_path / "m.yaml").write_text(MAPPING, encoding="utf-8")
    found = ingest([tmp_path / "m.yaml"], None, tmp_path / "q.jsonl", {"train": 30, "dev": 9, "test": 9})
    ((task, parts),) = found.tasks
    assert (task.id, task.suite, len(parts["train"])) == ("chat_helper", "general", 30)
    assert found.quarantined == {"licence not allowed": 1, "step not applicable": 1}
    listed = [json.loads(line) for line in (tmp_path / "q.jsonl").read_text().splitlines()]
    assert [(entry["file"], entry["line"]) for entry in listed] == [("chat.jsonl", 62), ("chat.jsonl", 63)]
    scorer = Scorer(RewardRouter(), {task.id: task})
    example = parts["test"][0]
    assert scorer.score(example, example.target, True).value == 1.0
    assert scorer.score(example, "nothing like it", True).value == 0.0
    limited = ingest(
        [tmp_path / "m.yaml"],
        None,
        None,
        settings=IngestSettings(general_limits={"train": 5, "dev": 1, "test": 1}),
    )
    assert [len(part) for part in limited.tasks[0][1].values()] == [5, 1, 1]


def test_a_mapping_without_tasks_and_chat_or_with_an_unknown_metric_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(MAPPING.split("chat:")[0], encoding="utf-8")
    with pytest.raises(UserError, match="name 'tasks', or 'chat'"):
        read_mapping(path)
    path.write_text(MAPPING.replace("chat: {", "chat: {metric: rogue_l, "), encoding="utf-8")
    with pytest.raises(UserError, match=r"chat\.metric.*rouge_l"):
        read_mapping(path)
