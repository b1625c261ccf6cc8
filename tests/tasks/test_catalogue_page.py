"""The generated pages are what the script would write now."""

import importlib.util
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "write_catalogue.py"


def test_the_pages_are_current():
    spec = importlib.util.spec_from_file_location("write_catalogue", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    for path, text in module.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run scripts/write_catalogue.py"
