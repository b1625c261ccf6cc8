import pytest

from redone.cli.main import execute
from redone.errors import UserError
from redone.experiment import METRICS, read_design
from redone.experiment.plan import level_of_guess, level_of_log, needs, planned


def test_more_units_find_smaller_changes(design, make_log):
    log = make_log(units=500)
    levels = [level_of_log(log, METRICS[goal.metric]) for goal in design.goals]
    few, many = needs(design, levels, 1000), needs(design, levels, 4000)
    assert few[0].found == pytest.approx(2 * many[0].found)
    assert needs(design, levels, few[0].units)[0].found == pytest.approx(design.goals[0].change, rel=0.01)
    assert planned(design, levels).goals[0].baseline == pytest.approx(levels[0].value)


def test_a_guess_is_between_independent_rows_and_one_row(design):
    loose, alike, same = (level_of_guess(0.2, 10, alike).spread for alike in (0, 0.3, 1))
    assert loose == pytest.approx(0.016)
    assert loose < alike < same == pytest.approx(0.16)
    with pytest.raises(UserError, match="baseline"):
        level_of_guess(0.0, 1, 0)


def test_looking_once_needs_fewer_units(design):
    levels = [level_of_guess(0.2, 10, 0.1)] * 3
    once = design.model_copy(update={"looks": "once"})
    assert needs(once, levels)[0].units < needs(design, levels)[0].units


def test_the_command_plans_and_assigns(tmp_path, capsys):
    out = tmp_path / "experiment.json"
    asked = ["experiment", "plan", "--metric", "click_page_rate", "--baseline", "0.2", "--rows", "5"]
    asked += ["--units", "9000", "--out"]
    assert execute([*asked, str(out)]) == 0
    assert "any day" in capsys.readouterr().out
    assert read_design(out).goals[0].baseline == 0.2
    assert execute(["experiment", "assign", str(out), "u1"]) == 0
    assert capsys.readouterr().out.startswith("u1\t")


@pytest.mark.parametrize(
    "words",
    [
        "plan",
        "plan --metric nothing --baseline 0.2",
        "plan --metric click_page_rate",
        "plan --metric click_page_rate --baseline 0.2 --looks weekly",
        "analyze none.parquet --out x",
        "assign none.json u1",
    ],
)
def test_a_users_mistake_ends_with_two(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert execute(["experiment", *words.split()]) == 2
