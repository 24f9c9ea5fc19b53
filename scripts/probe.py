"""Find out whether the assistant really answers, the way a customer would: through the public chat API."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Any

import httpx

from scripts.console import StepError

PAUSE = 0.2


async def wait_for_answer(base_url: str, others: dict[str, int], seconds: float) -> None:
    """Say hello until a bot message comes back.

    Args:
        others: loopback ports that must listen first, by name; before that an answer could only be an apology.

    Raises:
        StepError: no answer in time; says how far it got.
    """
    deadline = time.monotonic() + seconds
    progress = ["nothing listens yet"]
    try:
        await asyncio.wait_for(_say_hello(base_url, others, progress), seconds)
    except asyncio.TimeoutError:
        waited = seconds - max(0.0, deadline - time.monotonic())
        raise StepError(f"the assistant gave no answer within {waited:.0f} s: {progress[-1]}") from None


async def _say_hello(base_url: str, others: dict[str, int], progress: list[str]) -> None:
    for name, port in others.items():
        progress.append(f"{name} does not listen on port {port}")
        await _wait_for_port(port)
    async with httpx.AsyncClient(base_url=base_url, timeout=10, trust_env=False) as client:
        progress.append(f"{base_url}/chat/session opens no conversation")
        session = await _until_ok(client, "POST", "/chat/session", json={})
        client.headers["Authorization"] = f"Bearer {session['token']}"
        progress.append(f"{base_url}/chat/messages takes no message")
        await _until_ok(client, "POST", "/chat/messages", json={"id": str(uuid.uuid4()), "text": "hello"})
        progress.append("a message was taken, but the bot does not answer it")
        while True:
            history = await _until_ok(client, "GET", "/chat/history")
            if any(event["type"] == "bot" for event in history["events"]):
                return
            await asyncio.sleep(PAUSE)


async def _wait_for_port(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(PAUSE)
        else:
            writer.close()
            return


async def _until_ok(client: httpx.AsyncClient, method: str, path: str, **options: Any) -> dict[str, Any]:
    """Repeat a request until it succeeds; whoever calls sets the time limit."""
    while True:
        try:
            response = await client.request(method, path, **options)
            if response.is_success:
                body: dict[str, Any] = response.json()
                return body
        except httpx.TransportError:
            pass
        await asyncio.sleep(PAUSE)
