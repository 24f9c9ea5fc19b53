"""Train and ask our pipeline and Rasa's default one on our own data, one after the other, and print them side by side.

Each training and each question round runs in a process of its own with an empty cache. The columns: seconds and CPU
seconds of a training, seconds until a trained model can answer (imports left out), CPU and wall milliseconds to parse
a message, the peak memory of the process that answers, and what a running Rasa spends on the first and on a later
message of a conversation (bench/session.py). "Right" is the share of the project's hold-out that is understood.

Rasa's neural policies learn from stories, and every project that keeps the default policies has some; ours has only
rules, and its stories are tests. So the default is measured twice: with the test stories to learn from, and ("rules
only") without, where those policies learn nothing and are nearly free. Its understanding is trained once for both.

Usage: python -m bench.nlu [--lines 800] [--only ours default "rules-only"] [--models FOLDER]
       --lines trains both on so many of the training lines, the same ones, evenly from all intents: all of them take
       Rasa's default pipeline the better part of an hour on two cores.
       --models keeps the models there, and takes those that are there from an earlier run instead of training them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from bench import session
from bench.session import training_stories

ROOT = Path(__file__).resolve().parent.parent
HOLDOUT = ROOT / "tests" / "nlu" / "holdout.yml"
OURS, DEFAULT, RULES_ONLY = "ours", "default", "rules-only"
TARGETS = {"train s": 0.15, "load s": 0.3, "first CPU ms": 0.4, "later CPU ms": 0.4, "peak MB": 1.0}
P95_MS = 25.0
WARM = 20


def main() -> int:
    """Measure both, print the table and say which targets hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, help="train on so many lines only")
    parser.add_argument("--only", nargs="+", choices=(OURS, DEFAULT, RULES_ONLY), default=[OURS, DEFAULT, RULES_ONLY])
    parser.add_argument("--models", type=Path, help="keep the models in this folder")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step[0]](Path(chosen.step[1]), chosen.step[2])))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = (chosen.models or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        count = write_data(folder / "data.yml", chosen.lines)
        (folder / "stories.yml").write_text(yaml.safe_dump(training_stories()), encoding="utf-8")
        print(f"{count:,} training lines, {len(questions()):,} questions, load {os.getloadavg()[0]:.1f}", flush=True)
        rows = {name: measure(name, folder) for name in chosen.only}
    if {OURS, DEFAULT} <= rows.keys():
        return compare(rows)
    return 0


def compare(rows: dict[str, dict[str, float]]) -> int:
    """Print each ratio to the default beside its target; return 1 when one is missed."""
    ours, held = rows[OURS], [rows[OURS]["p95 ms"] <= P95_MS]
    for key, target in TARGETS.items():
        ratios = {name: ours[key] / row[key] for name, row in rows.items() if name != OURS and key in row}
        if key not in ours or DEFAULT not in ratios:
            continue  # its model was trained in an earlier run
        held.append(ratios[DEFAULT] <= target)
        said = ", ".join(f"{ratio:.2f}x of {name}" for name, ratio in ratios.items())
        print(f"{key:>12}  {said}  (target <= {target}x of {DEFAULT})  {'held' if held[-1] else 'MISSED'}")
    print(f"{'p95 ms':>12}  {ours['p95 ms']:.1f}  (target <= {P95_MS:.0f})  {'held' if held[0] else 'MISSED'}")
    return 0 if all(held) else 1


def measure(name: str, folder: Path) -> dict[str, float]:
    """Train and ask one side, each in a fresh process, and print what that took."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    if name != OURS:
        config |= default_config()
    (folder / f"{name}.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    model = folder / f"{name}.tar.gz"
    row = {} if model.exists() else run("train", folder, name)
    row |= run("ask", folder, name)
    with tempfile.TemporaryDirectory() as work:
        row |= session.measure(model, Path(work), [text for _, text in questions()[::5]], ours=name == OURS)
    print(f"{name:>10}  " + "  ".join(f"{key} {value:,.2f}" for key, value in row.items()), flush=True)
    print(f"{'':>10}  load average {os.getloadavg()[0]:.1f}", flush=True)
    return row


def run(step: str, folder: Path, name: str) -> dict[str, float]:
    """Run one step in a process of its own and return what it measured."""
    cache = folder / ("cache-ours" if name == OURS else "cache-default")
    environment = {**os.environ, "RASA_CACHE_DIRECTORY": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-m", "bench.nlu", "--step", step, str(folder), name]
    answer = subprocess.run(  # noqa: S603  # our own file
        command, env=environment, cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    measured: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return measured


def train(folder: Path, name: str) -> dict[str, float]:
    """Train a model and return what it took."""
    import rasa  # noqa: PLC0415  # seconds of imports that are not measured

    started, cpu = time.perf_counter(), time.process_time()
    files = [str(folder / "data.yml"), str(ROOT / "data" / "rules")]
    files += [str(folder / "stories.yml")] if name == DEFAULT else []
    rasa.train(str(ROOT / "domain.yml"), str(folder / f"{name}.yml"), files, str(folder), fixed_model_name=name)
    if name == RULES_ONLY:
        return {}  # its understanding came out of the cache
    return {"train s": time.perf_counter() - started, "train CPU s": time.process_time() - cpu}


def ask(folder: Path, name: str) -> dict[str, float]:
    """Load a model, ask it the hold-out message by message and return what that took."""
    from rasa.core.agent import load_agent  # noqa: PLC0415  # seconds of imports that are not measured
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415  # the same

    configure_structlog()  # as every command of Rasa does; without it each parse prints at debug

    async def asked() -> dict[str, float]:
        started = time.perf_counter()
        agent = await load_agent(str(folder / f"{name}.tar.gz"))
        loaded = time.perf_counter() - started
        for _, text in questions()[:WARM]:
            await agent.parse_message(text)
        walls, right, cpu = [], 0, time.process_time()
        for intent, text in questions()[WARM:]:
            begun = time.perf_counter()
            parsed: dict[str, Any] = await agent.parse_message(text)
            walls.append(1e3 * (time.perf_counter() - begun))
            right += parsed["intent"]["name"] == intent
        spent = 1e3 * (time.process_time() - cpu) / len(walls)
        walls.sort()
        return {
            "load s": loaded,
            "parse CPU ms": spent,
            "p50 ms": walls[len(walls) // 2],
            "p95 ms": walls[int(len(walls) * 0.95)],
            "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "right %": 100 * right / len(walls),
        }

    return asyncio.run(asked())


STEPS = {"train": train, "ask": ask}


def default_config() -> dict[str, Any]:
    """Return the pipeline and the policies that Rasa itself chooses where config.yml names none, epochs and all."""
    import rasa.engine.recipes  # noqa: PLC0415  # only the default one needs it

    path = Path(rasa.engine.recipes.__file__).parent / "config_files" / "default_config.yml"
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {key: config[key] for key in ("pipeline", "policies")}


def write_data(path: Path, lines: int | None) -> int:
    """Write the training data, or the same share of each intent's lines, evenly spread; return how many lines."""
    items = [
        item
        for file in sorted((ROOT / "data" / "nlu").glob("*.yml"))
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
    ]
    total = sum(len(item["examples"].splitlines()) for item in items if "intent" in item)
    count = 0
    for item in items:
        if "intent" in item:
            every = item["examples"].splitlines()
            wanted = len(every) if lines is None else max(4, round(len(every) * min(1.0, lines / total)))
            kept = [every[at * len(every) // wanted] for at in range(min(wanted, len(every)))]
            item["examples"] = "\n".join(kept) + "\n"
            count += len(kept)
    path.write_text(yaml.safe_dump({"version": "3.1", "nlu": items}, allow_unicode=True), encoding="utf-8")
    return count


def questions() -> list[tuple[str, str]]:
    """Return (intent, text) of the hold-out."""
    items = yaml.safe_load(HOLDOUT.read_text(encoding="utf-8"))["nlu"]
    return [(item["intent"], line[2:]) for item in items for line in item["examples"].splitlines()]


if __name__ == "__main__":
    sys.exit(main())
