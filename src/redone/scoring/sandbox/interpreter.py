"""Which Python runs inside the sandbox, and what of this machine it needs to see."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_LIBRARIES = ("/usr/lib", "/usr/lib32", "/usr/lib64", "/lib", "/lib32", "/lib64")


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python outside of any virtual environment. ``home`` is bound too where it is not a system Python."""

    executable: Path
    home: Path | None = None

    def mounts(self) -> list[str]:
        """Return bwrap's arguments: libraries and the interpreter read-only, installed packages hidden."""
        arguments: list[str] = []
        for folder in map(Path, _LIBRARIES):
            if folder.is_symlink():
                arguments += ["--symlink", str(folder.readlink()), str(folder)]
            elif folder.is_dir():
                arguments += ["--ro-bind", str(folder), str(folder)]
        seen = str(self.home or self.executable)
        arguments += ["--ro-bind", seen, seen]
        for packages in self._packages():
            arguments += ["--tmpfs", str(packages), "--remount-ro", str(packages)]
        return arguments

    def _packages(self) -> Iterator[Path]:
        # Installed packages could hold this very project, and with it what makes the test answers.
        yield from (folder for folder in [Path("/usr/lib/python3/dist-packages")] if folder.is_dir())
        if self.home is not None:
            yield from sorted(self.home.glob("lib*/python3*/site-packages"))


def interpreters() -> Iterator[Interpreter]:
    """Yield the candidates: the system's Python first, then the one this process was started from."""
    system = Path("/usr/bin/python3")
    if system.exists():
        yield Interpreter(system.resolve())
    base = Path(sys.base_prefix).resolve()
    own = (base / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}").resolve()
    if own.exists() and base != Path("/usr"):
        yield Interpreter(own, home=base)
