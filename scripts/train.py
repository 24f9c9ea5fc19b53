"""Train the model when what it is made of has changed (`make train`, `make run`, `make test`).

Usage: python -m scripts.train [--force]
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.console import ROOT, StepError, run_logged, step

MODEL = "frontdesk.tar.gz"
STAMP = "frontdesk.json"
# requirements.lock is among them because a model is read by the packages that wrote it.
INGREDIENTS = ("data", "domain.yml", "config.yml", "components", "requirements.lock")

Trainer = Callable[[Path], None]
"""Writes MODEL into a folder, or raises StepError."""


def ensure_model(root: Path, trainer: Trainer, *, force: bool = False) -> Path:
    """Return the path of a model made of what is in `root` now, trained if there is none.

    An interrupted training leaves neither a stamp nor a half model: the model is moved into place when it is whole,
    and the stamp, which names both the ingredients and the model, is written after it.
    """
    models = root / "models"
    models.mkdir(exist_ok=True)
    with _one_at_a_time(models / ".lock"):
        if force or not is_current(root):
            with step("training"):
                _train(root, trainer)
    return models / MODEL


def is_current(root: Path) -> bool:
    """Say whether the model is made of exactly what is in `root`."""
    try:
        stamp = json.loads((root / "models" / STAMP).read_text())
        model = _digest(root / "models" / MODEL)
    except (FileNotFoundError, ValueError):
        return False
    return bool(stamp == {"ingredients": fingerprint(root), "model": model})


def fingerprint(root: Path) -> str:
    """Return a digest of the names and contents of everything a model is made of."""
    digest = hashlib.sha256()
    for file in sorted(_ingredients(root)):
        digest.update(f"{file.relative_to(root).as_posix()}\0{_digest(file)}\n".encode())
    return digest.hexdigest()


def _ingredients(root: Path) -> Iterator[Path]:
    for name in INGREDIENTS:
        path = root / name
        found = path.rglob("*") if path.is_dir() else [path]
        yield from (file for file in found if file.is_file() and file.suffix != ".pyc")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _train(root: Path, trainer: Trainer) -> None:
    models = root / "models"
    for left_over in models.glob(".training-*"):
        shutil.rmtree(left_over)
    ingredients = fingerprint(root)
    with tempfile.TemporaryDirectory(prefix=".training-", dir=models) as folder:
        trainer(Path(folder))
        model = Path(folder) / MODEL
        if not model.exists():
            raise StepError("the training ended without a model")
        digest = _digest(model)
        os.replace(model, models / MODEL)
        stamp = Path(folder) / STAMP
        stamp.write_text(json.dumps({"ingredients": ingredients, "model": digest}))
        os.replace(stamp, models / STAMP)


@contextmanager
def _one_at_a_time(lock: Path) -> Iterator[None]:
    """Let a second training wait for the first; the lock goes with its process, however that ends."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def rasa_trainer(log: Path) -> Trainer:
    """Return a trainer that calls `rasa train`."""

    def train(folder: Path) -> None:
        name = MODEL.removesuffix(".tar.gz")
        run_logged([sys.executable, "-m", "rasa", "train", "--fixed-model-name", name, "--out", str(folder)], log)

    return train


def main(arguments: Sequence[str]) -> int:
    """Train if needed, or always with --force."""
    if set(arguments) - {"--force"}:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        model = ensure_model(ROOT, rasa_trainer(ROOT / "var" / "log" / "train.log"), force=bool(arguments))
    except StepError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"model: {model.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
