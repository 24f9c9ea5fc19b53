"""The page of the demo where a cart of the embedded shop ends: for this machine alone, and without any payment."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from bridge.model.commerce import CartLine, Product, Variant
from bridge.model.money import Money
from bridge.settings.places import DEMO_CART
from bridge.storage.business import product_variants
from tests.adapters.embedded.worlds import CHECKOUT_URL, CommerceWorld
from tests.gateway.conftest import MakeStack
from tests.gateway.harness import Stack, assert_refused

HOSTILE = "<script>alert(1)</script> & \"$total\" '$name' \u202e${sum}"


def make_cart(stack: Stack, name: str = "Rain Jacket") -> str:
    """Put two kinds of a product into a cart, and return the path of its page."""
    world = CommerceWorld(stack.engine, stack.engine)
    kinds = [Variant(sku, {"colour": "Olive", "size": sku}, Money(11900, "USD"), None) for sku in ("L", "XL")]
    world.add_product(Product("", name, tuple(kinds)))
    with stack.engine.connect() as connection:
        first, second = connection.execute(sa.select(product_variants.c.id)).scalars()
    lines = [CartLine(str(first), 2), CartLine(str(second), 10)]
    checkout = world.adapter.create_checkout("ann@example.test", lines, "key")
    return DEMO_CART + checkout.url.removeprefix(CHECKOUT_URL)


def cells(page: str) -> list[str]:
    """Return what stands in the cells of the cart."""
    body = page.split("<tbody>")[1]
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", body)]


async def test_it_shows_the_cart_and_that_nothing_can_be_paid(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True)
    answer = await stack.http.get(make_cart(stack))
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    told = [
        ["Rain Jacket Olive, L", "$119.00", "2", "$238.00"],
        ["Rain Jacket Olive, XL", "$119.00", "10", "$1,190.00"],
    ]
    assert cells(answer.text) == [*told[0], *told[1], "Together, before delivery", "$1,428.00"]
    assert "nothing can be paid" in answer.text
    assert "ann@example.test" not in answer.text
    style = await stack.http.get("/static/demo.css")
    assert style.status_code == 200


async def test_a_cart_stays_as_it_was_when_the_shop_changes(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True)
    path = make_cart(stack)
    before = (await stack.http.get(path)).text
    with stack.engine.begin() as connection:
        connection.execute(sa.delete(product_variants))
    assert (await stack.http.get(path)).text == before


async def test_a_hostile_name_stays_text(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True)
    page = (await stack.http.get(make_cart(stack, HOSTILE))).text
    assert "<script" not in page
    assert (
        page.count("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;$total&quot; &#x27;$name&#x27; \u202e${sum}") == 2
    )


@pytest.mark.parametrize("token", ["nobodys", "a" * 5000, "%00", "$total", "%3Cscript%3E", "'%20or%201=1"])
async def test_an_unknown_token_is_told_kindly(make_stack: MakeStack, token: str) -> None:
    stack = await make_stack(demo=True)
    make_cart(stack)
    answer = await stack.http.get(DEMO_CART + token)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert "There is no cart here" in answer.text
    assert "$" not in answer.text


@pytest.mark.parametrize("changes", [{"demo": False}, {"demo": True, "host": "0.0.0.0"}])  # noqa: S104  # refused
async def test_elsewhere_there_is_none(make_stack: MakeStack, changes: dict[str, object]) -> None:
    stack = await make_stack(**changes)
    assert_refused(await stack.http.get(make_cart(stack)), 404, "not_found")


async def test_a_name_that_was_pointed_here_gets_nothing(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True)
    path = make_cart(stack)
    assert_refused(await stack.http.get(path, headers={"Host": "evil.example.test"}), 404, "not_found")


async def test_the_address_that_links_name_is_one_of_this_machines(make_stack: MakeStack) -> None:
    stack = await make_stack(demo=True, host="127.0.0.2")
    assert (await stack.http.get(make_cart(stack), headers={"Host": "127.0.0.2:8080"})).status_code == 200
