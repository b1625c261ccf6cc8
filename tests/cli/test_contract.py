"""What other programs rely on: commands with their options, recipe keys, and the names each room offers.

After an intended change: `python tests/cli/test_contract.py` writes contract.json anew; say so in the changelog.
"""

import importlib
import json
from pathlib import Path

CONTRACT = Path(__file__).with_name("contract.json")
ROOMS = (
    "errors",
    "records",
    "scoring",
    "tasks",
    "sources.simulator",
    "sources.ingest",
    "model",
    "training",
    "recipe.config",
    "report",
)


def commands() -> dict[str, list[str]]:
    import typer.main

    from redone.cli.main import app

    found = {}

    def walk(command, name: str) -> None:
        found[name] = sorted(option for parameter in command.params for option in parameter.opts)
        for below, child in getattr(command, "commands", {}).items():
            walk(child, f"{name} {below}")

    walk(typer.main.get_command(app), "redone")
    return found


def recipe_keys() -> dict[str, list[str]]:
    from redone.recipe.config import AblationRecipe, Recipe, keys

    return {tree.__name__: sorted(key for key, _ in keys(tree)) for tree in (Recipe, AblationRecipe)}


def names() -> dict[str, list[str]]:
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"redone.{room}")
        offered = getattr(module, "__all__", [n for n in vars(module) if n[0].isupper()])
        found[room] = sorted(offered)
    return found


def exit_codes() -> dict[str, int]:
    from redone.errors import Interrupted, RedoneError, UserError

    return {error.__name__: error.exit_code for error in (RedoneError, UserError, Interrupted)}


def current() -> dict:
    return {
        "commands": commands(),
        "exit_codes": exit_codes(),
        "names": names(),
        "recipe_keys": recipe_keys(),
    }


def test_nothing_that_others_rely_on_has_changed() -> None:
    pinned, now = json.loads(CONTRACT.read_text()), current()
    for part in ("commands", "exit_codes", "names", "recipe_keys"):
        assert now[part] == pinned[part], f"{part} changed; if intended: python {Path(__file__).name}"


if __name__ == "__main__":
    CONTRACT.write_text(json.dumps(current(), indent=1, ensure_ascii=False) + "\n")
