"""Training happens when it must, and leaves a whole model or the old one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.console import StepError
from scripts.train import MODEL, ensure_model, is_current

Change = Callable[[Path], object]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder with everything a model is made of."""
    for name in ("data/nlu/orders.yml", "components/finder.py", "domain.yml", "config.yml", "requirements.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"content of {name}\n")
    return tmp_path


class FakeTrainer:
    """Write a model at each call, and count the calls."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, folder: Path) -> None:
        self.calls += 1
        (folder / MODEL).write_text(f"model {self.calls}")


def test_the_second_start_does_not_train(project: Path) -> None:
    trainer = FakeTrainer()
    ensure_model(project, trainer)
    assert ensure_model(project, trainer).read_text() == "model 1"
    assert trainer.calls == 1


def test_force_trains_again(project: Path) -> None:
    trainer = FakeTrainer()
    ensure_model(project, trainer)
    assert ensure_model(project, trainer, force=True).read_text() == "model 2"


@pytest.mark.parametrize(
    "change",
    [
        lambda root: (root / "data/nlu/orders.yml").write_text("another line\n"),
        lambda root: (root / "data/nlu/orders.yml").rename(root / "data/nlu/parcels.yml"),
        lambda root: (root / "data/nlu/orders.yml").unlink(),
        lambda root: (root / "data/new.yml").write_text(""),
        lambda root: (root / "components/finder.py").write_text("x = 1\n"),
        lambda root: (root / "domain.yml").write_text("version: '3.1'\n"),
        lambda root: (root / "config.yml").write_text("version: '3.1'\n"),
        lambda root: (root / "requirements.lock").write_text("rasa==3.6.22\n"),
        lambda root: (root / "models" / MODEL).unlink(),
        lambda root: (root / "models" / MODEL).write_text("half a mod"),
        lambda root: (root / "models" / "frontdesk.json").write_text("{"),
    ],
    ids=[
        "content",
        "name",
        "removed",
        "added",
        "component",
        "domain",
        "config",
        "packages",
        "no model",
        "half",
        "stamp",
    ],
)
def test_a_change_trains_again(project: Path, change: Change) -> None:
    trainer = FakeTrainer()
    ensure_model(project, trainer)
    change(project)
    assert ensure_model(project, trainer).read_text() == "model 2"
    assert is_current(project)


def test_what_is_no_ingredient_changes_nothing(project: Path) -> None:
    trainer = FakeTrainer()
    ensure_model(project, trainer)
    (project / "README.md").write_text("more words")
    (project / "components/__pycache__").mkdir()
    (project / "components/__pycache__/finder.cpython-310.pyc").write_bytes(b"\0")
    ensure_model(project, trainer)
    assert trainer.calls == 1


@pytest.mark.parametrize("error", [StepError("no"), KeyboardInterrupt(), OSError("disk full")], ids=repr)
def test_a_training_that_breaks_off_keeps_the_old_model_and_is_repeated(project: Path, error: BaseException) -> None:
    def break_off(folder: Path) -> None:
        (folder / MODEL).write_text("half")
        raise error

    ensure_model(project, FakeTrainer())
    (project / "domain.yml").write_text("changed")
    with pytest.raises(type(error)):
        ensure_model(project, break_off)
    assert (project / "models" / MODEL).read_text() == "model 1"
    assert not is_current(project)
    assert not list((project / "models").glob(".training-*"))


def test_a_training_that_was_killed_leaves_nothing_for_long(project: Path) -> None:
    left_over = project / "models" / ".training-killed"
    left_over.mkdir(parents=True)
    (left_over / MODEL).write_text("half")
    ensure_model(project, FakeTrainer())
    assert not left_over.exists()


def test_a_change_during_the_training_trains_again(project: Path) -> None:
    def edit_meanwhile(folder: Path) -> None:
        (folder / MODEL).write_text("of the old domain")
        (project / "domain.yml").write_text("new domain")

    ensure_model(project, edit_meanwhile)
    assert not is_current(project)


def test_a_trainer_without_a_model_is_a_failure(project: Path) -> None:
    with pytest.raises(StepError, match="without a model"):
        ensure_model(project, lambda folder: None)


def test_two_at_once_train_once(project: Path) -> None:
    trainer = FakeTrainer()
    inside, go_on = threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        inside.set()
        assert go_on.wait(10)
        trainer(folder)

    threads = [threading.Thread(target=ensure_model, args=(project, slow)) for _ in range(2)]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert trainer.calls == 1
