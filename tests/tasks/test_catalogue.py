import re
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


@pytest.mark.parametrize("language", ["zh", "en"])
def test_held_out_wordings_recombine_known_words(language):
    """They test whether a skill survives another wording, not whether rare words are known."""
    known = set().union(*(_words(w, language) for task in TASKS for w in task.training_prompts(language)))
    for task in TASKS:
        assert _words(task.held_out_prompt(language), language) <= known, task.id


def _words(wording, language):
    plain = re.sub(r"{\w+}", " ", wording.lower())
    return set(re.findall(r"[a-z]+" if language == "en" else r"[一-鿿]", plain))


def test_an_unknown_task_names_the_nearest():
    with pytest.raises(UserError, match="taxonomy_path"):
        get("taxonomy_paths")
