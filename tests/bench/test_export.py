"""What is exported is what lm-evaluation-harness loads and runs."""

import json

import pytest

from redone.bench.export import ExportSettings, export_lm_eval
from redone.cli import main as cli
from redone.errors import UserError
from redone.tasks import catalogue


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    out = tmp_path_factory.mktemp("exported")
    return out, export_lm_eval(out, ExportSettings(seed=2, items=2))


def test_every_task_is_written_or_left_out_by_name(exported) -> None:
    out, written = exported
    names = {name.removeprefix("redone_") for name in written.tasks}
    assert names | set(written.left_out) == set(catalogue())
    assert len(names) >= 100
    for name in names:
        rows = [json.loads(line) for line in (out / f"{name}.jsonl").open(encoding="utf-8")]
        assert 1 <= len(rows) <= 2
        assert all(row["prompt"] and row["target"] == row["references"][0] for row in rows)
        assert "!function" not in (out / f"{name}.yaml").read_text(encoding="utf-8")


def test_the_same_seed_writes_the_same_bytes(exported, tmp_path) -> None:
    out, _ = exported
    export_lm_eval(tmp_path, ExportSettings(seed=2, items=2, tasks=("sentiment",)))
    for name in ("sentiment.yaml", "sentiment.jsonl"):
        assert (tmp_path / name).read_bytes() == (out / name).read_bytes()


def test_wrong_names_are_the_users_mistake(tmp_path, capfd) -> None:
    with pytest.raises(UserError, match="sentiment"):
        export_lm_eval(tmp_path, ExportSettings(tasks=("sentimnet",)))
    assert cli.execute(["bench", "export", "helm", "--out", str(tmp_path)]) == 2
    assert "choose lm-eval" in capfd.readouterr().err


def test_the_harness_loads_and_runs_all_of_them(exported, monkeypatch, tmp_path) -> None:
    pytest.importorskip("lm_eval")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets
    from lm_eval.evaluator import evaluate
    from lm_eval.models.dummy import DummyLM
    from lm_eval.tasks import TaskManager

    out, written = exported
    monkeypatch.chdir(out)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    datasets.disable_progress_bars()
    manager = TaskManager(include_path=str(out), include_defaults=False)
    loaded = manager.load(list(written.tasks))
    first = json.loads((out / "sentiment.jsonl").read_text(encoding="utf-8").splitlines()[0])

    class Gold(DummyLM):
        """Answers everything with what the first sentiment item asks for."""

        def generate_until(self, requests, disable_tqdm=False):
            return [f"{first['target']}\nmore" for _ in requests]

    results = evaluate(Gold(), loaded, limit=2, bootstrap_iters=0)["results"]
    assert set(written.tasks) <= set(results)
    assert all("exact_match,answer" in results[name] for name in written.tasks)
    assert results["redone_sentiment"]["exact_match,answer"] >= 0.5
