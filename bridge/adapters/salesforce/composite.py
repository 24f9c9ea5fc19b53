"""Do several things in one request: all of them, or nothing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bridge.adapters.salesforce.client import HALTED, code_of
from bridge.transport import Data, Reply, Session


def together(
    session: Session, version: str, *asked: tuple[str, str, str, Any], headers: Mapping[str, str] | None = None
) -> Reply:
    """Do all or nothing in one request, and return the answer to the last, or to the one that failed.

    Args:
        asked: name, method, path and body of each; a body may hold "@{name.id}" of one before it.
        headers: of each of them.
    """
    root = f"/services/data/{version}"
    told = {"httpHeaders": dict(headers)} if headers else {}
    parts = [
        {"referenceId": name, "method": method, "url": f"{root}/{path}", **told, **({"body": body} if body else {})}
        for name, method, path, body in asked
    ]
    reply = session.post("composite", json={"allOrNone": True, "compositeRequest": parts})
    answers = [_answer(session, reply, one) for one in reply.data.each("compositeResponse")]
    if len(answers) != len(asked):
        raise reply.data["compositeResponse"].wrong("an answer to each request")
    failed = (one for one in answers if code_of(one) not in ("", HALTED))
    return next(failed, answers[-1])


def _answer(session: Session, reply: Reply, part: Data) -> Reply:
    body = json.dumps(part["body"].raw, default=str).encode()
    answer = Reply(reply.what, reply.url, part.number("httpStatusCode"), reply.headers, body, writes=True)
    answer.error_of = session.error
    return answer


def query_path(soql: str) -> str:
    """Return the path of a query inside of a composite."""
    return f"query?q={quote(soql, safe='')}"
