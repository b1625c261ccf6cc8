"""A save that is cut anywhere leaves the earlier checkpoint as it was; damage is seen."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from redone.errors import RedoneError
from redone.training import CheckpointStore, DamagedCheckpoint
from redone.training import store as store_module
from redone.training.store import Saved


class Killed(BaseException):
    """Not an Exception: no clean-up of ours may run, as with a real kill."""


def saved(step: int) -> Saved:
    tensors = {"model": {"weight": torch.full((3, 2), float(step))}, "random": {"cpu": torch.get_rng_state()}}
    return Saved(step, tensors, {"progress": {"step": step}})


def count_calls(monkeypatch: pytest.MonkeyPatch, before: Callable[[int], None]) -> list[int]:
    """Call ``before`` with a running number ahead of every system call that a save makes."""
    made = [0]

    def wrap(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            made[0] += 1
            before(made[0])
            return real(*arguments, **options)

        monkeypatch.setattr(owner, name, watched)

    for owner, name in (
        (os, "replace"),
        (os, "fsync"),
        (store_module, "save_file"),
        (store_module, "_write_json"),
        (store_module.shutil, "rmtree"),
        (Path, "mkdir"),
    ):
        wrap(owner, name)
    return made


def test_the_newest_comes_back_and_two_are_kept(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for step in (1, 2, 3):
        store.save(saved(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000002", "step-00000003"]
    loaded, refused = store.load()
    assert loaded is not None
    assert (loaded.step, loaded.state["progress"], refused) == (3, {"step": 3}, [])
    assert torch.equal(loaded.tensors["model"]["weight"], torch.full((3, 2), 3.0))


def test_killed_at_every_call_inside_a_save(tmp_path: Path) -> None:
    """After each kill either the old or the new checkpoint loads, whole, and the next save works."""
    with pytest.MonkeyPatch.context() as patch:
        calls = count_calls(patch, lambda number: None)
        rehearsal = CheckpointStore(tmp_path / "rehearsal")
        for step in (1, 2):
            rehearsal.save(saved(step))
        before = calls[0]
        rehearsal.save(saved(3))
        total = calls[0] - before
    assert total >= 10
    for victim in range(1, total + 1):
        folder = tmp_path / f"kill-{victim}"
        store = CheckpointStore(folder)
        for step in (1, 2):
            store.save(saved(step))
        with pytest.MonkeyPatch.context() as patch:

            def kill(number: int, victim: int = victim) -> None:
                if number >= victim:
                    raise Killed

            count_calls(patch, kill)
            with pytest.raises(Killed):
                store.save(saved(3))
        loaded, refused = store.load()
        assert loaded is not None
        assert loaded.step in (2, 3)
        assert torch.equal(loaded.tensors["model"]["weight"], torch.full((3, 2), float(loaded.step)))
        assert all("half written" in line for line in refused)
        store.save(saved(4))
        assert store.load()[0].step == 4  # type: ignore[union-attr]
        assert store.load()[1] == []


@pytest.mark.parametrize("name", ["model.safetensors", "random.safetensors", "state.json", "manifest.json"])
@pytest.mark.parametrize("how", ["flip", "truncate", "remove"])
def test_damage_is_refused_by_name(tmp_path: Path, name: str, how: str) -> None:
    store = CheckpointStore(tmp_path)
    store.save(saved(1))
    path = store.save(saved(2)) / name
    data = bytearray(path.read_bytes())
    if how == "flip":
        data[len(data) // 2] ^= 4
        path.write_bytes(data)
    elif how == "truncate":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.unlink()
    loaded, refused = store.load()
    assert loaded is not None
    assert loaded.step == 1
    assert len(refused) == 1
    assert refused[0].startswith("step-00000002: ")


def test_when_all_are_damaged_nothing_is_guessed(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    for step in (1, 2):
        (store.save(saved(step)) / "model.safetensors").write_bytes(b"")
    with pytest.raises(DamagedCheckpoint, match=r"step-00000002.*step-00000001"):
        store.load()


def test_a_manifest_cannot_point_outside(tmp_path: Path) -> None:
    store = CheckpointStore(tmp_path)
    store.save(saved(1))
    folder = store.save(saved(2))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["../step-00000001/model.safetensors"] = manifest["sha256"]["model.safetensors"]
    (folder / "manifest.json").write_text(json.dumps(manifest))
    assert store.load()[0].step == 1  # type: ignore[union-attr]


def test_a_full_disk_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = CheckpointStore(tmp_path)
    store.save(saved(1))

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module, "_write_json", full)
    with pytest.raises(RedoneError, match=r"cannot write checkpoint.*No space left"):
        store.save(saved(2))
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001"]


def test_nothing_is_pickled(tmp_path: Path) -> None:
    folder = CheckpointStore(tmp_path).save(saved(1))
    assert {path.suffix for path in folder.iterdir()} == {".safetensors", ".json"}
