"""Products and their variations."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from simulators.frame import Simulator
from simulators.seed import Fields
from simulators.woocommerce.replies import page, problem


class Products:
    """Answer what is asked of products."""

    def __init__(self, shop: Simulator) -> None:
        self._shop = shop

    async def products(self, request: Request) -> Response:
        """Search products; options are not searched."""
        query = request.query_params
        words = query.get("search", "").casefold().split()
        found = []
        for product in self._shop.state["products"]:
            text = f"{product['name']} {product['description']} {product['short_description']}".casefold()
            status, sku = query.get("status", "any"), query.get("sku")
            matches = all(word in text for word in words) and sku in (None, product["sku"])
            if matches and status in ("any", product["status"]):
                found.append({name: value for name, value in product.items() if name != "_variations"})
        return page(request, found)

    async def product(self, request: Request) -> Response:
        """Return a product."""
        wanted = request.path_params["id"]
        product = next((one for one in self._shop.state["products"] if one["id"] == wanted), None)
        if product is None:
            return problem("woocommerce_rest_product_invalid_id", "Invalid ID.", 404)
        return JSONResponse({name: value for name, value in product.items() if name != "_variations"})

    async def variations(self, request: Request) -> Response:
        """Return the forms of a product."""
        wanted = request.path_params["id"]
        product = next((one for one in self._shop.state["products"] if one["id"] == wanted), None)
        if product is None:
            return problem("woocommerce_rest_product_invalid_id", "Invalid ID.", 404)
        return page(request, product["_variations"])


def sold(products: list[Fields]) -> list[Fields]:
    """Return everything that can be bought, by its product and variation."""
    made = []
    for product in products:
        for thing in product["_variations"] or [product]:
            options = {one["name"]: one["option"] for one in thing["attributes"] if "option" in one}
            ours = thing is not product
            made.append(
                {
                    "sku": thing["sku"],
                    "name": product["name"],
                    "price": thing["price"],
                    "product_id": product["id"],
                    "variation_id": thing["id"] if ours else 0,
                    "options": options,
                }
            )
    return made
