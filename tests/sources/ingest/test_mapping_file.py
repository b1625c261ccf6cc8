from __future__ import annotations

from pathlib import Path

import pytest

from redone.errors import UserError
from redone.sources.ingest import read_mapping
from redone.sources.ingest.template import fields, fill
from redone.sources.ingest.yaml_file import load_yaml


def changed(toy: Path, old: str, new: str) -> Path:
    path = toy / "toy.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("licence:", "license:", "did you mean 'licence'"),
        ("capability:", "capabilty:", "did you mean 'capability'"),
        ("form: label", "fom: label", "did you mean 'form'"),
        ("train: train", "trian: train", "did you mean 'train'"),
        ("capability: understanding", "capability: reading", "tasks.0.capability"),
        ("form: label,", "form: label, parser: lable,", "did you mean 'label'"),
        ("{text}\\nMood", "{text.__class__}\\nMood", "plain column name"),
        ("{text}\\nMood", "{text\\nMood", "lone"),
        ("{text}\\nMood ({labels}):", "Mood?", "names no column"),
        ("{text}\\nMood", "{text} {choices}\\nMood", "go together"),
        (", labels: {1: good, 0: bad}", "", "needs answer.labels"),
        ("{1: good, 0: bad}", "{1: {zh: hao}, 0: bad}", "no word in 'en'"),
        ("answer:", "reward: {kind: metric, metric: set_f2}\n    answer:", "set_f1"),
        ("answer:", "prepare: [{do: cutt, column: text, characters: 9}]\n    answer:", "cutt"),
        (
            "answer:",
            "prepare: [{do: cut, column: text, charcters: 9}]\n    answer:",
            "did you mean 'characters'",
        ),
        ("set: toy", "set: !!python/name:os.system toy", "YAML"),
        ("set: toy", "set: toy\nset: toy", "YAML"),
        ("set: toy", "set: [toy", "YAML"),
        (", test: test.jsonl", "", "split.by"),
    ],
)
def test_a_wrong_mapping_is_refused_with_the_fix(toy: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(UserError, match=message.replace("(", r"\(")):
        read_mapping(changed(toy, old, new))


def test_an_alias_bomb_is_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join(['*a' + str(i - 1)] * 10)}]" for i in range(1, 9)]
    path = tmp_path / "bomb.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(UserError, match="nodes"):
        load_yaml(path)


def test_a_missing_mapping_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_mapping(tmp_path / "none.yaml")


def test_values_with_braces_are_not_looked_into() -> None:
    assert fill("{a} {{b}} {a}", {"a": "{b.c}"}) == "{b.c} {b} {b.c}"
    assert fields("{a} {{b}} {c_1}") == ["a", "c_1"]


def test_half_a_character_is_refused_with_its_text(toy: Path) -> None:
    path = changed(toy, "set: toy", 'set: toy\norigin: "\\ud83d\\ude00"')
    with pytest.raises(UserError, match="half a character"):
        read_mapping(path)
