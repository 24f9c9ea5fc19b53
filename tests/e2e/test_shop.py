"""The whole way in a real browser: from the shop page to an order, a ticket in the database, and back to it."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from bridge.storage.business import tickets
from bridge.storage.engine import reading
from tests.e2e.shop import bubbles, send
from tests.support.stack import Stack

pytestmark = pytest.mark.slow


def test_from_the_page_to_a_ticket_and_back(page: Page, stack: Stack) -> None:
    page.goto(stack.url)
    page.get_by_role("button", name="Chat with us").click()
    expect(page.get_by_text("Here to help")).to_be_visible()
    send(page, "where is my order 1001")
    expect(bubbles(page).last).to_contain_text("postcode", timeout=20_000)
    send(page, "ana.ruiz@example.test")
    expect(bubbles(page).last).to_contain_text("1Z999AA10123456784", timeout=20_000)
    send(page, "your website crashes every time i open it, this is urgent")
    expect(bubbles(page).last).to_contain_text("ana.ruiz@example.test", timeout=20_000)
    page.get_by_role("button", name="Yes, please").click()
    expect(bubbles(page).last).to_contain_text("your ticket is T-", timeout=20_000)
    number = re.search(r"T-\d+", bubbles(page).last.inner_text())
    assert number
    with reading(stack.engine()) as connection:
        row = connection.execute(sa.select(tickets).where(tickets.c.number == number[0])).one()
    assert (row.email, row.priority) == ("ana.ruiz@example.test", "urgent")

    page.reload()
    expect(bubbles(page).filter(has_text="1Z999AA10123456784")).to_have_count(1)
    expect(bubbles(page).filter(has_text=number[0])).to_have_count(1)
    send(page, f"status of ticket {number[0]}")
    expect(bubbles(page).last).to_contain_text("waiting for a colleague", timeout=20_000)
