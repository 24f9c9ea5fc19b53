"""Write the locks from their .in files (`make lock`); needs the network.

Usage: python -m scripts.lock
The first line of each lock's own comment holds a digest of what it was made from, so that a test can tell, without
the network, whether a lock is current.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from scripts.console import ROOT

UV = ROOT / ".venv" / "tools" / "bin" / "uv"
MARK = "# made from: "


@dataclass(frozen=True)
class Lock:
    """Name a lock, what it is made from, and how."""

    target: str
    sources: tuple[str, ...]
    options: tuple[str, ...]


LOCKS = (
    Lock("requirements-setup.lock", ("requirements-setup.in",), ("--python-version", "3.8")),
    Lock(
        "requirements.lock",
        ("requirements.in", "scripts/overrides.txt"),
        ("--python-version", "3.10", "--override", "scripts/overrides.txt"),
    ),
)


def digest(lock: Lock, root: Path = ROOT) -> str:
    """Return the digest of what a lock's sources ask for, without their comments."""
    wanted = hashlib.sha256()
    for source in lock.sources:
        for line in (root / source).read_text().splitlines():
            if asked := line.partition("#")[0].strip():
                wanted.update(f"{source}: {asked}\n".encode())
    return wanted.hexdigest()


def main() -> int:
    """Compile all locks; an existing one keeps the versions it can."""
    for lock in LOCKS:
        command = [str(UV), "pip", "compile", "--quiet", "--universal", "--generate-hashes", *lock.options]
        command += [lock.sources[0], "--output-file", lock.target, "--custom-compile-command", "make lock"]
        if code := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return code
        path = ROOT / lock.target
        path.write_text(f"{MARK}{digest(lock)}\n{path.read_text()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
