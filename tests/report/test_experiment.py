"""The page of an experiment, made of a written analysis."""

import json

import pytest

from redone.errors import UserError
from redone.report import write_experiment_report

LOOKS = {
    "day": ["2026-03-02", "2026-03-03", "2026-03-04"],
    "relative": [0.1, 0.12, 0.11],
    "relative_low": [None, 0.01, 0.03],
    "relative_high": [None, 0.3, 0.2],
}


def metric(name, outcome, **changes):
    return {
        "metric": name, "role": "decision", "aim": "up", "arm": "treatment", "margin": 0.02, "absolute": False,
        "outcome": outcome, "reason": "", "p_holm": 0.01, "variance_kept": 0.7, "control": 0.2,
        "treatment": 0.22, "relative": 0.11, "relative_low": 0.03, "relative_high": 0.2, "looks": LOOKS,
    } | changes  # fmt: skip


@pytest.fixture
def analysis():
    return {
        "schema": 1,
        "name": "titles",
        "design": {"control": "control", "alpha": 0.05, "looks": "daily", "sample_ratio_alpha": 0.001},
        "rows": 1234,
        "repeated": 2,
        "days": LOOKS["day"],
        "arms": [
            {"arm": "control", "units": 50, "expected": 51.0},
            {"arm": "treatment", "units": 52, "expected": 51.0},
        ],
        "sample_ratio": {"p_value": 0.84},
        "blocks": [],
        "notices": [],
        "results": [
            metric("click_page_rate", "better"),
            metric("vague_title_ratio", "worse"),
            metric("own_metric", "open", relative=None, relative_low=None, relative_high=None),
            metric("advertiser_value", "holds", role="guardrail", p_holm=None),
        ],
        "verdicts": {"treatment": "ship"},
    }


@pytest.fixture
def page(tmp_path, analysis, read):
    def make(**changes):
        (tmp_path / "analysis.json").write_text(json.dumps(analysis | changes), encoding="utf-8")
        return read(write_experiment_report(tmp_path))

    return make


def test_every_part_is_there_in_both_languages(page):
    shown = page()
    assert [a["id"] for a in shown.all("section")] == ["results", "metrics-1", "course-1", "arms", "design"]
    assert len(shown.all("svg")) == 1 + 4
    spans = [a.get("lang") for _, a in shown.elements if a.get("class") == "t"]
    assert spans.count("en") == spans.count("zh") > 40
    for words in ("Better", "更好", "own metric", "1\u202f234", "2 rows repeated"):
        assert words in shown.text
    ids = [a["id"] for _, a in shown.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert all(a["href"].removeprefix("#") in ids for a in shown.all("a"))


def test_reasons_are_said_in_both_languages(page):
    block = {"reason": "sample_ratio", "text": "plain", "values": {"counts": "a 1, b 2", "p": 1e-9}}
    text = page(verdicts={"treatment": "none"}, blocks=[block]).text
    assert "Sample-ratio mismatch: the arms have a 1, b 2" in text
    assert "样本比例不符" in text
    assert "No verdict" in text


def test_a_reason_from_elsewhere_is_its_own_text(page):
    blocks = [
        {"reason": "new_one", "text": "something <b>new</b>", "values": {}},
        {"reason": "sample_ratio", "text": "values are missing", "values": {}},
    ]
    shown = page(blocks=blocks)
    assert "something <b>new</b>" in shown.text
    assert "values are missing" in shown.text
    assert not shown.all("b")


def test_foreign_names_are_inert(page):
    hostile = "<script>alert(1)</script>"
    arms = [{"arm": hostile, "units": 1, "expected": 1.0}]
    shown = page(
        name=hostile, verdicts={hostile: hostile}, arms=arms, results=[metric(hostile, hostile, arm=hostile)]
    )
    assert not shown.all("script")
    assert hostile in shown.text


def test_an_analysis_without_anything_gives_a_page(tmp_path, read):
    (tmp_path / "analysis.json").write_text("{}")
    assert [a["id"] for a in read(write_experiment_report(tmp_path)).all("section")] == [
        "results",
        "arms",
        "design",
    ]


@pytest.mark.parametrize("content", [None, "[]", "{"])
def test_without_an_analysis_there_is_no_page(tmp_path, content):
    if content is not None:
        (tmp_path / "analysis.json").write_text(content)
    with pytest.raises(UserError, match=r"analysis\.json"):
        write_experiment_report(tmp_path)
