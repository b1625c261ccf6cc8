"""What the page is told: the right numbers, nothing from outside, and a sentence for what is damaged."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from redone.errors import UserError
from redone.serving.console.app import console_service
from redone.serving.console.live import LiveLogs
from redone.serving.console.places import Places
from redone.serving.engine import Engine
from redone.serving.http.settings import ServiceSettings

KEY = "a-secret-key-of-tests-0123456789"
Get = Callable[..., Any]


def client_of(root: Path, **settings: Any) -> TestClient:
    service = console_service(root, ServiceSettings(**settings))
    return TestClient(service.app, base_url="http://127.0.0.1", raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client(runs: Path) -> TestClient:
    return client_of(runs)


@pytest.fixture(scope="module")
def get(client: TestClient) -> Get:
    def call(path: str, **params: Any) -> Any:
        answer = client.get(f"/api/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return call


def test_the_page_is_served_with_a_strict_policy(client: TestClient) -> None:
    for path in ("/", "/console.js", "/console.css", "/icon.svg", "/words.json"):
        answer = client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
    page = client.get("/").text
    assert "http://" not in page
    assert "https://" not in page
    assert "style=" not in page
    script = client.get("/console.js").text
    for way_in in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way_in not in script


def test_every_sentence_has_both_languages_and_the_same_values(client: TestClient) -> None:
    import re

    sentences = client.get("/words.json").json()
    for key, entry in sentences.items():
        assert entry["en"], key
        assert entry["zh"], key
        values = [set(re.findall(r"\{(\w+)", entry[lang])) for lang in ("en", "zh")]
        assert values[0] == values[1], key
    used = set(re.findall(r'\bt\("(\w+)"', client.get("/console.js").text))
    assert used <= set(sentences), used - set(sentences)


def test_runs_and_experiments_are_found(get: Get) -> None:
    found = get("overview")
    states = {run["name"]: run["state"] for run in found["runs"]}
    assert states == {"demo": "done", "nested/live": "running", "broken": "running", "linked": "empty"}
    assert found["experiments"] == ["ab"]
    assert found["model"] == ""


def test_a_finished_run(get: Get) -> None:
    run = get("run", run="demo")
    assert [stage["name"] for stage in run["stages"]] == ["base", "exploratory", "targeted"]
    assert run["stages"][2]["scores"]["sampled"]["sns"]["score"] == 70.0
    assert run["stages"][1]["curves"]["reward_raw"] == [[float(n), 0.5] for n in range(1, 5)]
    assert run["problems"] == []
    assert run["seed"] == 3


def test_a_run_that_goes_on(runs: Path, tmp_path: Path) -> None:
    shutil.copytree(runs / "nested", tmp_path / "runs")
    client = client_of(tmp_path / "runs")
    log = tmp_path / "runs" / "live" / "metrics.jsonl"

    def stage() -> dict[str, Any]:
        run = client.get("/api/run", params={"run": "live"}).json()
        assert run["state"] == "running"
        assert run["problems"] == []
        return dict(run["stages"][1])

    assert (stage()["state"], stage()["step"], stage()["planned"]) == ("begun", 2, 8)
    with log.open("a") as file:
        file.write('{"stage":"exploratory","step":3,"kind":"train","reward_raw":0.9}\n{"stage":"explor')
    assert stage()["step"] == 3  # the half-written row is still on its way, not damaged
    with log.open("a") as file:
        file.write('atory","step":4,"kind":"train","reward_raw":1.0}\n')
    assert stage()["curves"]["reward_raw"][-1] == [4.0, 1.0]


def test_a_log_replaced_by_a_resume_is_read_anew(tmp_path: Path) -> None:
    log, logs = tmp_path / "metrics.jsonl", LiveLogs()
    row = '{{"stage":"a","step":{},"kind":"train","loss":{}}}\n'
    log.write_text("".join(row.format(n, n) for n in range(1, 9)))
    assert logs.read(log)["stages"][0]["last"]["step"] == 8
    new = tmp_path / "new"
    new.write_text("".join(row.format(n, 7) for n in range(1, 4)))
    new.replace(log)
    stage = logs.read(log)["stages"][0]
    assert stage["last"]["step"] == 3
    assert stage["curves"]["loss"] == [(1.0, 7.0), (2.0, 7.0), (3.0, 7.0)]


def test_a_long_log_is_thinned(tmp_path: Path) -> None:
    log = tmp_path / "metrics.jsonl"
    log.write_text("".join(f'{{"stage":"a","step":{n},"loss":{n % 7}}}\n' for n in range(1, 30_001)))
    stage = LiveLogs().read(log)["stages"][0]
    assert stage["last"]["step"] == 30_000
    assert len(stage["curves"]["loss"]) <= 160


def test_the_weakness_map(get: Get) -> None:
    (found,) = get("weakness", run="demo")["diagnoses"]
    assert found["after"] == "exploratory"
    tasks = {task["task"]: task for task in found["tasks"]}
    assert tasks["sentiment"]["weak"]
    assert tasks["sentiment"]["score"] == 20.0
    assert tasks["sentiment"]["later"] == 70.0
    assert not tasks["ner"]["weak"]


def test_rollouts_are_filtered_and_paged(get: Get) -> None:
    whole = get("rollouts", run="demo", stage="01-exploratory")
    assert (whole["total"], len(whole["rows"]), whole["steps"]) == (60, 25, [0, 7])
    assert whole["rows"][2]["raw"] == 0.5
    assert whole["rows"][2]["shaped"] == 0.25
    last = get("rollouts", run="demo", stage="01-exploratory", page=2)
    assert [row["index"] for row in last["rows"]] == list(range(50, 60))
    ones = get("rollouts", run="demo", stage="01-exploratory", reward="one", task="ner")
    assert ones["total"] == 15
    assert {row["raw"] for row in ones["rows"]} == {1.0}
    assert get("rollouts", run="demo", stage="01-exploratory", reward="unscored")["rows"][0]["raw"] is None
    assert get("rollouts", run="demo", stage="01-exploratory", reward="penalised")["total"] == 1
    assert get("rollouts", run="demo", stage="01-exploratory", step=3)["total"] == 8
    assert get("rollouts", run="demo", stage="01-exploratory", page=10**18)["rows"] == []


def test_tokens_have_their_text_and_log_probabilities(get: Get, folder: Path) -> None:
    from redone.model import load_chat

    found = get("tokens", run="demo", stage="01-exploratory", index=4)
    assert [piece["logprob"] for piece in found["pieces"]] == [-0.5] * 3
    assert found["named"]
    assert "".join(piece["text"] for piece in found["pieces"]).strip() == load_chat(folder).decode([9, 9, 7])


def test_a_served_model_scores_tokens(runs: Path, folder: Path, engine_of_console: Engine) -> None:
    import torch

    from redone.model import load_model
    from redone.records import Message

    service = console_service(runs, ServiceSettings(), engine=engine_of_console, model="tiny")
    client = TestClient(service.app, base_url="http://127.0.0.1")
    asked = {"run": "demo", "stage": "01-exploratory", "index": 4, "with_model": True}
    found = client.get("/api/tokens", params=asked).json()
    model, chat = load_model(folder, dtype=torch.float32)
    row = client.get("/api/rollouts", params={"run": "demo", "stage": "01-exploratory"}).json()["rows"][4]
    prompt = chat.encode_prompt([Message("user", row["prompt"])])
    with torch.inference_mode():
        logits = model(torch.tensor([[*prompt, 9, 9, 7]])).logits[0].log_softmax(-1)
    wanted = [float(logits[len(prompt) - 1 + n, i]) for n, i in enumerate([9, 9, 7])]
    assert found["model"] == pytest.approx(wanted, abs=1e-4)
    policy = {"categories": {"scam": {"clause": {"en": "no tricks"}}}}
    answer = client.post("/v1/apps/harmful", json={"notes": [{"body": "abc"}], "policy": policy})
    assert answer.json()["results"][0]["verdict"] in {"harmful", "harmless", "review"}


def test_two_stages_item_by_item(get: Get) -> None:
    asked = {"left": "demo", "left_stage": "00-base", "right": "demo", "right_stage": "02-targeted"}
    found = get("pairs", **asked)
    assert found["counts"] == {"gained": 15, "lost": 0, "equal": 15, "unknown": 0}
    assert found["means"] == [0.5, 1.0]
    gained = get("pairs", **asked, change="gained")
    assert gained["total"] == 15
    assert gained["items"][0]["left"] == {"output": "bad", "score": 0.0}
    assert gained["items"][0]["right"] == {"output": "good", "score": 1.0}


def test_an_experiment(get: Get) -> None:
    found = get("experiment", name="ab")
    assert found["verdicts"] == [{"arm": "treatment", "verdict": "ship"}]
    assert found["metrics"][0]["last"]["value"] == pytest.approx(-20.0)
    assert found["blocks"][0]["key"] == "missing_arm"


def test_damaged_files_are_named(get: Get) -> None:
    files = {p["values"]["file"] for p in get("run", run="broken")["problems"]}
    assert {
        "results.json",
        "metrics.jsonl",
        "recipe.resolved.json",
        "stages/01-exploratory/stage.json",
    } <= files
    rolled = get("rollouts", run="broken", stage="01-exploratory")
    assert rolled["problems"][0]["values"]["file"] == "rollouts/01-exploratory.parquet"
    assert get("weakness", run="broken")["problems"]
    stage = {
        "left": "broken",
        "left_stage": "01-exploratory",
        "right": "broken",
        "right_stage": "01-exploratory",
    }
    assert {"key": "damaged_lines", "values": {"file": "stages/01-exploratory/samples.jsonl", "n": 2}} in get(
        "pairs", **stage
    )["problems"]


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("run", {"run": "../secret.json"}),
        ("run", {"run": ".."}),
        ("run", {"run": "/etc"}),
        ("run", {"run": "demo/../demo"}),
        ("run", {"run": "away/runs/demo"}),
        ("run", {"run": "demo\x00"}),
        ("rollouts", {"run": "demo", "stage": "../../secret"}),
        ("rollouts", {"run": "demo", "stage": ".."}),
        ("tokens", {"run": "demo", "stage": "../rollouts/01-exploratory", "index": 0}),
        ("tokens", {"run": "demo", "stage": "01-exploratory", "index": 10_000}),
        ("pairs", {"left": "demo", "left_stage": "..", "right": "demo", "right_stage": "00-base"}),
        ("experiment", {"name": "../runs/ab"}),
        ("nothing", {}),
    ],
)
def test_what_is_not_here_is_refused(client: TestClient, path: str, params: dict[str, Any]) -> None:
    answer = client.get(f"/api/{path}", params=params)
    assert answer.status_code == 404
    assert "error" in answer.json()


@pytest.mark.parametrize(
    "path", ["/../secret.json", "/%2e%2e/secret.json", "/static/../app.py", "/console.py"]
)
def test_no_file_is_served_by_its_path(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("run", {}),
        ("rollouts", {"run": "demo", "stage": "01-exploratory", "page": "x"}),
        ("rollouts", {"run": "demo", "stage": "01-exploratory", "reward": "x"}),
        ("tokens", {"run": "demo", "stage": "01-exploratory", "index": -1}),
        ("tokens", {"run": "demo", "stage": "01-exploratory", "index": 0, "with_model": True}),
    ],
)
def test_wrong_questions_are_the_askers_fault(client: TestClient, path: str, params: dict[str, Any]) -> None:
    assert client.get(f"/api/{path}", params=params).status_code in {400, 422}


def test_a_link_out_of_the_folder_is_not_followed(get: Get) -> None:
    run = get("run", run="linked")
    assert "secret" not in json.dumps(run)
    assert run["problems"][0]["key"] == "outside_file"


def test_nothing_is_written(runs: Path) -> None:
    def state() -> dict[str, int]:
        return {str(p): p.lstat().st_mtime_ns for p in runs.rglob("*")}

    before, client = state(), client_of(runs)
    for path in ("overview", "run?run=demo", "weakness?run=demo", "rollouts?run=demo&stage=01-exploratory"):
        assert client.get(f"/api/{path}").status_code == 200
    assert state() == before
    assert client.post("/api/overview", json={}).status_code == 405


def test_off_loopback_the_data_need_the_key_and_the_page_asks_for_it(runs: Path) -> None:
    with pytest.raises(UserError):
        ServiceSettings(host="0.0.0.0")
    client = client_of(runs, host="0.0.0.0", api_key=KEY)
    assert client.get("/").status_code == 200
    assert client.get("/api/overview").status_code == 401
    allowed = client.get("/api/overview", headers={"authorization": f"Bearer {KEY}"})
    assert allowed.status_code == 200
    assert KEY not in allowed.text


def test_another_name_for_this_machine_gets_no_data(client: TestClient) -> None:
    assert client.get("/api/overview", headers={"host": "evil.example"}).status_code == 403


def test_a_single_run_can_be_shown_and_a_missing_folder_is_named(runs: Path) -> None:
    assert list(Places(runs / "demo").found().runs) == ["demo"]
    with pytest.raises(UserError, match="no such folder"):
        Places(runs / "absent")
