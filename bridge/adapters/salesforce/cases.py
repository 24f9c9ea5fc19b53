"""Ask Salesforce for cases, their comments and what a key did to them; every answer is compared again here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bridge.adapters.salesforce.asking import soql
from bridge.adapters.salesforce.client import code_of, only_of, quoted, select
from bridge.adapters.salesforce.composite import together
from bridge.connections import Adapter, Words
from bridge.connections.values import findable, if_asked_for
from bridge.model.helpdesk import Comment, Priority, Ticket, TicketStatus
from bridge.transport import Data

NO_RULES = {"Sforce-Auto-Assign": "FALSE"}
"""Otherwise the org's assignment rules give a case away again, at every change of it."""
MOST_PIECES = 20
"""A composite takes 25 requests."""
_NEWEST = "CreatedDate DESC, Id DESC"
_CASE_ID = re.compile(r"500[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_COMMENT_ID = re.compile(r"00a[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?")
_QUEUE = "00G"
"""How the id of a queue begins; other owners are people."""
_CASE = (
    "Id, CaseNumber, Subject, Description, Status, Priority, SuppliedEmail, SuppliedName, OwnerId, Owner.Name, "
    "Contact.Email, Contact.FirstName, Contact.LastName, CreatedDate, LastModifiedDate"
)
_COMMENT = "Id, ParentId, CommentBody, IsPublished, CreatedDate, CreatedBy.Name"
_LONGEST = 3980
"""A comment takes 4000 bytes; the rest is for its "(2/3) "."""


class Cases(Adapter):
    """Hold the questions that the operations share."""

    domain = "helpdesk"

    def field(self, ours: str) -> str:
        """Return the vendor's name of a field that the org has for us; empty where it has none."""
        return self.words.theirs("fields", ours)

    def cases(self, condition: str) -> list[Data]:
        """Return the records of the cases that fit, newest first."""
        optional = filter(None, map(self.field, ("key", "order_number", "tags", "due")))
        return list(select(self.session, soql(", ".join((_CASE, *optional)), "Case", condition, _NEWEST)))

    def case_with(self, case_id: str) -> Data | None:
        """Return the record of a case, or None where there is none."""
        found = self.cases(f"Id = {quoted(case_id)}") if _CASE_ID.fullmatch(case_id) else []
        return next(iter(only_of(case_id, found)), None)

    def told(self, case_id: str) -> list[Comment]:
        """Return what the requester may read of the comments, oldest first."""
        condition = f"ParentId = {quoted(case_id)} AND IsPublished = true"
        found = only_of(case_id, select(self.session, soql(_COMMENT, "CaseComment", condition, _NEWEST)), "ParentId")
        return [comment_of(if_asked_for(one, is_it=one.flag("IsPublished"))) for one in reversed(found)]

    def comment_with(self, case_id: str, comment_id: str) -> Comment | None:
        """Return a comment of a case, public or not."""
        if not _COMMENT_ID.fullmatch(comment_id):
            return None
        found = select(self.session, soql(_COMMENT, "CaseComment", f"Id = {quoted(comment_id)}"))
        return next((comment_of(one) for one in found if one.id("ParentId")[:15] == case_id[:15]), None)

    def mark(self, case_id: str, key: str) -> Data | None:
        """Return the record that says what a key did to a case."""
        if not _CASE_ID.fullmatch(case_id) or not findable(key):
            return None
        ours, case = self.field("key"), self.field("change_case")
        names = f"Id, {ours}, {case}, {self.field('change_record')}"
        found = select(self.session, soql(names, self.field("change"), f"{ours} = {quoted(key)}"))
        same = (one for one in found if one.text(ours, "") == key)
        return next((one for one in same if one.id(case, "")[:15] == case_id[:15]), None)

    def once(self, case_id: str, key: str, *asked: tuple[str, str, str, Any], record: str = "") -> None:
        """Do this to a case and mark it with the key, both or nothing: Salesforce keeps a key only once.

        Args:
            record: what came of it; may be "@{name.id}" of something asked.
        """
        mark = {self.field("key"): key, self.field("change_case"): case_id, self.field("change_record"): record}
        marked = ("mark", "POST", f"sobjects/{self.field('change')}", mark)
        reply = together(self.session, self.fields["version"], *asked, marked, headers=NO_RULES)
        if code_of(reply) != "DUPLICATE_VALUE":
            reply.check()

    def queue(self, team: str) -> str:
        """Return the id of a team's queue; empty where there is none."""
        if mapped := self.words.theirs("teams", team):
            return mapped
        named = f"Type = 'Queue' AND Name = {quoted(team)}"
        found = select(self.session, soql("Id, Name", "Group", named)) if findable(team) else ()
        return next((one.id("Id") for one in found if one.text("Name") == team), "")

    def contact(self, email: str) -> str:
        """Return the id of the one contact with exactly this e-mail; empty where there is none, or several."""
        found = select(self.session, soql("Id, Email", "Contact", f"Email = {quoted(email)}"))
        same = [one.id("Id") for one in found if one.text("Email", "").casefold() == email.casefold()]
        return same[0] if len(same) == 1 else ""


def ticket_of(record: Data, words: Words) -> Ticket:
    """Return a ticket without its comments; its person is the contact, where it has one."""
    contact, owner, due = record["Contact"], record.id("OwnerId", ""), words.theirs("fields", "due")
    person = " ".join(filter(None, (contact.text(one, "") for one in ("FirstName", "LastName")))) if contact else ""
    return Ticket(
        id=record.id("Id"),
        number=record.text("CaseNumber"),
        subject=record.text("Subject", ""),
        description=record.text("Description", ""),
        status=words.ours("statuses", record.text("Status"), TicketStatus, TicketStatus.OTHER),
        status_label=record.text("Status"),
        priority=words.ours("priorities", record.text("Priority", ""), Priority, Priority.NORMAL),
        email=(contact.text("Email", "") if contact else "") or record.text("SuppliedEmail", ""),
        created_at=record.time("CreatedDate"),
        updated_at=record.time("LastModifiedDate"),
        name=person or record.text("SuppliedName", ""),
        team=_team(record, words.section("teams"), owner) if owner.startswith(_QUEUE) else "",
        order_number=_ours(record, words, "order_number"),
        due_at=record.time_or_none(due) if due else None,
        tags=tuple(filter(None, _ours(record, words, "tags").split(";"))),
    )


def comment_of(record: Data) -> Comment:
    """Return a comment."""
    author = record["CreatedBy"].text("Name", "") if record["CreatedBy"] else ""
    return Comment(record.text("CommentBody"), author, record.time("CreatedDate"), record.flag("IsPublished"))


def pieces(body: str) -> list[str]:
    """Return a text in pieces that fit into a comment each, numbered where there are several; lines stay whole."""
    found, left = [], body
    while left:
        piece = left[: len(left.encode(errors="replace")[:_LONGEST].decode(errors="ignore"))]
        if piece != left:
            piece = piece[: piece.rfind("\n") + 1] or piece
        found.append(piece)
        left = left[len(piece) :]
    return found if len(found) < 2 else [f"({at}/{len(found)}) {one}" for at, one in enumerate(found, 1)]


def _team(record: Data, teams: Mapping[str, str], owner: str) -> str:
    mapped = next((ours for ours, theirs in teams.items() if theirs[:15] == owner[:15]), "")
    return mapped or (record["Owner"].text("Name", "") if record["Owner"] else "")


def _ours(record: Data, words: Words, field: str) -> str:
    name = words.theirs("fields", field)
    return record.text(name, "") if name else ""
