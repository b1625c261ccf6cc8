"""Simulated users: better applications are found better, equal ones are not, and nothing is lost."""

import numpy as np
import polars as pl
import pytest

from redone.bench.runner import Answer
from redone.errors import RedoneError, UserError
from redone.experiment import analyze, read_design, read_log
from redone.experiment.simulate import SimulationSettings, TaskApplications, default_design, simulate
from redone.experiment.simulate.applications import MixedApplications
from redone.experiment.simulate.run import notes_for
from redone.experiment.simulate.served import expected_queries, query_fit, rate_title
from redone.experiment.simulate.sources import Endpoint, clauses, open_arm, world_for
from redone.sources.simulator import WorldSettings, make_world

SIZE = SimulationSettings(users=600, notes=60, days=8, before=3)


@pytest.fixture(scope="module")
def world():
    return make_world(WorldSettings(seed=3))


class Perfect:
    def __init__(self, world):
        self.world = world

    def harmful(self, notes):
        return [note.labels["harm"] != "none" for note in notes]

    def queries(self, notes):
        return [expected_queries(self.world, note)[0] for note in notes]

    def titles(self, notes):
        return [note.body for note in notes]


class Silent:
    def harmful(self, notes):
        return [None for _ in notes]

    def queries(self, notes):
        return ["" for _ in notes]

    titles = queries


class Poor(Silent):
    """Errs in two notes of three and suggests a mere topic after the third."""

    def harmful(self, notes):
        return [(note.labels["harm"] != "none") == (number % 3 == 0) for number, note in enumerate(notes)]

    def queries(self, notes):
        return [self.first(note) if number % 3 == 0 else "" for number, note in enumerate(notes)]

    def first(self, note):
        return note.category[2]


def test_better_applications_win(world, tmp_path):
    poor, good = Poor(), MixedApplications(Third(), Perfect(world), Perfect(world))
    log = simulate(world, {"control": poor, "treatment": good}, default_design(), tmp_path, SIZE)
    analysis = analyze(read_log(log), read_design(tmp_path / "experiment.json"))
    found = {result.metric.name: result for result in analysis.results}
    assert not analysis.blocks
    assert found["harmful_exposure_rate"].outcome == "better"
    assert found["click_page_rate"].outcome == "better"
    assert found["practical_title_ratio"].relative[-1] > 0


class Third(Silent):
    """Errs in every fourth note, so that all rates vary."""

    def harmful(self, notes):
        return [(note.labels["harm"] != "none") == (number % 4 > 0) for number, note in enumerate(notes)]


def test_equal_applications_are_open_or_silent(world, tmp_path):
    arms = {"control": Poor(), "treatment": Poor()}
    log = simulate(world, arms, default_design(), tmp_path, SIZE)
    outcomes = {result.outcome for result in analyze(read_log(log), default_design()).results}
    assert not outcomes & {"better", "worse", "broken"}


def test_a_perfect_filter_has_no_variance_and_so_no_verdict(world, tmp_path):
    arms = {"control": Poor(), "treatment": Perfect(world)}
    log = simulate(world, arms, default_design(), tmp_path, SIZE)
    analysis = analyze(read_log(log), default_design())
    assert "metric_zero_variance" in {finding.reason for finding in analysis.blocks}
    assert analysis.verdicts == {"treatment": "none"}


def test_the_same_seed_gives_the_same_log(world, tmp_path):
    arms = {"control": Silent(), "treatment": Poor()}
    one, other = (simulate(world, arms, default_design(), tmp_path / name, SIZE) for name in "ab")
    assert pl.read_parquet(one).equals(pl.read_parquet(other))


def test_before_the_start_everybody_gets_the_control(world, tmp_path):
    log = read_log(
        simulate(world, {"control": Silent(), "treatment": Third()}, default_design(), tmp_path, SIZE)
    )
    withheld = log.filter(pl.col("withheld")).select("arm", "phase").unique()
    assert withheld.rows() == [("treatment", "during")]
    assert log["event"].is_unique().all()
    assert log.filter(pl.col("withheld"))["vague"].null_count() == log.filter(pl.col("withheld")).height


def test_truths_of_the_simulator(world):
    for note in notes_for(world, 60).notes:
        wanted = expected_queries(world, note)
        assert query_fit(world, note, wanted[0]) == 1.0
        assert query_fit(world, note, "") == 0.0
        bait = note.labels["clickbait"] == "yes"
        vague, practical, authentic, _ = rate_title(world, note, note.title)
        assert vague == bait
        assert not (vague and practical)
        assert rate_title(world, note, "???")[0]
        assert authentic or bait


class Answerer:
    """Says what a table says; None stands for a failed request."""

    def __init__(self, reply):
        self.reply = reply

    def answer(self, prompts):
        for at in reversed(range(len(prompts))):
            text, finish = self.reply(prompts[at][0].content)
            yield Answer(at, text, finish=finish)


def test_the_applications_ask_the_tasks_and_read_their_answers(world):
    notes = notes_for(world, 20).notes
    told = []
    yes = TaskApplications(
        Answerer(lambda p: ("是" if "规则" in p else "yes", "stop")), clauses(world), told.append
    )
    assert yes.harmful(notes) == [True] * len(notes)
    assert sum(told) == len(notes) * len(world.harms)
    rambling = TaskApplications(Answerer(lambda p: ("yes yes yes", "length")), clauses(world))
    assert rambling.harmful(notes) == [None] * len(notes)
    assert rambling.titles(notes) == [""] * len(notes)


def test_a_model_that_is_down_is_no_silent_arm(world):
    down = TaskApplications(Answerer(lambda p: (None, "")), clauses(world))
    with pytest.raises(RedoneError, match="the model is down"):
        down.queries(notes_for(world, 20).notes)


def test_an_arm_is_one_model_or_three(world):
    for given in (["harmful=a", "queries=b"], ["a", "b"], ["harmful=a", "harmful=b", "titles=c"]):
        with pytest.raises(UserError, match="an arm is"):
            open_arm(given, world, Endpoint())


def test_the_world_is_that_of_the_run(tmp_path):
    assert world_for(None, ["http://127.0.0.1:1/v1"], 5).seed == 5
    with pytest.raises(UserError, match="holds no run"):
        world_for(tmp_path, [], 0)
    (tmp_path / "recipe.resolved.json").write_text("{}")
    with pytest.raises(UserError, match="no recipe of this version"):
        world_for(tmp_path, [], 0)


def test_notes_are_in_both_languages(world):
    shelf = notes_for(world, 60)
    assert np.bincount([note.language == "en" for note in shelf.notes]).min() >= 25
    assert len(shelf.notes) == 60


def test_the_served_applications_get_the_policy_and_no_labels(world):
    from redone.experiment.simulate.served_applications import dev_notes, given, policy_of

    policy = policy_of(world)
    assert set(policy.categories) == set(world.harms)
    assert all(set(rule.clause) == {"en", "zh"} for rule in policy.categories.values())
    notes = dev_notes(world, 40)
    assert {note.language for note in notes} == {"zh", "en"}
    assert "harm" not in given(notes[0]).model_dump_json()
    with pytest.raises(UserError, match="no model folder"):
        open_arm(["http://127.0.0.1:1/v1"], world, Endpoint(served=True))
