"""People who want something done, and go on until it is promised to them, whatever the bot says meanwhile."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from tests.chaos.client import Client, Ledger, RefusedError
from tests.chaos.plan import Kind, Reading, Talk, Write
from tests.chaos.words import APOLOGIES, NOTHING, Said, recognise
from tests.chaos.world import Person

PATIENCE = 120.0
"""Seconds without any answer after which somebody complains; the backstop of the gateway speaks after 15."""
QUIET = 0.6
"""Seconds without another event after which what was said is taken for all of it."""
LOOK = 0.3
ATTEMPTS = 15
TURNS = 12

YES, NO = "/affirm", "/deny"

PROMISES: dict[Kind, tuple[str, ...]] = {
    "ticket": ("utter_tickets_created", "utter_tickets_kept", "utter_tickets_kept_unsure"),
    "comment": ("utter_tickets_updated", "utter_tickets_kept_comment", "utter_tickets_kept_comment_unsure"),
    "lead": ("utter_sales_created", "utter_sales_kept", "utter_sales_kept_unsure"),
}
CONFIRMATIONS = {
    "utter_tickets_confirm": "description",
    "utter_tickets_confirm_comment": "comment",
    "utter_sales_confirm": "interest",
}
"""Which placeholder shows what is about to be written."""


class Talker:
    """Talk one talk.

    Args:
        promised: called once for each write that was promised.
        typing: tells whether a conversation has messages that are still worked on.
    """

    def __init__(
        self,
        client: Client,
        person: Person,
        ledger: Ledger,
        promised: Callable[[], None],
        typing: Callable[[str], bool],
    ) -> None:
        self._client = client
        self._person = person
        self._ledger = ledger
        self._promised = promised
        self._typing = typing

    def talk(self, talk: Talk) -> None:
        """Do one step after the other."""
        for step in talk.steps:
            if isinstance(step, Write):
                self._have_done(step)
            else:
                self._read(step)

    def _have_done(self, write: Write) -> None:
        """Go on until a write is promised; each new attempt has words of its own, so that it is another record."""
        chance = random.Random(write.tag)
        for attempt in range(ATTEMPTS):
            if attempt:
                self._hear(self._post(text="stop"))  # a form that is open would take the next words for its own
            if self._attempt(write, f"{write.tag}{attempt or ''}", chance):
                self._promised()
                if not write.hurried:
                    self._rest()
                if write.reload:
                    self._client.reload()
                return
            self._rest()
        self._ledger.complain(self._client.conversation, f"nothing was promised for {write.tag}, again and again")

    def _attempt(self, write: Write, tag: str, chance: random.Random) -> bool:
        answers = self._answers(write.kind, tag)
        said, payloads = self._say(write, text=answers[""])
        for _ in range(TURNS):
            if any(each.response in PROMISES[write.kind] for each in said):
                return True
            last = said[-1] if said else NOTHING
            if (shown := CONFIRMATIONS.get(last.response)) is not None:
                said, payloads = self._confirm(write, tag in last.values[shown])
            elif last.response in APOLOGIES and payloads and chance.random() < 0.7:
                said, payloads = self._say(write, payload=payloads[0])
            elif last.response in answers:
                said, payloads = self._say(write, text=answers[last.response])
            elif last.response == "utter_ask_tickets_order_number":
                said, payloads = self._say(write, payload=NO)
            else:
                return False
        return False

    def _confirm(self, write: Write, mine: bool) -> tuple[list[Said], list[str]]:
        if not mine:
            return self._say(write, payload=NO)
        if write.double_click:
            self._post(payload=YES)
        if write.hurried:
            seq = self._post(payload=YES)
            self._post(text="thanks")
            return self._hear(seq)
        return self._say(write, payload=YES)

    def _read(self, reading: Reading) -> None:
        if reading == "order":
            said, _ = self._hear(self._post(text=f"where is my order {self._person.order}"))
            if said and said[-1].response == "utter_ask_orders_contact":
                self._hear(self._post(text=self._person.email))
        else:
            self._hear(self._post(text={"products": "show me rain jackets", "greeting": "hello"}[reading]))

    def _answers(self, kind: Kind, tag: str) -> dict[str, str]:
        """Return what is said to each question; the first words stand under ""."""
        told = f"your website crashes every time i open it, this is urgent, case {tag}"
        opening = {
            "ticket": told,
            "comment": f"add a comment to ticket {self._person.ticket}",
            "lead": "i want to talk to sales",
        }
        return {
            "": opening[kind],
            "utter_ask_tickets_description": told,
            "utter_ask_tickets_email": self._person.email,
            # Two forms ask in the same words; whichever is recognised, the answer is the same.
            "utter_ask_check_ticket_form_tickets_email": self._person.email,
            "utter_ask_update_ticket_form_tickets_email": self._person.email,
            "utter_ask_tickets_number": self._person.ticket,
            "utter_ask_tickets_priority": "urgent",
            "utter_ask_tickets_comment": f"here is what i forgot to write the first time, reference {tag}",
            "utter_ask_sales_interest": f"two hundred shirts for our team, reference {tag}",
            "utter_ask_sales_email": f"{tag}@chaos.test",
        }

    def _say(self, write: Write, text: str = "", payload: str = "") -> tuple[list[Said], list[str]]:
        return self._hear(self._post(text, payload, twice=write.posted_twice))

    def _post(self, text: str = "", payload: str = "", *, twice: bool = False) -> int:
        try:
            return self._client.post(text, payload, twice=twice)
        except RefusedError:
            # An old button: people then type what they want.
            return self._client.post("yes" if payload == YES else "no" if payload == NO else "try again")

    def _hear(self, seq: int) -> tuple[list[Said], list[str]]:
        """Wait until the bot has answered and says no more; return what it said and the buttons of the last of it."""
        deadline = time.monotonic() + PATIENCE
        heard, since = 0, time.monotonic()
        while True:
            after = [event for event in self._client.look() if event["seq"] > seq]
            if len(after) > heard:
                heard, since = len(after), time.monotonic()
            bot = [event for event in after if event["type"] == "bot"]
            # While its words trickle in, people read; an apology they answer, though the answer may still come.
            if (
                bot
                and time.monotonic() - since > QUIET
                and (_sorry(bot) or not self._typing(self._client.conversation))
            ):
                return [recognise(event["text"]) for event in bot], _payloads(bot[-1])
            if time.monotonic() > deadline:
                self._ledger.complain(self._client.conversation, f"nothing was said for {PATIENCE:.0f} s after {seq}")
                return [], []
            time.sleep(LOOK)

    def _rest(self) -> None:
        """Wait until everything sent is answered, so that the next words are answered by the next answer."""
        deadline = time.monotonic() + PATIENCE
        while self._typing(self._client.conversation) and time.monotonic() < deadline:
            time.sleep(LOOK)


def _sorry(bot: list[dict[str, Any]]) -> bool:
    return recognise(bot[-1]["text"]).response in APOLOGIES


def _payloads(event: dict[str, Any]) -> list[str]:
    return [button["payload"] for button in event.get("buttons") or ()]
