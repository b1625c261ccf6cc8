import json

import pytest

from redone.bench.catalogue import bench_sets
from redone.bench.runner import Answer, EndpointAnswerer, LocalAnswerer, RunSettings, run_suite
from redone.bench.runner.answerers import Decoding
from redone.bench.runner.store import AnswerStore, key_of
from redone.bench.scoring import ScoreSettings
from redone.errors import UserError

ONLY = ("Note-QueryCorr-topic", "Note-Gender", "Note-NER", "Note-MRC-simple")
SETTINGS = RunSettings(score=ScoreSettings(mode="paper", only=ONLY, resamples=50))


class Scripted:
    """Answers by a rule, and dies after ``until`` answers."""

    def __init__(self, until: int = 10**9, model: str = "m") -> None:
        self.until, self.model, self.asked = until, model, 0

    def facts(self):
        return {"model": self.model}

    def answer(self, prompts):
        for at in reversed(range(len(prompts))):
            if self.asked == self.until:
                raise KeyboardInterrupt
            self.asked += 1
            text = prompts[at][-1].content
            yield Answer(at, f"<think>{text}</think>{'Yes' if len(text) % 2 else '[1'}", finish="stop")

    def work(self):
        return {"answers": self.asked}


def test_a_killed_run_ends_like_a_clean_one(made, tmp_path) -> None:
    total = sum(len(bench_sets()[name].load(made).items) for name in ONLY)
    clean = run_suite("sns-bench", made, Scripted(), tmp_path / "clean", SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        run_suite("sns-bench", made, Scripted(until=int(total * 0.9)), tmp_path / "killed", SETTINGS)
    path = tmp_path / "killed" / "predictions.jsonl"
    path.write_bytes(path.read_bytes()[:-9])  # the last line was being written
    second = Scripted()
    resumed = run_suite("sns-bench", made, second, tmp_path / "killed", SETTINGS)
    assert second.asked == total - int(total * 0.9) + 1
    assert json.dumps(resumed.to_json()) == json.dumps(clean.to_json())
    third = Scripted()
    run_suite("sns-bench", made, third, tmp_path / "killed", SETTINGS)
    assert third.asked == 0
    assert json.loads((tmp_path / "killed" / "work.json").read_text()) == {"answers": second.asked}


def test_thoughts_are_stored_but_not_read(made, tmp_path) -> None:
    run_suite("sns-bench", made, Scripted(), tmp_path / "run", SETTINGS)
    rows = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").open()]
    assert {row["output"] for row in rows} <= {"Yes", "[1"}
    assert all(row["raw"].startswith("<think>") for row in rows)
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["key"] == key_of(result["run"])
    assert result["run"]["prompts"]["sns-bench"].startswith("1-")


def test_answers_of_another_model_prompt_or_data_are_never_mixed(made, tmp_path) -> None:
    out = tmp_path / "run"
    run_suite("sns-bench", made, Scripted(), out, SETTINGS)
    with pytest.raises(UserError, match="model: 'm' -> 'n'"):
        run_suite("sns-bench", made, Scripted(model="n"), out, SETTINGS)
    chinese = RunSettings(score=SETTINGS.score, language="zh")
    with pytest.raises(UserError, match="language: '' -> 'zh'"):
        run_suite("sns-bench", made, Scripted(), out, chinese)
    (made / "Note-NER.json").write_text('[{"question": "q", "content": "c", "answer": "a"}]')
    with pytest.raises(UserError, match="data: "):
        run_suite("sns-bench", made, Scripted(), out, SETTINGS)


def test_every_fact_changes_the_key() -> None:
    facts = {"model": "m", "decoding": {"temperature": 0.0}, "scorer": "1"}
    changed = [facts | {"model": "n"}, facts | {"decoding": {"temperature": 0.1}}, facts | {"scorer": "2"}]
    assert len({key_of(each) for each in [facts, *changed]}) == 4


def test_what_failed_is_unscored_and_asked_again(made, tmp_path) -> None:
    class Failing(Scripted):
        def answer(self, prompts):
            for answer in super().answer(prompts):
                yield Answer(answer.at, None, problem="503 (after 5 attempts)")

    with pytest.raises(UserError, match="items have no answer"):
        run_suite("sns-bench", made, Failing(), tmp_path / "run", SETTINGS)
    rows = [json.loads(line) for line in (tmp_path / "run" / "predictions.jsonl").open()]
    assert all(row["output"] is None and row["problem"] for row in rows)
    again = Scripted()
    run_suite("sns-bench", made, again, tmp_path / "run", SETTINGS)
    assert again.asked == len(rows)


def test_a_store_drops_half_a_line_and_keeps_the_rest(tmp_path) -> None:
    with AnswerStore(tmp_path, {"a": 1}) as store:
        store.add(("f", 0), "\ud83d", {})
        store.add(("f", 1), None, {"problem": "x"})
    with (tmp_path / "predictions.jsonl").open("ab") as stream:
        stream.write(b'{"file": "f", "index": 2, "outp')
    with AnswerStore(tmp_path, {"a": 1}) as store:
        assert store.done == {("f", 0)}
        store.add(("f", 2), "", {})
    assert [json.loads(line)["index"] for line in (tmp_path / "predictions.jsonl").open()] == [0, 2]


def test_a_url_needs_the_models_name() -> None:
    with pytest.raises(UserError, match="--model-name"):
        EndpointAnswerer("http://127.0.0.1:1/v1", "", Decoding())


def test_an_endpoint_that_is_down_gives_problems_not_empty_texts(monkeypatch) -> None:
    from redone.model.endpoint import EndpointClient, EndpointError
    from redone.records import Message

    def fail(self, request):
        raise EndpointError("down", status=None, attempts=2)

    monkeypatch.setattr(EndpointClient, "complete", fail)
    answerer = EndpointAnswerer("http://127.0.0.1:1/v1", "m", Decoding())
    answers = list(answerer.answer([(Message("user", "a"),), (Message("user", "b"),)]))
    assert {answer.at for answer in answers} == {0, 1}
    assert all(answer.text is None and "down" in answer.problem for answer in answers)
    assert answerer.facts()["model"] == "http://127.0.0.1:1/v1#m"


def test_a_tiny_local_model_runs(made, tmp_path) -> None:
    from redone.model import TinySettings, create_model, save_model, train_tokenizer

    texts = ["Post: a Answer: b Yes No [] 1 2 3", "笔记 答案 类目 question document"] * 20
    chat = train_tokenizer(texts, 320)
    model = create_model(TinySettings(hidden=32, layers=1, context=160), chat, seed=0)
    folder = tmp_path / "model"
    save_model(folder, model, chat, "A tiny untrained model for a test.")
    decoding = Decoding(max_new_tokens=4)
    settings = RunSettings(score=ScoreSettings(only=("Note-Gender", "Note-NER"), resamples=50))
    one = run_suite("sns-bench", made, LocalAnswerer(folder, decoding), tmp_path / "one", settings)
    two = run_suite("sns-bench", made, LocalAnswerer(folder, decoding), tmp_path / "two", settings)
    assert one.to_json() == two.to_json()
    lines = sorted((tmp_path / "one" / "predictions.jsonl").read_text().splitlines())
    assert lines == sorted((tmp_path / "two" / "predictions.jsonl").read_text().splitlines())
    rows = [json.loads(line) for line in lines]
    assert {row["finish"] for row in rows} == {"length"}
    cut = sum(row.get("cut", False) for row in rows)
    assert cut > 0
    assert f"{cut} prompts were longer" in " ".join(one.notes)
    assert f"{len(rows)} answers reached the token limit" in one.notes
    work = json.loads((tmp_path / "one" / "work.json").read_text())
    assert work["answers"] == len(lines)
    assert work["slots_floor"] <= work["slots_computed"] < 2 * work["slots_floor"]


def test_a_limit_takes_the_first_items_and_says_so(made, tmp_path) -> None:
    from dataclasses import replace

    result = run_suite("sns-bench", made, Scripted(), tmp_path / "run", replace(SETTINGS, limit=1))
    assert {len(file.places) for file in result.files.values()} == {1}
    assert "only the first 1 items" in result.notes[-1]
    with pytest.raises(UserError, match="limit"):
        run_suite("sns-bench", made, Scripted(), tmp_path / "run", SETTINGS)
