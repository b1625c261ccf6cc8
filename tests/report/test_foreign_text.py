import json
import re

import pytest

from redone.report import write_report

ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</style><script>alert(1)</script>",
    "</svg><svg onload=alert(1)>",
    "' onmouseover='alert(1)",
    "{{ 7919 * 7919 }}{% raw %}",
    "javascript:alert(1)",
    "=HYPERLINK(1)\u202eevil\u0000\u200b\ud800",
    "</title><meta http-equiv=refresh content=0>",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_foreign_text_is_inert_wherever_it_stands(run, attack, read):
    base, last = "00-base", "03-refinement"
    row = {"task": attack, "language": attack, "example_id": attack, "prompt": attack, "references": [attack]}
    for name, score in ((base, 0.0), (last, 1.0)):
        sample = {**row, "output": attack, "score": score, "decoding": "sampled"}
        (run / "stages" / name / "samples.jsonl").write_text(json.dumps(sample) + "\n")
    record = {"name": attack, "kind": attack, "warnings": [attack], "notes": [attack]}
    (run / "stages" / last / "stage.json").write_text(json.dumps(record))
    task = {"score": 0.1, "kept": 1, "weak": True, "constant_answer": attack, "constant_share": 1.0}
    task |= {
        "reasons": [attack],
        "capability": attack,
        "plan": {attack: 3},
        "pass_at_k": {attack: 0.1},
        "n": attack,
    }
    diagnosis = {"rule": {attack: attack}, "tasks": {attack: task}}
    (run / "stages" / base / "diagnosis.json").write_text(json.dumps(diagnosis))
    scored = {"score": 0.2, "constant": {"answer": attack, "share": 1.0}, "baselines": {attack: 0.1}}
    suites = {attack: {attack: {"score": 0.1, "tasks": {attack: scored}}}}
    entries = [{"name": attack, "suites": suites}, {"name": "b", "suites": suites}]
    (run / "results.json").write_text(json.dumps({"stages": entries, "headline": attack}))
    logged = {"stage": attack, "reward_raw": 0.1, "kept": 1, "tasks": {attack: {"raw": 0.5, "length": 3}}}
    (run / "metrics.jsonl").write_text("".join(json.dumps({**logged, "step": s}) + "\n" for s in (1, 2)))
    (run / "recipe.resolved.json").write_text(json.dumps({"name": attack, attack: attack}))
    (run / "environment.json").write_text(json.dumps({attack: [attack]}))
    page = read(write_report(run))
    assert not {name for name, _ in page.elements} & {"script", "img", "iframe", "object", "base"}
    assert not [key for _, attrs in page.elements for key in attrs if key.startswith("on")]
    assert not [a for a in page.all("meta") if a.get("http-equiv") == "refresh"]
    raw = (run / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\u0000\u202a-\u202e\u200b]", raw)
    assert "62710561" not in page.text


def test_long_answers_are_cut_and_counted(run, read):
    for name in ("00-base", "03-refinement"):
        path = run / "stages" / name / "samples.jsonl"
        row = {"task": "ner", "example_id": "1", "prompt": "p", "references": ["r"], "output": "x" * 50_000}
        path.write_text(json.dumps({**row, "score": 0.5}))
    text = read(write_report(run)).text
    assert "[+48800]" in text
    assert "x" * 1201 not in text


def test_an_unscored_answer_is_unknown_and_not_zero(run, read):
    for name, score in (("00-base", None), ("03-refinement", 1.0)):
        row = {
            "task": "ner",
            "example_id": "1",
            "prompt": "p",
            "references": ["r"],
            "output": "o",
            "score": score,
        }
        (run / "stages" / name / "samples.jsonl").write_text(json.dumps(row))
    assert "1 pairs could not be scored" in read(write_report(run)).text
