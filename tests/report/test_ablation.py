import json

import pytest

from redone.errors import UserError
from redone.report import write_ablation_report
from redone.report.ablation_data import load_ablation


def entry(name, sns, general):
    suites = {"sns": {"greedy": {"score": sns}}, "general": {"greedy": {"score": general}}}
    return {"name": name, "suites": suites}


def row(arm, seed, sns, general):
    return {"arm": arm, "seed": seed, "stages": [entry("base", 30 + seed, 70), entry(arm, sns, general)]}


def write(folder, rows, arms=None):
    folder.mkdir(exist_ok=True)
    (folder / "ablation.json").write_text(json.dumps({"rows": rows, "arms": arms or {}}))
    return folder


def test_arms_are_compared_with_the_base_of_their_own_seed(tmp_path):
    rows = [row("sft", 1, 50, 60), row("sft", 2, 60, 62), row("full", 1, 61, 71), row("full", 2, 66, 69)]
    folder = write(tmp_path, rows, {"sft": {"title": "SFT only"}, "full": {"title": "Full"}})
    data = load_ablation(folder)
    assert data.arms == ("base", "sft", "full")
    assert data.by_seed("base", "greedy", ("sns",)) == {1: 31.0, 2: 32.0}
    text = write_ablation_report(folder).read_text(encoding="utf-8")
    assert "63.5" in text
    assert "61.0\u201366.0" in text
    assert "+32.0" in text
    assert "Against SFT only, seed by seed" in text


def test_groups_of_tasks_have_columns_and_named_tasks_a_table(tmp_path):
    def measured(arm, path, place):
        tasks = {"taxonomy_path": {"score": path}, "place": {"score": place}, "ner": {"score": None}}
        stage = {"name": arm, "suites": {"sns": {"greedy": {"score": 50, "tasks": tasks}}}}
        groups = {"unseen_tasks": ["taxonomy_path", "ner"], "held_out_tasks": ["place"]}
        return {"arm": arm, "seed": 1, "stages": [stage], **groups}

    folder = write(tmp_path, [measured("base", 2.25, 11), measured("full", 31.25, 14)])
    text = write_ablation_report(folder).read_text(encoding="utf-8")
    assert "Never trained" in text
    assert "+29.0" in text  # an unknown score is left out of the mean, never zero
    assert 'id="tasks"' not in text
    path = folder / "ablation.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"tasks": ["place", "ner"]}))
    data = load_ablation(folder)
    assert data.task_by_seed("full", "greedy", "place") == {1: 14.0}
    assert data.task_by_seed("full", "greedy", "ner") == {}
    assert 'id="tasks"' in write_ablation_report(folder).read_text(encoding="utf-8")


def test_a_whole_ablation_is_small_and_needs_no_script(ablation):
    target = write_ablation_report(ablation)
    text = target.read_text(encoding="utf-8")
    assert target.stat().st_size < 1_000_000
    assert "<script" not in text
    assert text.count("<svg") == 2 + 2 * 2 * 3


def test_one_seed_and_one_arm_are_enough(tmp_path):
    text = write_ablation_report(write(tmp_path, [row("rl", 0, 50, 70)])).read_text(encoding="utf-8")
    assert "Against the base" in text
    assert "Against SFT" not in text


def test_rows_without_stages_are_counted(tmp_path):
    folder = write(tmp_path, [row("rl", 0, 50, 70), {"arm": "full", "seed": 0, "stages": []}])
    assert "1 row(s) hold no stages yet" in write_ablation_report(folder).read_text(encoding="utf-8")


@pytest.mark.parametrize("rows", [[], None, 3, [None], [{"arm": 1, "stages": [None, {"suites": 3}]}]])
def test_odd_rows_give_a_page(tmp_path, rows):
    write_ablation_report(write(tmp_path, rows))


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff"])
def test_an_unreadable_file_is_the_users_mistake(tmp_path, content):
    (tmp_path / "ablation.json").write_bytes(content)
    with pytest.raises(UserError, match="cannot be read"):
        write_ablation_report(tmp_path)


def test_a_missing_file_is_the_users_mistake(tmp_path):
    with pytest.raises(UserError, match="does not exist"):
        write_ablation_report(tmp_path)


def test_titles_and_descriptions_are_inert(tmp_path):
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    arms = {"sft": {"title": attack, "description": attack}, attack: {}}
    folder = write(tmp_path, [row("sft", 1, 50, 60), row(attack, 1, 55, 66)], arms)
    text = write_ablation_report(folder).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<img" not in text
