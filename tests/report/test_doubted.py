"""Doubted references on the page: counted by task, tasks in turn, foreign text harmless; nothing without them."""

import json
from pathlib import Path
from typing import Any

import pytest

from redone.report import write_report
from redone.report.sections.doubted import SHOWN


def row(number: int, **rest: Any) -> dict[str, Any]:
    usual = {
        "id": f"s{number}",
        "task": "sentiment",
        "language": "en",
        "prompt": f"How does post {number} sound?",
        "reference": "negative",
        "said": "positive",
        "agreement": 0.75,
        "score": 0.0,
        "usual": 0.6,
    }
    return usual | rest


def made(root: Path, lines: list[str]) -> str:
    folder = root / "stages" / "02-targeted"
    folder.mkdir(parents=True)
    (folder / "doubted.jsonl").write_text("".join(line + "\n" for line in lines))
    return write_report(root).read_text()


def test_every_task_has_its_turn_and_the_surest_come_first(tmp_path: Path) -> None:
    rows = [row(n, agreement=0.5 + n / 100) for n in range(30)]
    rows.append(row(99, task="title", prompt="<script>alert(1)</script>", language="zh", said=""))
    page = made(tmp_path, [json.dumps(r) for r in rows])
    assert "<script>alert" not in page
    assert "post 29 sound" in page
    assert "post 3 sound" not in page
    assert f"The {SHOWN} on which" in page
    assert "all 31 stand" in page
    assert "&lt;script&gt;" in page, "the other task has its turn"


def test_without_doubts_there_is_no_such_part(tmp_path: Path) -> None:
    assert 'id="doubted"' not in made(tmp_path, [])


@pytest.mark.parametrize("line", ["{}", "[1]", '{"task": 3, "agreement": "x"}', "{broken"])
def test_strange_lines_do_no_harm(tmp_path: Path, line: str) -> None:
    assert "<html" in made(tmp_path, [line])
