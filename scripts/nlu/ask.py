"""Ask a trained model: texts as a JSON list on standard input, one JSON answer a line on standard output.

Runs as a file in the folder of any commit, with that folder's components: `python ask.py MODEL < texts.json`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys


async def ask(model: str, texts: list[str]) -> None:
    """Print what the model makes of each text."""
    from rasa.core.agent import load_agent  # noqa: PLC0415  # slow, and only wanted here

    agent = await load_agent(model)
    for text in texts:
        parsed = await agent.parse_message(text)
        kept = {key: parsed.get(key) for key in ("intent", "intent_ranking", "entities")}
        print(json.dumps(kept), flush=True)


if __name__ == "__main__":
    sys.path.insert(0, os.getcwd())
    asyncio.run(ask(sys.argv[1], json.load(sys.stdin)))
