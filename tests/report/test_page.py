import json
import re
import shutil
from html.parser import HTMLParser

import pytest

from redone.errors import UserError
from redone.report import write_report

VOID = {"meta", "br", "input", "link", "img", "hr"}
ALERTS = "alert loud"


class Page(HTMLParser):
    """Collects elements with their attributes and checks that they nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


def read(path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def edit(path, change):
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_a_whole_run_gives_every_part_in_a_small_file(run):
    target = write_report(run)
    assert target == run / "report.html"
    assert target.stat().st_size < 2_000_000
    ids = [attrs["id"] for attrs in read(target).all("section")]
    expected = "results stages seesaw tasks weak training samples unseen cost settings"
    assert ids == expected.split()
    assert not list(run.glob("*.part"))


def test_the_page_is_the_same_for_the_same_run(run):
    first = write_report(run).read_bytes()
    assert write_report(run).read_bytes() == first


def test_nothing_is_loaded_and_no_script_is_there(run):
    page = read(write_report(run))
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "link", "object", "embed", "base", "form"}
    policy = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "script" not in policy[0]
    assert "url(" not in (run / "report.html").read_text(encoding="utf-8")
    assert all(a["href"].startswith("#") for a in page.all("a"))


def test_the_page_can_be_read_by_assistive_technology(run):
    page = read(write_report(run))
    assert all("scope" in attrs for attrs in page.all("th"))
    assert all(attrs.get("aria-label") and attrs["role"] == "img" for attrs in page.all("svg"))
    assert len(page.all("h1")) == 1
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all(a["href"].removeprefix("#") in ids for a in page.all("a"))


def test_every_sentence_is_there_in_both_languages(run):
    spans = [a.get("lang") for n, a in read(write_report(run)).elements if a.get("class") == "t"]
    assert spans.count("en") == spans.count("zh") > 100


def test_headline_and_stage_table_show_the_scores_of_results(run):
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    text = read(write_report(run)).text
    for stage in results["stages"]:
        for suite in stage["suites"].values():
            for part in suite.values():
                assert f"{part['score']:.1f}" in text


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_scores_as_shares_and_as_points_give_the_same_page(run, scale):
    def rescale(value):
        for stage in value["stages"]:
            for by in stage["suites"].values():
                for part in by.values():
                    holders = [part, part["unseen_templates"], *part["tasks"].values()]
                    for holder in holders:
                        holder["score"] *= scale
                        holder["ci95"] = [b * scale for b in holder.get("ci95", [])]
                    for task in part["tasks"].values():
                        task["baselines"] = {k: v * scale for k, v in task["baselines"].items()}

    edit(run / "results.json", lambda value: None)
    before = read(write_report(run)).text
    edit(run / "results.json", rescale)
    assert read(write_report(run)).text == before


def test_lost_general_ability_is_the_first_thing_on_the_page(run):
    def lose(value):
        value["stages"][-1]["suites"]["general"]["sampled"]["score"] = 12.5

    edit(run / "results.json", lose)
    page = read(write_report(run))
    sections = [a.get("class") or a.get("id") for n, a in page.elements if n in {"section", "div"}]
    assert sections.index(ALERTS) < sections.index("results")
    assert "general ability 12.5" in page.text
    assert "This is the final model." in page.text


def test_no_alarm_without_a_loss(run):
    def hold(value):
        for stage in value["stages"]:
            for part in stage["suites"]["general"].values():
                part["score"] = 60.0

    edit(run / "results.json", hold)
    assert ALERTS not in write_report(run).read_text(encoding="utf-8")


def test_the_recipe_sets_the_tolerance(run):
    edit(run / "recipe.resolved.json", lambda r: r["evaluation"].update(general_tolerance=99))
    assert ALERTS not in write_report(run).read_text(encoding="utf-8")


def test_secrets_of_the_environment_are_hidden(run):
    text = write_report(run).read_text(encoding="utf-8")
    assert "hf_secretvalue" not in text
    assert "hf_token" in text


PARTS = (
    "results.json",
    "metrics.jsonl",
    "recipe.resolved.json",
    "environment.json",
    "stages/00-base",
    "stages/01-exploratory/diagnosis.json",
    "stages/03-refinement/samples.jsonl",
    "stages/02-targeted/stage.json",
    "stages",
)


@pytest.mark.parametrize("part", PARTS)
def test_a_missing_part_gives_a_smaller_page(run, part):
    whole = len(write_report(run).read_bytes())
    path = run / part
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    target = write_report(run)
    read(target)
    assert len(target.read_bytes()) < whole + 1000


def test_a_run_that_is_going_on_shows_the_stages_so_far(run):
    (run / "results.json").unlink()
    for name in ("02-targeted", "03-refinement"):
        shutil.rmtree(run / "stages" / name)
    text = read(write_report(run)).text
    assert "has not finished" in text
    assert "Exploratory RL" in text
    assert "What training changed" in text


def test_an_empty_folder_gives_a_page_that_says_so(tmp_path):
    assert "Nothing has been measured yet" in read(write_report(tmp_path)).text


def test_a_base_alone_gives_a_page(run):
    edit(run / "results.json", lambda value: value.update(stages=value["stages"][:1]))
    shutil.rmtree(run / "stages")
    (run / "metrics.jsonl").unlink()
    assert "Only the base model" in read(write_report(run)).text


def test_no_folder_is_the_users_mistake(tmp_path):
    with pytest.raises(UserError, match="no such run folder"):
        write_report(tmp_path / "absent")


def test_damaged_lines_are_counted_and_shown(run):
    with (run / "metrics.jsonl").open("ab") as log:
        log.write(b'{"stage": "exploratory", "step": 3\n\xff\xfe\n[1, 2]\n\n"text"\n{"step"')
    assert "metrics.jsonl: 5 unreadable line(s)" in read(write_report(run)).text


@pytest.mark.parametrize("damage", [b"{", b"[]", b"\xff\x00", b"[" * 100_000])
@pytest.mark.parametrize("part", ["results.json", "stages/01-exploratory/diagnosis.json"])
def test_a_damaged_file_is_named_and_left_out(run, part, damage):
    (run / part).write_bytes(damage)
    name = "/".join(part.split("/")[1:]) or part
    assert f"{name} cannot be read" in read(write_report(run)).text


DIAGNOSIS_KEYS = (
    "score ci95 n pass_at_k kept all_zero all_one constant_answer constant_share weak reasons plan"
)
WRONG = (None, 7, "text", [], [None, 3], {}, {"a": None}, True, 1e400)


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_values_of_the_wrong_kind_never_stop_the_page(run, wrong):
    entry = {"name": wrong, "seconds": wrong, "examples": wrong, "suites": wrong}
    part = {"score": wrong, "ci95": wrong, "tasks": wrong, "unseen_templates": wrong}
    deep = {"name": "exploratory", "suites": {"sns": {"greedy": part}, "general": {"greedy": wrong}}}
    task = {"score": wrong, "ci95": wrong, "constant": wrong, "baselines": wrong, "n": wrong}
    deeper = {"name": "b", "suites": {"sns": {"greedy": {"score": 0.5, "tasks": {"ner": task, "x": wrong}}}}}
    (run / "results.json").write_text(json.dumps({"stages": [entry, deep, deeper], "headline": wrong}))
    keys = DIAGNOSIS_KEYS.split()
    diagnosis = {"rule": wrong, "tasks": {"ner": dict.fromkeys(keys, wrong), "y": wrong}}
    stage = run / "stages" / "01-exploratory"
    (stage / "diagnosis.json").write_text(json.dumps(diagnosis))
    (stage / "stage.json").write_text(
        json.dumps(dict.fromkeys(("warnings", "notes", "kind", "steps"), wrong))
    )
    sample = dict.fromkeys(("task", "language", "prompt", "references", "output", "score"), wrong)
    for name in ("00-base", "03-refinement"):
        (run / "stages" / name / "samples.jsonl").write_text(json.dumps({**sample, "example_id": "1"}))
    row = {"stage": "exploratory", "step": 1, "loss": wrong, "kept": wrong, "reward_raw": 0.5, "tasks": wrong}
    other = {**row, "step": 2, "tasks": {"ner": wrong}}
    (run / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in (row, other, {"step": wrong})))
    read(write_report(run))


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
def test_foreign_text_is_inert_wherever_it_stands(run, attack):
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


def test_long_answers_are_cut_and_counted(run):
    for name in ("00-base", "03-refinement"):
        path = run / "stages" / name / "samples.jsonl"
        row = {"task": "ner", "example_id": "1", "prompt": "p", "references": ["r"], "output": "x" * 50_000}
        path.write_text(json.dumps({**row, "score": 0.5}))
    text = read(write_report(run)).text
    assert "[+48800]" in text
    assert "x" * 1201 not in text


def test_an_unscored_answer_is_unknown_and_not_zero(run):
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


def test_a_task_that_collapsed_to_one_answer_is_marked(run):
    html = write_report(run).read_text(encoding="utf-8")
    assert "constant answer “不同” in 97 % of samples" in html


def test_a_long_run_stays_small(run):
    rows = [{"stage": "exploratory", "step": s, "loss": s % 7, "reward_raw": 0.5} for s in range(20_000)]
    (run / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert write_report(run).stat().st_size < 1_000_000
