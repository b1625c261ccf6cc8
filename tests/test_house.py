"""The house keeps its order: a room imports only rooms above it, and nothing dangerous stands in the source."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "redone"
ROOMS = (
    "records", "scoring", "tasks", "sources", "corpus", "model", "training", "recipe", "bench", "report",
    "serving", "experiment", "cli",
)  # fmt: skip
LOADERS = {"torch.load", "np.load", "numpy.load", "yaml.load", "marshal.loads", "pd.read_pickle", "os.system"}
FILES = sorted(SOURCE.rglob("*.py"))


def imported_rooms(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("redone."):
            names.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names.update(alias.name.split(".")[1] for alias in node.names if alias.name.startswith("redone."))
    return names & set(ROOMS)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_room_imports_only_rooms_above_it(path: Path) -> None:
    room = path.relative_to(SOURCE).parts[0]
    if room not in ROOMS:
        pytest.skip("stands outside the rooms")
    below = {r for r in imported_rooms(ast.parse(path.read_text())) if ROOMS.index(r) > ROOMS.index(room)}
    assert not below, f"{room} must not import {below}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_unsafe_is_called(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"eval", "exec", "__import__"}, f"line {node.lineno}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            assert ast.unparse(node.func) not in LOADERS, f"line {node.lineno}: may run what it reads"
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "YAML":
            assert "typ='safe'" in ast.unparse(node), f"line {node.lineno}: YAML may make objects"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            assert not {"pickle", "dill", "cloudpickle", "joblib", "shelve"} & {
                m.split(".")[0] for m in modules
            }
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
            assert not (node.arg == "trust_remote_code" and node.value.value), "remote code stays off"
            assert not (node.arg in {"shell", "allow_pickle"} and node.value.value), f"no {node.arg}"
            assert not (node.arg == "weights_only" and node.value.value is False), "no unsafe weights"
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}: a bare except"
