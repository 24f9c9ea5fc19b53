"""The mailbox of the demo: there for this machine alone, because it shows codes."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from bridge.mail import Mailbox
from bridge.settings.mail import MailServer
from bridge.storage.chat import demo_mails
from bridge.storage.engine import writing
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import assert_refused

PAGES = ("/demo/mailbox", "/demo/mails")


async def test_it_shows_what_was_sent_newest_first(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True)
    with writing(stack.engine) as connection:
        connection.execute(sa.delete(demo_mails))
    for number in ("111111", "222222"):
        Mailbox(stack.engine).send("ann@example.test", f"Your code: {number}", "<b>text</b>")
    answer = await stack.http.get("/demo/mails")
    assert [mail["subject"] for mail in answer.json()["mails"]] == ["Your code: 222222", "Your code: 111111"]
    assert answer.json()["mails"][0]["text"] == "<b>text</b>"
    assert answer.headers["Cache-Control"] == "no-store"
    page = await stack.http.get("/demo/mailbox")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("demo", [True, False])
async def test_the_shop_shows_the_way_there_where_there_is_one(make_stack: MakeStack, demo: bool) -> None:
    stack = await make_stack(demo=demo)
    shop = await stack.http.get("/")
    (opening,) = re.findall(r'<div id="mailbox"[^>]*>', shop.text)
    assert ("hidden" in opening) is not demo
    assert (shop.status_code, shop.headers["Cache-Control"]) == (200, "no-cache")
    assert "default-src 'self'" in shop.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "changes",
    [
        {"demo": False},
        {"demo": True, "host": "0.0.0.0"},  # noqa: S104  # what must be refused
        {"demo": True, "host": "192.0.2.7"},
        {"demo": True, "host": "::"},
        {"demo": True, "host": "chat.example.test"},
        {"demo": True, "mail_server": MailServer("mail.example.test", 587, tls=False, starttls=True)},
    ],
    ids=range(6),
)
async def test_elsewhere_there_is_none(make_stack: MakeStack, changes: dict[str, object], path: str) -> None:
    stack = await make_stack(**changes)
    assert_refused(await stack.http.get(path), 404, "not_found")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("host", ["evil.example.test", "localhost.evil.example.test:8080", "127.0.0.1.nip.example"])
async def test_a_name_that_was_pointed_here_gets_nothing(make_stack: MakeStack, path: str, host: str) -> None:
    stack = await make_stack(demo=True)
    assert_refused(await stack.http.get(path, headers={"Host": host}), 404, "not_found")


@pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1:1", "[::1]", "[::1]:8080"])
async def test_every_name_of_this_machine_will_do(make_stack: MakeStack, host: str) -> None:
    stack = await make_stack(demo=True)
    assert (await stack.http.get("/demo/mails", headers={"Host": host})).status_code == 200
