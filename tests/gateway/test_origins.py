"""A token belongs to the site whose page opened its conversation."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import pytest_asyncio

from bridge.settings.chat import Chat
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Client, Stack, assert_refused, read_events

SHOP, BLOG, EVIL, LONGER = (
    f"https://{name}.example.test" for name in ("shop", "blog", "evil", "shop.example.test.evil")
)


@pytest_asyncio.fixture(loop_scope="package")
async def sites(make_stack: MakeStack) -> Stack:
    """Run a gateway that two sites may use."""
    return await make_stack(chat=Chat(allowed_origins=(SHOP, BLOG)))


async def opened(stack: Stack, **headers: str) -> dict[str, Any]:
    """Open a conversation from a page and return what it got."""
    response = await stack.http.post("/chat/session", headers=headers)
    assert response.status_code == 201, response.text
    content: dict[str, Any] = response.json()
    return content


DOORS = [
    ("GET", "/chat/history"),
    ("GET", "/chat/events"),
    ("POST", "/chat/ticket"),
    ("POST", "/chat/messages"),
    ("POST", "/chat/session"),
]


async def knock(stack: Stack, door: tuple[str, str], token: str, **headers: str) -> httpx.Response:
    """Try a token at a door."""
    return await stack.http.request(*door, headers={"Authorization": f"Bearer {token}"} | headers)


def own(stack: Stack) -> str:
    """Return the origin of the gateway's own pages."""
    return str(stack.http.base_url).rstrip("/")


async def test_pages_of_other_sites_need_to_be_allowed(sites: Stack) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin, allowed in ((SHOP, True), (EVIL, False)):
        preflight = await sites.http.options("/chat/messages", headers={"Origin": origin, **asked})
        assert (preflight.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        answer = await sites.http.post("/chat/session", headers={"Origin": origin})
        assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
        assert answer.status_code == (201 if allowed else 403)


@pytest.mark.parametrize("origin", [EVIL, LONGER, "null", SHOP.replace("https", "http"), ""])
async def test_a_site_that_is_not_allowed_reaches_nothing(sites: Stack, origin: str) -> None:
    token = (await opened(sites))["token"]
    for door in DOORS:
        assert_refused(await knock(sites, door, token, Origin=origin), 403, "origin_not_allowed")


@pytest.mark.parametrize("headers", [{"Origin": BLOG}, {}])
async def test_a_token_of_one_site_is_of_no_use_elsewhere(sites: Stack, headers: dict[str, str]) -> None:
    token = (await opened(sites, Origin=SHOP))["token"]
    for door in DOORS:
        assert_refused(await knock(sites, door, token, **headers), 401, "token_origin")
    assert_refused(await knock(sites, DOORS[0], token, Origin=own(sites)), 401, "token_origin")


async def test_a_token_of_our_own_pages_is_of_no_use_to_another_site(sites: Stack) -> None:
    token = (await opened(sites, Origin=own(sites)))["token"]
    for door in DOORS:
        assert_refused(await knock(sites, door, token, Origin=SHOP), 401, "token_origin")


async def test_a_site_goes_on_with_its_own(sites: Stack) -> None:
    before = await opened(sites, Origin=SHOP)
    headers = {"Origin": SHOP, "Authorization": f"Bearer {before['token']}"}
    renewed = await opened(sites, **headers)
    assert renewed["conversation"] == before["conversation"]
    answer = await sites.http.get("/chat/history", headers=headers | {"Authorization": f"Bearer {renewed['token']}"})
    assert answer.status_code == 200


async def test_our_own_pages_read_without_naming_an_origin(sites: Stack) -> None:
    """Browsers send it with a POST and leave it out of a GET to the page's own site."""
    token = (await opened(sites, Origin=own(sites)))["token"]
    client = Client(sites.http, token=token)
    assert await client.history() == []


@pytest.mark.parametrize("origin", ["https://chat.example.test", "null"])
async def test_behind_a_proxy_that_changes_the_host_our_own_pages_are_known(sites: Stack, origin: str) -> None:
    token = (await opened(sites, **{"Origin": origin, "Sec-Fetch-Site": "same-origin"}))["token"]
    assert await Client(sites.http, token=token).history() == []


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
async def test_a_read_that_names_no_origin(sites: Stack, site: str, status: int) -> None:
    """What a script tag or a picture of another site asks for names none either."""
    token = (await opened(sites))["token"]
    answer = await knock(sites, DOORS[0], token, **{"Sec-Fetch-Site": site})
    assert answer.status_code == status


async def ticket_of(stack: Stack, **headers: str) -> str:
    token = (await opened(stack, **headers))["token"]
    answer = await stack.http.post("/chat/ticket", headers={"Authorization": f"Bearer {token}"} | headers)
    return str(answer.json()["ticket"])


async def test_a_ticket_is_bound_as_well(sites: Stack) -> None:
    async def stream(ticket: str, **headers: str) -> httpx.Response:
        async with sites.http.stream("GET", "/chat/events", params={"ticket": ticket}, headers=headers) as answer:
            if answer.status_code != 200:
                await answer.aread()
            else:
                assert read_events(answer) is not None
            return answer

    ticket = await ticket_of(sites, Origin=SHOP)
    for headers in ({"Origin": BLOG}, {}):
        assert_refused(await stream(ticket, **headers), 401, "ticket_invalid")
    assert (await stream(ticket, Origin=SHOP)).status_code == 200
