"""What has to come of every fault on the wire: as with the embedded systems, but for what a vendor makes different.

Played is what can differ behind the transport: every operation of every manifest with every fault at its first call. A
write whose system fails as a whole, and not only where something is changed, is played with one fault of each kind; a
read that was answered before, with one of each outcome, because the cache sees nothing else; an open breaker with one
fault, because nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.connections.manifest import manifest_of
from tests.resilience.expected import ENDS, UNREADABLE_BEFORE, cell
from tests.resilience.matrix import NOT_ASKED, Cell, is_write
from tests.resilience.wire import EVERYTHING
from tests.resilience.worlds import WORLDS

FAULTS = {
    "none": "the vendor's own answer",
    "delay": "the first request takes 7 s",
    "hang": "nothing for ten minutes, and then a cut",
    "refused": "nobody listens; befalls every request",
    "reset": "the connection is cut, nothing done",
    "dies": "the change is done, the connection is cut, and everything after it gets 503",
    "401": "also with a new token",
    "403": "without a word about limits",
    "404": "at the shops: the whole API is not there",
    "409": "the record is in the way",
    "422": "a value is refused; 400 at WooCommerce, Salesforce and Request Tracker",
    "429": "with Retry-After; Shopify: 200 THROTTLED; Salesforce: 403 REQUEST_LIMIT_EXCEEDED",
    "500": "nothing done, which nobody can know",
    "errors": "Shopify only: 200 with INTERNAL_SERVER_ERROR",
    "502_after_write": "a proxy's page, after the change was done",
    "503": "nothing done",
    "html": "200 with a page, after the change was done",
    "truncated_json": "half of the answer as if it were all",
    "reset_in_answer": "the answer breaks off at its half",
    "wrong_types": "every value is of another type",
    "nulls": "every value is null",
    "huge_body": "more than the transport takes",
    "slow_drip": "the answer drips for ten minutes, after the change was done",
}
LEFT_OUT = {
    "shopify": {"409", "422"},
    "woocommerce": {"errors"},
    "zendesk": {"errors"},
    "salesforce": {"errors"},
    "request_tracker": {"errors"},
}
"""What a vendor's API does not say: Shopify refuses inside of a 200, and only GraphQL fails with one."""
_DONE = ("502_after_write", "html", "truncated_json", "reset_in_answer", "wrong_types", "nulls", "huge_body")
_ENDS = {
    **ENDS,
    "500": ("unavailable", "lost"),
    "errors": ("unavailable", "lost"),
    "dies": ("", "done late"),
    "reset_in_answer": ("protocol", "done"),
    "nulls": ("protocol", "done"),
}
_EVERYWHERE = {
    "hang": "lost",
    "reset": "unavailable",
    "401": "credentials",
    "403": "credentials",
    "429": "busy",
    "500": "unavailable",
    "502_after_write": "unavailable",
    "503": "unavailable",
    "html": "lost",
    "slow_drip": "lost",
}
"""How a write ends that asks something first, where that meets the fault already. Unreadable, it may be the write's."""
_OF_EACH_OUTCOME = ("none", "401", "404", "429", "503", "html")
_CACHED = ("commerce.find_order", "commerce.search_products", "helpdesk.find_ticket")

_NOBODYS = "a record without the key, name or state that is looked for is another one, and no riddle"
_BY_JOB = "it is a job there: who reads it back before that is done finds nothing"
_NO_API = "404 is not of a record: the shop has gone or its plugin is off, and what asks by id gets another answer"
_NO_TICKET = "to a ticket that is not there, nothing was done by any key"
_ASKS_FIRST = "the ticket is looked for first, and that fails already"
_AT_ONCE = "nothing is asked before the change, so it may have happened, and its read-back fails too"


@dataclass(frozen=True)
class Difference:
    """Say where a vendor ends otherwise, and why."""

    vendors: tuple[str, ...]
    operations: tuple[str, ...]
    """Their names; none is all."""
    faults: tuple[str, ...]
    state: str
    ends: str
    why: str

    def fits(self, vendor: str, operation: str, fault: str, state: str) -> bool:
        """Tell whether this is about one cell."""
        return (
            vendor in self.vendors
            and (not self.operations or operation.partition(".")[2] in self.operations)
            and fault in self.faults
            and state in (self.state, "cached before" if self.state == "first call" else "")
        )


_HELPDESKS = ("zendesk", "salesforce", "request_tracker")
DIFFERENCES = (
    Difference(("shopify", "woocommerce"), (), ("404",), "first call", "unavailable", _NO_API),
    Difference(("shopify",), ("cancel_order",), _DONE, "first call", "done late", _BY_JOB),
    Difference(
        ("shopify",),
        ("find_return_by_key", "find_checkout_by_key"),
        ("nulls",),
        "first call",
        "ok",
        _NOBODYS,
    ),
    Difference(("woocommerce",), ("list_orders",), ("nulls",), "first call", "ok", _NOBODYS),
    Difference(
        ("zendesk",),
        ("find_ticket_by_key", "list_tickets", "find_comment_by_key", "find_ticket_update"),
        ("nulls",),
        "first call",
        "ok",
        _NOBODYS,
    ),
    Difference(
        ("salesforce",),
        (
            *("find_lead_by_key", "find_opportunity_by_key", "find_interaction_by_key"),
            *("find_ticket_by_key", "find_comment_by_key", "find_ticket_update"),
        ),
        ("nulls",),
        "first call",
        "ok",
        _NOBODYS,
    ),
    Difference(("request_tracker",), ("find_ticket_by_key",), ("nulls",), "first call", "ok", _NOBODYS),
    Difference(("salesforce",), ("find_contact_by_phone",), ("nulls",), "first call", "not_found", _NOBODYS),
    Difference(("zendesk",), ("find_comment_by_key", "find_ticket_update"), ("404",), "first call", "ok", _NO_TICKET),
    Difference(_HELPDESKS, ("add_comment",), ("refused",), "first call", NOT_ASKED, _ASKS_FIRST),
    Difference(_HELPDESKS, ("add_comment",), ("html",), EVERYTHING, UNREADABLE_BEFORE, _ASKS_FIRST),
    Difference(_HELPDESKS, ("add_comment",), tuple(_EVERYWHERE), EVERYTHING, NOT_ASKED, _ASKS_FIRST),
    Difference(("salesforce",), ("update_contact",), ("reset", "500"), EVERYTHING, "lost", _AT_ONCE),
    Difference(
        ("salesforce",),
        ("update_contact",),
        ("502_after_write", "html", "slow_drip"),
        EVERYTHING,
        "done late",
        _AT_ONCE,
    ),
)


def places(vendor: str) -> Iterator[tuple[str, str, str]]:
    """Yield operation, fault and state of every cell of a vendor."""
    domains = manifest_of(vendor).domains
    for operation in (f"{domain}.{name}" for domain in WORLDS[vendor].domains for name in domains[domain].operations):
        for fault in FAULTS:
            if fault not in LEFT_OUT[vendor] and (fault != "dies" or is_write(operation)):
                yield operation, fault, "first call"
        if is_write(operation):
            yield from ((operation, fault, EVERYTHING) for fault in _EVERYWHERE)
        if operation in _CACHED:
            yield from ((operation, fault, "cached before") for fault in _OF_EACH_OUTCOME)
        yield operation, "503", "breaker open"


def expected(vendor: str, operation: str, fault: str, state: str) -> Cell:
    """Return what has to come of one cell."""
    differs = difference(vendor, operation, fault, state)
    ends = _EVERYWHERE[fault] if state == EVERYTHING else _ENDS[fault][is_write(operation)]
    return cell(operation, differs.ends if differs else ends, state)


def difference(vendor: str, operation: str, fault: str, state: str) -> Difference | None:
    """Return in what a cell differs, or None."""
    return next((one for one in DIFFERENCES if one.fits(vendor, operation, fault, state)), None)
