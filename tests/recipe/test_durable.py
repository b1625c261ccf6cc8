import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from redone.errors import RedoneError, UserError
from redone.recipe import durable
from redone.recipe.folder import clear_remains, create
from redone.recipe.hashing import derive_seed, hash_folder, hash_value
from redone.recipe.lock import hold


def test_a_write_that_fails_leaves_the_old_content(tmp_path, monkeypatch) -> None:
    path = tmp_path / "record.json"
    durable.write_json(path, {"a": 1})
    real = os.fsync

    def fail(descriptor):
        real(descriptor)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space"):
        durable.write_json(path, {"a": 2})
    assert durable.read_json(path) == {"a": 1}
    monkeypatch.undo()
    clear_remains(create(tmp_path))
    assert not list(tmp_path.glob("*.partial"))


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff", b"null"])
def test_a_damaged_record_reads_as_absent(tmp_path, content) -> None:
    (tmp_path / "record.json").write_bytes(content)
    assert durable.read_json(tmp_path / "record.json") is None


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (errno.ENOSPC, RedoneError, "disk is full"),
        (errno.EDQUOT, RedoneError, "disk is full"),
        (errno.EROFS, UserError, "read-only"),
        (errno.EACCES, UserError, "no permission"),
        (errno.ENOTDIR, UserError, "choose another --out"),
        (errno.EIO, RedoneError, "can be resumed"),
    ],
)
def test_system_errors_in_words(tmp_path, code, kind, words) -> None:
    with pytest.raises(kind, match=words) as caught, durable.disk_errors(tmp_path):
        raise OSError(code, os.strerror(code), str(tmp_path / "x"))
    assert type(caught.value) is kind


def test_system_errors_that_a_library_reports_as_text(tmp_path) -> None:
    with pytest.raises(RedoneError, match="disk is full"), durable.disk_errors(tmp_path):
        raise RuntimeError("Error while serializing: I/O error: No space left on device (os error 28)")


def test_other_errors_pass_through(tmp_path) -> None:
    with pytest.raises(KeyError), durable.disk_errors(tmp_path):
        raise KeyError("x")


def test_the_lock_is_refused_within_a_process_and_free_afterwards(tmp_path) -> None:
    with hold(tmp_path), pytest.raises(UserError, match="already running"), hold(tmp_path):
        pass
    with hold(tmp_path):
        pass


def test_hashes_depend_on_names_and_contents_only(tmp_path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "a").write_text("1")
    assert hash_folder(tmp_path / "one") == hash_folder(tmp_path / "two")
    (tmp_path / "two" / "sub" / "a").rename(tmp_path / "two" / "sub" / "b")
    assert hash_folder(tmp_path / "one") != hash_folder(tmp_path / "two")
    (tmp_path / "one" / "link").symlink_to("/etc/passwd")
    with pytest.raises(UserError, match="is a link"):
        hash_folder(tmp_path / "one")
    assert hash_value({"a": 1, "b": 2}) == hash_value({"b": 2, "a": 1})


def test_seeds_differ_by_purpose_and_fit() -> None:
    seeds = {derive_seed(seed, "stage", name) for seed in range(50) for name in ("a", "b")}
    assert len(seeds) == 100
    assert all(0 <= seed < 2**31 for seed in seeds)


MOUNTED = """
import subprocess, sys
from pathlib import Path
place, size, script = sys.argv[1:]
options = f"size={size}" if size != "ro" else "ro"
subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
result = subprocess.run([sys.executable, script, place + "/out", "0"], capture_output=True, text=True)
print(result.returncode, result.stderr.strip().splitlines()[-1])
if size != "ro":
    (Path(place) / "ballast").unlink(missing_ok=True)
    print(sorted(p.name for p in (Path(place) / "out").rglob("*.json")))
"""


def in_own_mount(tmp_path, size):
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare(1)")
    script = str(Path(__file__).with_name("fake_run.py"))
    command = ["unshare", "-rm", sys.executable, "-c", MOUNTED, str(tmp_path), size, script]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "unshare" in result.stderr or "mount" in result.stderr:
        pytest.skip(f"no user namespaces here: {result.stderr.strip().splitlines()[-1]}")
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_a_really_full_disk(tmp_path) -> None:
    # 36 KiB: room for the folder and the first records, not for a whole run.
    out = in_own_mount(tmp_path, "36k")
    assert out.startswith("1 "), out
    assert "the disk is full" in out


def test_a_really_read_only_disk(tmp_path) -> None:
    out = in_own_mount(tmp_path, "ro")
    assert out.startswith("2 "), out
    assert "read-only" in out
