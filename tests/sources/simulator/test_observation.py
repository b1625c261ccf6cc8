"""Labels as logged: the stated share is wrong, part of it by rule, and the truth stays known."""

from collections import defaultdict
from dataclasses import replace

import pytest

from redone.errors import UserError
from redone.records import Example, Message
from redone.sources.simulator import ObservationSettings, Observed, observe, observe_with_truth

LABELS = ("positive", "negative", "neutral")


def labelled(number: int) -> Example:
    return Example(
        id=f"sentiment/{number}",
        task="sentiment",
        language="en",
        messages=(Message("user", f"How is note {number}?"),),
        references=(LABELS[number % 3],),
        target=LABELS[number % 3],
        choices=LABELS,
        template=f"n{number % 397}",
        units=(f"train-n{number}",),
    )


def listed(number: int) -> Example:
    tags = ("food", "home", "pets", "tech", "Paris")
    gold = sorted(tags[(number + i) % 5].lower() for i in range(2))
    return replace(
        labelled(number),
        id=f"hashtags/{number}",
        task="hashtags",
        references=(", ".join(gold),),
        target=" ".join(f"#{tags[(number + i) % 5]}" for i in range(2)),
        choices=tags,
    )


def opened(number: int) -> Example:
    return replace(
        labelled(number),
        id=f"title/{number}",
        task="title",
        references=(f"title {number}", f"other {number}"),
        target=f"title {number}",
        choices=(),
        template="",
    )


def reasoned(number: int) -> Example:
    return replace(
        opened(number),
        id=f"sum/{number}",
        task="sum",
        references=(str(number),),
        target=str(number),
        rationale=f"{number} + 0",
        checks={"inputs": [number]},
        units=(),
    )


def examples(count: int = 4000) -> list[Example]:
    makers = (labelled, listed, opened, reasoned)
    return [makers[number % 4](number) for number in range(count)]


def observed(settings: ObservationSettings, seed: int = 0) -> list[Observed]:
    return list(observe_with_truth(examples(), settings, seed))


def wrong_share(rows: list[Observed]) -> float:
    logged = [row for row in rows if "expert" not in row.changes]
    return sum(row.example.references != row.truth.references for row in logged) / len(logged)


@pytest.mark.parametrize("wrong", [0.0, 0.1, 0.2])
def test_the_stated_share_is_wrong(wrong: float) -> None:
    assert wrong_share(observed(ObservationSettings(wrong=wrong))) == pytest.approx(wrong, abs=0.03)


def test_defaults_are_in_the_realistic_range() -> None:
    settings = ObservationSettings()
    assert 0.1 <= settings.wrong <= 0.2
    assert 0.0 < settings.systematic_share < 1.0
    assert settings.outcome_only


def test_part_of_the_errors_is_systematic() -> None:
    rows = observed(ObservationSettings(wrong=0.2, systematic_share=0.5))
    kinds = [change for row in rows for change in row.changes if change.startswith("wrong")]
    assert kinds.count("wrong-systematic") / len(kinds) == pytest.approx(0.5, abs=0.12)


def test_a_systematic_error_always_takes_a_class_for_the_same_neighbour() -> None:
    taken_for: dict[str, set[str]] = defaultdict(set)
    cells: dict[tuple[str, str], set[bool]] = defaultdict(set)
    settings = ObservationSettings(wrong=0.2, systematic_share=1.0, expert_share=0.0)
    for row in observed(settings):
        if row.truth.task == "sentiment":
            right = row.truth.references[0]
            cells[right, row.truth.template].add("wrong-systematic" in row.changes)
            if "wrong-systematic" in row.changes:
                taken_for[right].add(row.example.references[0])
    assert taken_for
    assert all(len(others) == 1 for others in taken_for.values())
    assert all(len(always) == 1 for always in cells.values())


def test_wrong_answers_are_plausible_and_keep_the_form() -> None:
    for row in observed(ObservationSettings(wrong=0.5, other_wording=1.0, expert_share=0.0)):
        if not any(change.startswith("wrong") for change in row.changes):
            continue
        answer, truth = row.example.references[0], row.truth
        assert answer not in truth.references
        if truth.task == "sentiment":
            assert answer in LABELS
        if truth.task == "hashtags":
            assert len(set(answer.split(", ")) - set(truth.references[0].split(", "))) == 1
            assert row.example.target.startswith("#")
            assert row.example.target != truth.target
        if truth.task == "sum":
            assert row.example.checks == {"inputs": [int(answer)]}


def test_outcome_only_removes_rationales() -> None:
    rows = [row for row in observed(ObservationSettings(expert_share=0.0)) if row.truth.rationale]
    assert rows
    assert all(row.example.rationale == "" for row in rows)
    kept = observed(ObservationSettings(outcome_only=False, wrong=0.0, expert_share=0.0))
    assert all(row.example.rationale == row.truth.rationale for row in kept)


def test_other_wording_changes_the_target_and_never_the_references() -> None:
    rows = observed(ObservationSettings(wrong=0.0, other_wording=0.5, expert_share=0.0))
    platform = [row for row in rows if row.truth.units]
    changed = [row for row in platform if "reworded" in row.changes]
    assert len(changed) / len(platform) == pytest.approx(0.5, abs=0.05)
    for row in rows:
        assert row.example.references == row.truth.references
        assert (row.example.target != row.example.references[0]) == ("reworded" in row.changes)
        if not row.truth.units:
            assert "reworded" not in row.changes


def test_a_task_words_its_log_in_one_way() -> None:
    settings = ObservationSettings(wrong=0.0, other_wording=1.0, expert_share=0.0)
    forms = {
        (r.truth.references[0], r.example.target) for r in observed(settings) if r.truth.task == "sentiment"
    }
    assert len(forms) == 3


def test_exact_tasks_keep_their_form() -> None:
    settings = ObservationSettings(other_wording=1.0, exact_tasks=frozenset({"title"}))
    assert not [r for r in observed(settings) if r.truth.task == "title" and "reworded" in r.changes]


def test_experts_are_right_and_few() -> None:
    rows = observed(ObservationSettings(wrong=0.5))
    experts = [row for row in rows if "expert" in row.changes]
    assert 0.03 < len(experts) / len(rows) < 0.07
    assert all(replace(row.example, truth=row.truth.truth) == row.truth for row in experts)


def test_clean_changes_nothing() -> None:
    assert list(observe(examples(200), ObservationSettings.clean(), 0)) == examples(200)


def test_order_and_number_stay_and_the_seed_decides() -> None:
    settings = ObservationSettings()
    once, again = list(observe(examples(), settings, 7)), list(observe(examples(), settings, 7))
    assert once == again
    assert [example.id for example in once] == [example.id for example in examples()]
    assert list(observe(examples(), settings, 8)) != once


def test_test_data_is_refused() -> None:
    held_out = replace(labelled(1), units=("test-n1", "test-u4"))
    with pytest.raises(UserError, match="test-n1"):
        list(observe([held_out], ObservationSettings(), 0))


def test_wrong_settings_are_named() -> None:
    with pytest.raises(UserError, match="wrong"):
        ObservationSettings(wrong=1.2)
    with pytest.raises(UserError, match="window"):
        ObservationSettings(window=1)
