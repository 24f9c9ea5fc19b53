"""People send files: bounded while they come, known by their content, scanned, and seen by nobody else."""

from __future__ import annotations

import contextlib
import stat
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa

from bridge.conversation.files import PART
from bridge.handoff.transcript import transcript
from bridge.settings.privacy import Files, Scan
from bridge.storage.privacy import files
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Client, Stack, assert_refused

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
ALLOWED = Files(allowed=True, most_mb=1, per_conversation=3, client_per_minute=1000)

Start = Callable[[Files], Awaitable[Stack]]


@pytest.fixture
def start(make_stack: MakeStack) -> Start:
    """Start a gateway that takes files."""

    async def make(limits: Files = ALLOWED) -> Stack:
        return await make_stack(files=limits)

    return make


@pytest.fixture
def scanner() -> Iterator[Callable[[int], tuple[str, list[bytes]]]]:
    """Run scanners that answer everything alike, and tell what they got."""
    with contextlib.ExitStack() as servers:

        def make(status: int) -> tuple[str, list[bytes]]:
            got: list[bytes] = []

            class Handler(BaseHTTPRequestHandler):
                def do_POST(self) -> None:  # its name there
                    got.append(self.rfile.read(int(self.headers["Content-Length"])))
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

                def log_message(self, *_: object) -> None:
                    """Stay silent."""

            server = servers.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}/scan", got

        yield make


async def send(
    client: Client,
    content: bytes | AsyncIterator[bytes] = PNG,
    name: str = "photo.png",
    upload_id: str = "",
    **headers: str,
) -> httpx.Response:
    """Send a file."""
    described = {"X-File-Id": upload_id or str(uuid.uuid4()), "X-File-Name": quote(name)}
    return await client.http.post("/chat/files", content=content, headers=client.headers | described | headers)


def on_disk(stack: Stack) -> list[Path]:
    """Return every file that lies in the folder."""
    return [path for path in stack.gateway.desk.files._folder.rglob("*") if path.is_file()]


async def test_a_file_is_kept_shown_and_given_back(start: Start) -> None:
    stack = await start(ALLOWED)
    client = await stack.client()
    response = await send(client, name="C:\\holiday\\my photo.png")
    assert response.status_code == 202, response.text
    shown = response.json()["file"]
    assert (shown["name"], shown["type"], shown["size"]) == ("my photo.png", "image/png", len(PNG))
    user, receipt = await client.history()
    assert (user["type"], user["text"], user["file"]) == ("user", "my photo.png", shown)
    assert (receipt["type"], receipt["text"]) == (
        "notice",
        stack.gateway.texts.files["received"].format(name="my photo.png"),
    )
    back = await client.http.get(f"/chat/files/{shown['id']}", headers=client.headers)
    assert (back.status_code, back.content) == (200, PNG)
    assert back.headers["content-type"] == "image/png"
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''my%20photo.png"
    assert back.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["cache-control"] == "no-store"
    assert stack.rasa.started == []  # a form that waits for an answer is not confused


async def test_it_lies_under_a_random_name_that_only_we_may_read(start: Start) -> None:
    stack = await start(ALLOWED)
    client = await stack.client()
    shown = (await send(client, name="../../secret.png")).json()["file"]
    (path,) = on_disk(stack)
    assert (path.name, shown["name"]) == (shown["id"], "secret.png")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert client.conversation not in str(path)


async def test_it_is_mentioned_to_whoever_takes_over(start: Start) -> None:
    stack = await start(ALLOWED)
    client = await stack.client()
    await client.say("look at this")
    await send(client)
    assert "user: [file] photo.png (image/png, 1 KB, " in transcript(stack.engine, client.conversation)


async def test_nobody_else_sees_it(start: Start) -> None:
    stack = await start(ALLOWED)
    client, other = await stack.client(), await stack.client()
    address = f"/chat/files/{(await send(client)).json()['file']['id']}"
    assert_refused(await stack.http.get(address, headers=other.headers), 404, "file_gone")
    assert_refused(await stack.http.get(address), 401, "token_missing")
    assert_refused(await stack.http.get("/chat/files/..%2f..%2ffrontdesk.db", headers=client.headers), 404, "not_found")
    assert_refused(await stack.http.get("/chat/files/frontdesk.db", headers=client.headers), 404, "file_gone")


async def test_the_same_upload_again_is_one_file(start: Start) -> None:
    stack = await start(ALLOWED)
    client, upload_id = await stack.client(), str(uuid.uuid4())
    first, again = await send(client, upload_id=upload_id), await send(client, upload_id=upload_id)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json() == again.json()
    assert len(on_disk(stack)) == 1
    assert len(await client.history()) == 2


async def test_the_session_says_what_may_be_sent(start: Start, stack: Stack) -> None:
    mine = await start(ALLOWED)
    said = (await Client(mine.http).open()).json()["files"]
    assert said == {"types": list(ALLOWED.types), "most_bytes": 1024 * 1024}
    assert "files" not in (await Client(stack.http).open()).json()


async def test_where_it_is_not_allowed_nothing_is_taken(stack: Stack, client: Client) -> None:
    assert_refused(await send(client), 403, "files_off")
    assert on_disk(stack) == []


class TestRefused:
    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"", "empty.png", "file_empty"),
            (b"MZ\x90\0" + PNG, "photo.png", "file_type"),
            (b"<html><script>alert(1)</script>", "page.txt", "file_type"),
            (b"  \xef\xbb\xbf<svg onload=x>", "picture.txt", "file_type"),
            (b"PK\x03\x04archive", "report.pdf", "file_type"),
            (b"\0binary", "notes.txt", "file_type"),
        ],
    )
    async def test_by_its_content_whatever_its_name(self, start: Start, content: bytes, name: str, code: str) -> None:
        stack = await start(ALLOWED)
        client = await stack.client()
        assert_refused(await send(client, content, name), 422, code)
        assert (on_disk(stack), await client.history()) == ([], [])

    async def test_a_type_that_the_deployment_does_not_name(self, start: Start) -> None:
        stack = await start(ALLOWED.copy(update={"types": ("application/pdf",)}))
        client = await stack.client()
        assert_refused(await send(client), 422, "file_type")
        assert (await send(client, b"%PDF-1.7 ...", "a.png")).json()["file"]["name"] == "a.png.pdf"

    async def test_one_that_says_it_is_too_large_is_not_even_read(self, start: Start) -> None:
        stack = await start(ALLOWED)
        client = await stack.client()
        assert_refused(await send(client, PNG + bytes(1024 * 1024)), 413, "file_too_large")
        assert (on_disk(stack), await client.history()) == ([], [])

    async def test_one_that_does_not_say_how_large_it_is_is_cut_while_it_comes(self, start: Start) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            yield PNG
            while sent < 200 * 1024 * 1024:
                sent += 64 * 1024
                yield bytes(64 * 1024)

        stack = await start(ALLOWED)
        client = await stack.client()
        with contextlib.suppress(httpx.TransportError):  # it may go on sending to a door that is closed
            assert_refused(await send(client, endless()), 413, "file_too_large")
        assert sent < 100 * 1024 * 1024
        assert (on_disk(stack), await client.history()) == ([], [])

    async def test_more_than_a_conversation_may_have(self, start: Start) -> None:
        stack = await start(ALLOWED)
        client = await stack.client()
        for _ in range(3):
            assert (await send(client)).status_code == 202
        assert_refused(await send(client), 422, "too_many_files")
        assert (await send(await stack.client())).status_code == 202

    async def test_faster_than_an_address_may(self, start: Start) -> None:
        stack = await start(ALLOWED.copy(update={"client_per_minute": 2}))
        codes = [(await send(await stack.client())).status_code for _ in range(3)]
        assert codes == [202, 202, 429]

    async def test_when_there_is_no_room_left(self, start: Start) -> None:
        stack = await start(ALLOWED.copy(update={"total_mb": 1, "most_mb": 2}))
        refused = await send(await stack.client())
        assert_refused(refused, 503, "files_full")
        assert refused.headers["retry-after"] == "3600"

    @pytest.mark.parametrize(
        ("headers", "code"),
        [({"X-File-Id": "7"}, "id_invalid"), ({"X-File-Name": ""}, "file_name"), ({"X-File-Name": "a b"}, "file_name")],
    )
    async def test_without_an_id_or_a_name(self, start: Start, headers: dict[str, str], code: str) -> None:
        client = await (await start(ALLOWED)).client()
        assert_refused(await send(client, **headers), 422, code)

    async def test_without_a_token(self, start: Start) -> None:
        stack = await start(ALLOWED)
        assert_refused(await send(Client(stack.http, token="forged")), 401, "token_invalid")

    async def test_after_the_conversation_was_deleted_meanwhile(self, start: Start) -> None:
        async def slowly() -> AsyncIterator[bytes]:
            yield PNG
            await client.http.delete("/chat/conversation", headers=client.headers)
            yield PNG

        stack = await start(ALLOWED)
        client = await stack.client()
        assert_refused(await send(client, slowly()), 401, "token_invalid")
        assert on_disk(stack) == []


def command(code: str) -> Scan:
    """Scan with a piece of Python that gets the path."""
    return Scan(command=(sys.executable, "-c", f"import sys, time; path = sys.argv[-1]; {code}"), seconds=20)


class TestScanned:
    async def test_a_clean_one_is_taken_and_was_hidden_until_then(self, start: Start) -> None:
        seen = command(f"assert path.endswith('{PART}') and open(path, 'rb').read(4) == b'\\x89PNG'")
        client = await (await start(ALLOWED.copy(update={"scan": seen}))).client()
        assert (await send(client)).status_code == 202

    async def test_an_infected_one_is_not_kept(self, start: Start) -> None:
        stack = await start(ALLOWED.copy(update={"scan": command("sys.exit(1)")}))
        client = await stack.client()
        assert_refused(await send(client), 422, "file_refused")
        assert (on_disk(stack), await client.history()) == ([], [])

    @pytest.mark.parametrize(
        "scan",
        [
            command("sys.exit(2)"),
            command("time.sleep(60)").copy(update={"seconds": 0.3}),
            Scan(command=("/nowhere/scanner",)),
            Scan(url="http://127.0.0.1:9/scan"),
        ],
        ids=["fails", "hangs", "is missing", "is unreachable"],
    )
    async def test_without_an_answer_of_the_scanner_nothing_is_taken(self, start: Start, scan: Scan) -> None:
        stack = await start(ALLOWED.copy(update={"scan": scan}))
        client = await stack.client()
        assert_refused(await send(client), 503, "file_not_checked")
        assert (on_disk(stack), await client.history()) == ([], [])
        assert stack.rows(sa.select(files)) == []

    @pytest.mark.parametrize(("answer", "status"), [(204, 202), (406, 422), (200, 503), (302, 503), (500, 503)])
    async def test_by_an_address(
        self, start: Start, scanner: Callable[[int], tuple[str, list[bytes]]], answer: int, status: int
    ) -> None:
        url, got = scanner(answer)
        client = await (await start(ALLOWED.copy(update={"scan": Scan(url=url)}))).client()
        assert (await send(client)).status_code == status
        assert got == [PNG]
