"""What WordPress answers: pages of records, and errors with a code."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

MOST_A_PAGE = 100


def problem(code: str, message: str, status: int, **more: Any) -> Response:
    """Return an error."""
    return JSONResponse({"code": code, "message": message, "data": {"status": status, **more}}, status)


def invalid(params: dict[str, str], code: str = "rest_out_of_bounds") -> Response:
    """Return what is wrong with parameters, by their names."""
    details = {name: {"code": code, "message": message, "data": None} for name, message in params.items()}
    message = f"Invalid parameter(s): {', '.join(params)}"
    return problem("rest_invalid_param", message, 400, params=params, details=details)


def no_order() -> Response:
    """Return that there is no such order."""
    return problem("woocommerce_rest_shop_order_invalid_id", "Invalid ID.", 404)


def page(request: Request, found: list[Any]) -> Response:
    """Return one page of a list."""
    query = request.query_params
    size, number = query.get("per_page", "10"), query.get("page", "1")
    if not size.isdecimal() or not 1 <= int(size) <= MOST_A_PAGE:
        message = f"per_page must be between 1 (inclusive) and {MOST_A_PAGE} (inclusive)"
        return invalid({"per_page": message})
    place, count = int(number) if number.isdecimal() else 1, int(size)
    pages = -(-len(found) // count)
    headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
    if place < pages:
        further = request.url.include_query_params(page=place + 1)
        headers["Link"] = f'<{further}>; rel="next"'
    shown = found[(place - 1) * count : place * count]
    fields = query.get("_fields")
    if fields:
        shown = [{name: one[name] for name in fields.split(",") if name in one} for one in shown]
    return JSONResponse(shown, headers=headers)
