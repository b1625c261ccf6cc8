"""The documentation describes what is: links, commands, recipes, keys and paths in it are held against the code."""

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from redone.cli.main import app
from redone.recipe.config import AblationRecipe, Recipe, keys, read_ablation, read_recipe
from redone.scoring import metric_names
from redone.sources.ingest import read_mapping, read_record_mapping

ROOT = Path(__file__).parents[1]
READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = (*READMES, *sorted(ROOT.glob("docs/*/*.md")))
BY_NAME = {path.relative_to(ROOT).as_posix(): path for path in PAGES}
GIVEN = "recipes/"
"""A command is also checked when its recipe lies here; other names stand for files of the reader."""

FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
INLINE = re.compile(r"`([^`\n]+)`")


def blocks(page: Path, language: str) -> Iterator[str]:
    for kind, body in FENCE.findall(page.read_text(encoding="utf-8")):
        if kind == language:
            yield body


def prose(page: Path) -> str:
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def commands(page: Path, *, inline: bool = True) -> Iterator[list[str]]:
    lines = [line for body in blocks(page, "bash") for line in body.splitlines()]
    lines += INLINE.findall(prose(page)) if inline else []
    for line in lines:
        words = shlex.split(line, comments=True)
        if len(words) > 1 and words[0] == "redone":
            yield words[1:]


def anchors(page: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A copy of the recipes folder, into which a page's recipe can be put."""
    return Path(shutil.copytree(ROOT / "recipes", tmp_path / "recipes"))


@pytest.mark.parametrize("name", BY_NAME)
def test_every_link_leads_somewhere(name: str) -> None:
    page = BY_NAME[name]
    for target in LINK.findall(prose(page)):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = page.parent / path if path else page
        if found.suffix == ".png":
            continue  # pictures have a test of their own
        assert found.is_file(), f"{name}: {target}"
        assert not anchor or anchor in anchors(found), f"{name}: {target}"


def test_the_picture_is_there() -> None:
    picture = ROOT / "docs" / "images" / "report.png"
    for page in READMES:
        assert "docs/images/report.png" in page.read_text(encoding="utf-8")
    if not picture.exists():
        pytest.skip("docs/images/report.png is a screenshot of a finished run and is not there yet")
    assert picture.read_bytes().startswith(b"\x89PNG")


def parsed(arguments: list[str]) -> None:
    """Nothing, if the command line can be parsed; typer's own exception if not. Nothing is run."""
    command: Any = typer.main.get_command(app)
    while arguments and getattr(command, "commands", None):
        assert arguments[0] in command.commands, f"there is no command {arguments[0]!r}"
        command, arguments = command.commands[arguments[0]], arguments[1:]
    if arguments:  # a bare name is a mention, not a call
        command.make_context("redone", list(arguments)).close()


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_parses(name: str) -> None:
    for words in commands(BY_NAME[name]):
        try:
            parsed(words)
        except typer.TyperException as error:
            pytest.fail(f"{name}: redone {shlex.join(words)}: {error.format_message()}")


@pytest.mark.parametrize("name", BY_NAME)
def test_every_command_on_a_recipe_of_ours_passes_its_check(name: str, monkeypatch: Any) -> None:
    monkeypatch.chdir(ROOT)
    for words in commands(BY_NAME[name], inline=False):
        if words[0] in {"run", "ablate"} and words[1].startswith(GIVEN):
            shown = CliRunner().invoke(app, [*words, "--check"], standalone_mode=False)
            assert shown.exception is None, f"{name}: redone {shlex.join(words)}: {shown.exception}"


@pytest.mark.parametrize("name", BY_NAME)
def test_every_recipe_shown_is_valid(name: str, recipes: Path) -> None:
    for body in blocks(BY_NAME[name], "yaml"):
        place = re.match(r"# (recipes/\S+\.yaml)\n", body)
        assert place, f"{name}: a YAML example begins with its path as a comment"
        path = recipes.parent / place[1]
        path.write_text(body, encoding="utf-8")
        if "mappings/" in place[1]:
            (read_record_mapping if "\nrecords:" in body else read_mapping)(path)
        elif "\narms:" in body:
            read_ablation(path)
        else:
            read_recipe(path)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_hour_works_on_its_own_example(language: str, tmp_path: Path, monkeypatch: Any) -> None:
    """The made dumps of the guide go through every command of it up to the run, which is checked only."""
    page = ROOT / "docs" / language / "platform-in-one-hour.md"
    (made,) = blocks(page, "python")
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-c", made], check=True)
    said = ""
    for words in commands(page, inline=False):
        if words[0] in {"init", "ingest"} or "--check" in words:
            shown = CliRunner().invoke(app, words, standalone_mode=False)
            assert shown.exception is None, f"redone {shlex.join(words)}: {shown.exception}"
            said += shown.output
    for found in (
        "threads_next_turn (dialogue)",
        "threads_topic (understanding)",
        "data_sentiment",
        "data_tags",
    ):
        assert found in said
    assert (tmp_path / "mine" / "mappings" / "platform_records.yaml").is_file()


def test_both_languages_have_the_same_pages_and_examples() -> None:
    english = {path.name: path for path in (ROOT / "docs" / "en").glob("*.md")}
    chinese = {path.name: path for path in (ROOT / "docs" / "zh").glob("*.md")}
    assert english.keys() == chinese.keys()
    for one, other in [*((english[name], chinese[name]) for name in english), READMES]:
        assert list(commands(one, inline=False)) == list(commands(other, inline=False)), one.name
        levels = [re.findall(r"^(#+) ", prose(page), re.MULTILINE) for page in (one, other)]
        assert levels[0] == levels[1], f"{one.name}: headings differ"
        tables = [sum(line.startswith("|") for line in prose(page).splitlines()) for page in (one, other)]
        assert tables[0] == tables[1], f"{one.name}: tables differ"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_index_names_every_page(language: str) -> None:
    folder = ROOT / "docs" / language
    named = set(LINK.findall((folder / "index.md").read_text(encoding="utf-8")))
    missing = {path.name for path in folder.glob("*.md")} - named - {"index.md"}
    assert not missing


def test_every_page_leads_to_its_other_language() -> None:
    for folder, other in (("en", "zh"), ("zh", "en")):
        for page in (ROOT / "docs" / folder).glob("*.md"):
            assert f"](../{other}/{page.name})" in page.read_text(encoding="utf-8"), page


def test_the_key_reference_is_up_to_date() -> None:
    writer = script("write_recipe_keys")
    assert writer.documented() == {key for tree in (Recipe, AblationRecipe) for key, _ in keys(tree)}
    for language in writer.HEADS:
        page = ROOT / "docs" / language / writer.PAGE
        same = page.read_text(encoding="utf-8") == writer.page(language)
        assert same, "run .venv/bin/python scripts/write_recipe_keys.py"


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_names_what_there_is(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    for name in typer.main.get_command(app).commands:  # type: ignore[attr-defined]
        assert f"`redone {name} " in text or f"`redone {name}`" in text, f"{name} is missing"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)|`make (\w+)`", text, re.MULTILINE):
        assert re.search(rf"^{''.join(target)}:", makefile, re.MULTILINE), f"make {''.join(target)}"
    first_screen = text.split("\n## ")[0]
    for part in ("make demo", "redone run RECIPE.yaml --out DIR", "docs/images/report.png"):
        assert part in first_screen


@pytest.mark.parametrize("name", BY_NAME)
def test_every_path_of_ours_exists(name: str) -> None:
    ours = re.compile(r"^(?:recipes|src|tests|examples|scripts|docs)/[\w./-]*$")
    for text in INLINE.findall(prose(BY_NAME[name])):
        if ours.match(text):
            assert (ROOT / text).exists(), f"{name}: {text}"


@pytest.mark.parametrize("name", BY_NAME)
def test_every_dotted_key_exists(name: str) -> None:
    known = {key for key, _ in keys(Recipe)} | {f"stages.targeted.{key}" for key, _ in keys(Recipe)}
    tops = ("data.", "base.", "evaluation.", "stages.", "bucket.")
    if name.endswith("recipe-keys.md"):
        return  # generated; its places are prefixes of keys
    for text in INLINE.findall(prose(BY_NAME[name])):
        if text.startswith(tops) and re.fullmatch(r"[a-z_.]+", text):
            full = f"stages.targeted.{text}" if text.startswith("bucket.") else text
            assert full in known, f"{name}: {text}"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_metric_is_named(language: str) -> None:
    text = (ROOT / "docs" / language / "scoring-and-sandbox.md").read_text(encoding="utf-8")
    assert {name for name in metric_names() if f"`{name}`" not in text} == set()
