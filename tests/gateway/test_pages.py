"""The page, its headers, health, metrics, and that every text and error code has its place."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import yaml
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bridge.conversation.sessions import Sessions
from bridge.settings.chat import Chat
from gateway.server import listen, make_server
from gateway.texts import load_texts
from tests.gateway.conftest import MakeStack
from tests.gateway.fake_rasa import TLS
from tests.gateway.harness import PATIENCE, Client, Stack, assert_refused

ROOT = Path(__file__).parents[2]
TEXTS = load_texts("en")


@contextlib.asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[int]:
    """Serve an application and return its port."""
    with listen("127.0.0.1", 0, "PORT") as listener:
        server = make_server(app)
        task = asyncio.create_task(server.serve([listener]))
        yield int(listener.getsockname()[1])
        server.should_exit = True
        await task


@pytest.mark.parametrize("path", ["/", "/widget", "/widget/frontdesk-chat.js", "/chat/history", "/nothing"])
async def test_every_answer_has_the_security_headers(stack: Stack, path: str) -> None:
    headers = (await stack.http.get(path)).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "server" not in headers


async def test_the_page_needs_nothing_inline_and_all_its_files_are_there(stack: Stack) -> None:
    page = await stack.http.get("/")
    assert page.headers["Content-Type"].startswith("text/html")
    assert not re.search(r"<script(?![^>]*\bsrc=)|\bstyle=|<style|\bon[a-z]+=\"", page.text)
    files = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text))
    assert files
    for file in files:
        assert (await stack.http.get(file)).status_code == 200, file


async def test_only_listed_sites_may_load_the_widget_and_frame_its_page(make_stack: MakeStack) -> None:
    stack = await make_stack(chat=Chat(allowed_origins=["https://shop.example"]))
    for origin, allowed in (("https://shop.example", "https://shop.example"), ("https://evil.example", None)):
        script = await stack.http.get("/widget/frontdesk-chat.js", headers={"Origin": origin})
        assert script.headers["Content-Type"].startswith("text/javascript")
        assert script.headers.get("Access-Control-Allow-Origin") == allowed
    framed = (await stack.http.get("/embed")).headers
    assert "frame-ancestors https://shop.example;" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    alone = (await (await make_stack()).http.get("/embed")).headers
    assert "frame-ancestors 'none';" in alone["Content-Security-Policy"]


async def test_conversations_are_not_cached(client: Client) -> None:
    response = await client.http.get("/chat/history", headers=client.headers)
    assert response.headers["Cache-Control"] == "no-store"


async def test_ready_means_that_database_rasa_and_actions_answer(
    make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = await make_stack()
    assert (await stack.http.get("/healthz")).json() == {"status": "ok"}

    async def ask() -> tuple[int, list[str]]:
        stack.gateway.readiness.forget()
        response = await stack.http.get("/readyz")
        return response.status_code, [name for name, well in response.json()["checks"].items() if not well]

    assert await ask() == (503, ["actions"])
    app = Starlette(routes=[Route("/health", lambda _: JSONResponse({"status": "ok"}))])
    async with serving(app) as port:
        stack.gateway.readiness.actions_url = f"http://127.0.0.1:{port}/health"
        assert await ask() == (200, [])
        monkeypatch.setattr(Sessions, "ping", lambda _: 1 / 0)
        assert await ask() == (503, ["database"])
        monkeypatch.undo()
        stack.rasa.token = "another"
        assert await ask() == (503, ["rasa"])
        await stack.rasa.kill()
        assert await ask() == (503, ["rasa"])


async def _counted(http: httpx.AsyncClient) -> str:
    """Return the numbers when a turn is among them: it is counted behind its last word."""
    while "frontdesk_turn_seconds_count 1.0" not in (text := (await http.get("/metrics")).text):  # noqa: ASYNC110  # another process asks so, too
        await asyncio.sleep(0.005)
    return text


async def test_metrics_are_internal_and_count(make_stack: MakeStack) -> None:
    stack = await make_stack()
    client = await stack.client()
    await client.answers(1, after=await client.say("hello"))
    await stack.done(client)
    async with httpx.AsyncClient(base_url=stack.internal_url, trust_env=False, verify=TLS) as http:
        text = await asyncio.wait_for(_counted(http), PATIENCE)
        assert (await http.get("/healthz")).status_code == 200
        assert_refused(await http.post("/chat/session"), 404, "not_found")
    assert 'frontdesk_messages_received_total{kind="text"} 1.0' in text
    assert "frontdesk_queue_depth 0.0" in text
    assert "frontdesk_streams_open" in text


async def test_a_failure_of_our_own_has_the_same_form(make_stack: MakeStack, monkeypatch: pytest.MonkeyPatch) -> None:
    stack = await make_stack()
    client = await stack.client()
    monkeypatch.setattr(Sessions, "find", lambda *_: 1 / 0)
    assert_refused(await stack.http.get("/chat/history", headers=client.headers), 500, "internal")


def test_every_error_code_has_its_sentence_and_its_place_in_the_reference() -> None:
    source = "\n".join(file.read_text() for file in (ROOT / "gateway").rglob("*.py"))
    raised = set(re.findall(r'ApiError\(\d+, "(\w+)"', source)) | set(
        re.findall(r'"(\w+_invalid|too_many_\w+)"', source)
    )
    assert raised <= set(TEXTS.errors)
    reference = (ROOT / "docs/reference/chat-api.md").read_text()
    public = set(TEXTS.errors) - {"secret_invalid"}
    assert {code for code in public if f"`{code}`" not in reference} == set()


def test_the_label_file_has_what_the_gateway_says_and_no_more() -> None:
    content = yaml.safe_load((ROOT / "gateway/labels/en.yml").read_text())
    assert set(content) == {field.name for field in dataclasses.fields(TEXTS)}
    assert load_texts("xx_YY") == load_texts("en_US") == TEXTS


def test_the_apology_says_the_same_as_the_assistants_own() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text())
    texts = {variant.get("text") for variants in domain["responses"].values() for variant in variants}
    assert TEXTS.apology["text"] in texts
    assert TEXTS.handoff["crisis"] in texts
