import string
from collections import Counter

import pytest

from redone.errors import UserError
from redone.scoring.router import check_spec
from redone.tasks import CAPABILITIES, catalogue, get, task_ids
from redone.tasks.parsers import PARSERS

TASKS = list(catalogue().values())


def test_breadth():
    counts = Counter(task.capability for task in TASKS)
    assert set(counts) == set(CAPABILITIES)
    assert len(task_ids("sns", "translation")) >= 26
    assert len(task_ids("general")) >= 6


def test_the_eight_sns_bench_tasks_have_a_counterpart():
    assert set(catalogue()) >= {
        "taxonomy", "taxonomy_path", "hashtag", "hashtags", "query_note", "query_level", "mrc", "ner",
        "gender_appeal", "highlights", "query_generation", "translate_zh_en", "translate_en_zh",
    }  # fmt: skip


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.id)
def test_a_task_is_complete(task):
    check_spec(task.reward)
    assert task.parser in PARSERS
    assert set(task.languages) == {"zh", "en"} == set(task.title)
    for wordings in task.prompts.values():
        assert len(wordings) >= 3
        assert len(set(wordings)) == len(wordings)
        slots = {frozenset(name for _, name, _, _ in string.Formatter().parse(w) if name) for w in wordings}
        assert len(slots) == 1, "every wording shows the same parts"
    assert 0 < task.max_share <= 1
    assert task.metric
    assert task.negatives
    assert task.needs or task.suite == "general"


def test_an_unknown_task_names_the_nearest():
    with pytest.raises(UserError, match="taxonomy_path"):
        get("taxonomy_paths")
