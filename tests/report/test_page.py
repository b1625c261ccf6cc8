import json

import pytest

from redone.report import write_report

ALERTS = "alert loud"


def test_a_whole_run_gives_every_part_in_a_small_file(run, read):
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


def test_nothing_is_loaded_and_no_script_is_there(run, read):
    page = read(write_report(run))
    names = {name for name, _ in page.elements}
    assert not names & {"script", "img", "iframe", "link", "object", "embed", "base", "form"}
    policy = [a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert len(policy) == 1
    assert "default-src 'none'" in policy[0]
    assert "script" not in policy[0]
    assert "url(" not in (run / "report.html").read_text(encoding="utf-8")
    assert all(a["href"].startswith("#") for a in page.all("a"))


def test_the_page_can_be_read_by_assistive_technology(run, read):
    page = read(write_report(run))
    assert all("scope" in attrs for attrs in page.all("th"))
    assert all(attrs.get("aria-label") and attrs["role"] == "img" for attrs in page.all("svg"))
    assert len(page.all("h1")) == 1
    ids = [attrs["id"] for _, attrs in page.elements if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert all(a["href"].removeprefix("#") in ids for a in page.all("a"))


def test_every_sentence_is_there_in_both_languages(run, read):
    spans = [a.get("lang") for n, a in read(write_report(run)).elements if a.get("class") == "t"]
    assert spans.count("en") == spans.count("zh") > 100


def test_headline_and_stage_table_show_the_scores_of_results(run, read):
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    text = read(write_report(run)).text
    for stage in results["stages"]:
        for suite in stage["suites"].values():
            for part in suite.values():
                assert f"{part['score']:.1f}" in text


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_scores_as_shares_and_as_points_give_the_same_page(run, scale, read, edit):
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


def test_lost_general_ability_is_the_first_thing_on_the_page(run, read, edit):
    def lose(value):
        value["stages"][-1]["suites"]["general"]["sampled"]["score"] = 12.5

    edit(run / "results.json", lose)
    page = read(write_report(run))
    sections = [a.get("class") or a.get("id") for n, a in page.elements if n in {"section", "div"}]
    assert sections.index(ALERTS) < sections.index("results")
    assert "general ability 12.5" in page.text
    assert "This is the final model." in page.text


def test_no_alarm_without_a_loss(run, edit):
    def hold(value):
        for stage in value["stages"]:
            for part in stage["suites"]["general"].values():
                part["score"] = 60.0

    edit(run / "results.json", hold)
    assert ALERTS not in write_report(run).read_text(encoding="utf-8")


def test_the_recipe_sets_the_tolerance(run, edit):
    edit(run / "recipe.resolved.json", lambda r: r["evaluation"].update(general_tolerance=99))
    assert ALERTS not in write_report(run).read_text(encoding="utf-8")


def test_secrets_of_the_environment_are_hidden(run):
    text = write_report(run).read_text(encoding="utf-8")
    assert "hf_secretvalue" not in text
    assert "hf_token" in text


def test_a_task_that_collapsed_to_one_answer_is_marked(run):
    html = write_report(run).read_text(encoding="utf-8")
    assert "constant answer “不同” in 97 % of samples" in html


def test_a_long_run_stays_small(run):
    rows = [{"stage": "exploratory", "step": s, "loss": s % 7, "reward_raw": 0.5} for s in range(20_000)]
    (run / "metrics.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert write_report(run).stat().st_size < 1_000_000


def test_steps_without_an_update_are_named(run, read):
    row = {
        "stage": "exploratory",
        "step": 31,
        "kind": "train",
        "reward_raw": 0.0,
        "diagnosis": "no group <b>",
    }
    with (run / "metrics.jsonl").open("a") as log:
        log.write(json.dumps(row) + "\n")
    text = read(write_report(run)).text
    assert "1 step(s) had no group to train on" in text
    assert "no group <b>" in text


def test_a_diagnosis_belongs_to_the_stage_that_it_names(run, read):
    source = run / "stages" / "01-exploratory" / "diagnosis.json"
    before = read(write_report(run)).text
    target = source.rename(run / "stages" / "02-targeted" / "diagnosis.json")
    value = json.loads(target.read_text(encoding="utf-8"))
    target.write_text(json.dumps({**value, "after": "exploratory"}), encoding="utf-8")
    assert read(write_report(run)).text == before
