"""Train and ask our pipeline and Rasa's default one on our own data, one after the other, and print them side by side.

Each training and each question round runs in a process of its own with an empty cache. The columns: seconds and CPU
seconds of a training, seconds until a trained model can answer (imports left out), CPU and wall milliseconds to parse
a message, and the peak memory of the process that answers. "turn" is a
whole turn: parsing, policies, tracker; actions of the action server fail at once in both, because none runs. "Right" is
the share of the project's hold-out that is understood.

Usage: python -m bench.nlu [--lines 800] [--only ours|default]
       --lines trains both on so many of the training lines, the same ones, evenly from all intents: all of them take
       Rasa's default pipeline the better part of an hour on two cores.
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

ROOT = Path(__file__).resolve().parent.parent
HOLDOUT = ROOT / "tests" / "nlu" / "holdout.yml"
TARGETS = {"train s": 0.15, "load s": 0.3, "turn CPU ms": 0.4, "peak MB": 1.0}
P95_MS = 25.0


def main() -> int:
    """Measure both, print the table and say which targets hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, help="train on so many lines only")
    parser.add_argument("--only", choices=("ours", "default"))
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step[0]](Path(chosen.step[1]), chosen.step[2])))
        return 0
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        count = write_data(Path(folder) / "data.yml", chosen.lines)
        print(f"{count:,} training lines, {len(questions()):,} questions", flush=True)
        for name in [chosen.only] if chosen.only else ["ours", "default"]:
            rows[name] = measure(name, Path(folder))
            print(f"{name:>8}  " + "  ".join(f"{key} {value:,.2f}" for key, value in rows[name].items()), flush=True)
    return compare(rows["ours"], rows["default"]) if len(rows) == 2 else 0


def compare(ours: dict[str, float], default: dict[str, float]) -> int:
    """Print each ratio beside its target; return 1 when one is missed."""
    held = []
    for key, target in TARGETS.items():
        ratio = ours[key] / default[key]
        held.append(ratio <= target)
        print(f"{key:>8}  {ratio:.2f}x  (target <= {target}x)  {'held' if held[-1] else 'MISSED'}")
    held.append(ours["p95 ms"] <= P95_MS)
    print(f"{'p95 ms':>8}  {ours['p95 ms']:.1f}  (target <= {P95_MS:.0f})  {'held' if held[-1] else 'MISSED'}")
    return 0 if all(held) else 1


def measure(name: str, folder: Path) -> dict[str, float]:
    """Train and ask one pipeline, each in a fresh process."""
    config = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
    if name == "default":
        config |= default_config()
    path = folder / f"{name}.yml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return {**run("train", folder, name), **run("ask", folder, name)}


def run(step: str, folder: Path, name: str) -> dict[str, float]:
    """Run one step in a process of its own and return what it measured."""
    environment = {**os.environ, "RASA_CACHE_DIRECTORY": str(folder / f"cache-{name}"), "TF_CPP_MIN_LOG_LEVEL": "3"}
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
    rasa.train(str(ROOT / "domain.yml"), str(folder / f"{name}.yml"), files, str(folder), fixed_model_name=name)
    return {"train s": time.perf_counter() - started, "train CPU s": time.process_time() - cpu}


def ask(folder: Path, name: str) -> dict[str, float]:
    """Load a model, ask it the hold-out message by message and return what that took."""
    from rasa.core.agent import load_agent  # noqa: PLC0415  # seconds of imports that are not measured

    async def asked() -> dict[str, float]:
        started = time.perf_counter()
        agent = await load_agent(str(folder / f"{name}.tar.gz"))
        loaded = time.perf_counter() - started
        for _, text in questions()[:20]:
            await agent.parse_message(text)
        walls, right, cpu = [], 0, time.process_time()
        for intent, text in questions():
            begun = time.perf_counter()
            parsed: dict[str, Any] = await agent.parse_message(text)
            walls.append(1e3 * (time.perf_counter() - begun))
            right += parsed["intent"]["name"] == intent
        spent = 1e3 * (time.process_time() - cpu) / len(walls)
        walls.sort()
        turns, cpu = questions()[::5], time.process_time()
        for at, (_, text) in enumerate(turns):
            await agent.handle_text(text, sender_id=str(at))
        turn = 1e3 * (time.process_time() - cpu) / len(turns)
        return {
            "load s": loaded,
            "CPU ms": spent,
            "turn CPU ms": turn,
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
