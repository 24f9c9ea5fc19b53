"""Cart: put together what somebody wants to buy, and make the link where the shop takes the money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from bridge.conversation.drafts import Draft, Drafts
from bridge.conversation.turns import Turn
from bridge.errors import BridgeError, Stale, UnsupportedError
from bridge.formatting.cards import cart_card
from bridge.formatting.outbound import Speech
from bridge.formatting.refusals import REFUSALS
from bridge.model.commerce import CartLine, Product, Variant
from bridge.model.identity import Level
from bridge.model.money import Money
from bridge.model.outcome import Outcome
from bridge.ports.commerce import Commerce
from bridge.settings.shop import Shop
from bridge.usecases.basket import Basket, Line, Question
from bridge.usecases.choosing import Choice, choose, meant
from bridge.usecases.degradation import AWAY, CHECK_OUT, Degradation
from bridge.usecases.products import SEARCH
from bridge.usecases.wanting import Wanted, read

OPERATION = "place_order"
NEEDED = {"search_products", "create_checkout"}
WANTED, CONTENT, CONFIRMED = "cart_wanted", "cart_content", "cart_confirmed"
NOT_FOUND = "utter_cart_not_found"
SETTLED = (WANTED, CONTENT, CONFIRMED)
CONFIRM_AGAIN = (CONFIRMED,)
MOST_LINES = 10
LOOKED_AT = 5
"""Products that are offered to choose from at most."""


@dataclass(frozen=True)
class Filled:
    """Hold a basket as it is now, and what has to be said of how it came to that."""

    basket: Basket
    said: tuple[Outcome, ...] = ()


class Cart:
    """Fill baskets, and check them out from drafts that were shown."""

    def __init__(
        self, commerce: Commerce, drafts: Drafts, degradation: Degradation, speech: Speech, shop: Shop
    ) -> None:
        self._commerce = commerce
        self._drafts = drafts
        self._degradation = degradation
        self._speech = speech
        self._shop = shop

    @property
    def is_open(self) -> bool:
        """Tell whether things of the shop can be found and checked out here at all."""
        return self._commerce.capabilities >= NEEDED

    def add(self, basket: Basket, wishes: Sequence[str]) -> Filled:
        """Put in what is wished, until it has to be asked what exactly is meant."""
        filled = Filled(replace(basket, wishes=(*basket.wishes, *wishes), question=None))
        while filled.basket.wishes and filled.basket.question is None:
            filled = self._first(filled)
        return filled

    def add_later(self, basket: Basket, wishes: Sequence[str]) -> Filled:
        """Put more in once it is clear what was wished before; that is asked again."""
        filled = self.add(basket, wishes)
        return replace(filled, said=(Outcome("utter_cart_noted"), *filled.said))

    def answer(self, basket: Basket, text: str) -> Filled:
        """Take the answer to what was asked of a wish."""
        first, *rest = basket.wishes
        filled = self.add(replace(basket, wishes=(f"{first}\n{text}", *rest)), ())
        is_lost = any(outcome.response == NOT_FOUND for outcome in filled.said[:1])
        if is_lost or (filled.basket.question == basket.question and not filled.said):
            return Filled(basket, (Outcome("utter_cart_wanted_unclear"),))
        return filled

    def change(self, basket: Basket, text: str) -> Filled:
        """Make the last line what is said of it now: another number, another option."""
        line = basket.lines[-1]
        try:
            product = self._same(line)
        except AWAY as error:
            return Filled(basket, (self._away(error),))
        wanted = _sized(read(text), product) if product else Wanted(())
        choice = choose(product, [wanted.words], line.options) if product else Choice()
        if product is None or choice.variant is None:
            return Filled(basket, (self._sold_out(line.product, choice),))
        before = replace(basket, lines=basket.lines[:-1])
        filled = self._put(Filled(before), product, choice.variant, wanted.quantity or line.quantity)
        if filled.basket == basket and not filled.said:
            return Filled(basket, (Outcome("utter_cart_change_unclear"),))
        return filled

    def remove(self, basket: Basket, text: str) -> Filled:
        """Take out what is named, or the last line where nothing is."""
        words = read(text).words
        named = [line for line in basket.lines if words and all(word in line.name.casefold() for word in words)]
        out = named or ([] if words else list(basket.lines[-1:]))
        if not out:
            return Filled(basket, (Outcome("utter_cart_not_in_it"),))
        kept = tuple(line for line in basket.lines if line not in out)
        return Filled(replace(basket, lines=kept), (Outcome("utter_cart_removed", {"product": out[-1].name}),))

    def show(self, turn: Turn, basket: Basket) -> Outcome:
        """Keep what will be checked out, and show it."""
        lines = [asdict(CartLine(line.variant, line.quantity)) for line in basket.lines]
        # An address that nobody has proven is not put on a cart: it may be somebody else's.
        known = turn.identity.email if turn.identity.level is Level.VERIFIED else None
        self._drafts.make(turn.conversation_id, OPERATION, {"email": known or "", "lines": lines})
        told = "\n".join(self._told(line) for line in basket.lines)
        return Outcome("utter_cart_confirm", {"lines": told, "total": self._together(basket)})

    def check_out(self, turn: Turn, basket: Basket, confirmed: bool) -> Outcome:
        """Make the checkout of what was shown, if that was wished; a repeated "yes" tells of the same one."""
        if not self.is_open:
            return self._elsewhere()
        if not confirmed:
            return Outcome("utter_cart_dropped", forget=SETTLED)
        draft = self._drafts.newest(turn.conversation_id, OPERATION)
        if draft is None or not basket.lines:
            return Outcome("utter_tickets_nothing_to_confirm", forget=SETTLED)
        try:
            return self._checked_out(draft, basket)
        except AWAY as error:
            # Nothing is kept for later: a link that comes in an hour helps nobody, and nothing was ordered.
            return self._degradation.left(CHECK_OUT, error, CONFIRM_AGAIN)

    def _checked_out(self, draft: Draft, basket: Basket) -> Outcome:
        lines = [CartLine(**line) for line in draft.content["lines"]]
        try:
            checkout = self._commerce.create_checkout(draft.content["email"], lines, draft.key)
        except UnsupportedError:
            return self._elsewhere()
        except REFUSALS as error:
            return self._degradation.refused("utter_cart_refused", error, {}, SETTLED)
        self._drafts.consume(draft, {"checkout": checkout.id})
        total = self._speech.money(checkout.total) if checkout.total else ""
        names = [(line.name, str(line.quantity)) for line in basket.lines]
        card = cart_card(names, total, checkout.url, self._speech)
        values = {"total": self._speech.clause("cart_total", total), "link": checkout.url}
        return Outcome("utter_cart_ready", values, forget=SETTLED, card=card)

    def _elsewhere(self) -> Outcome:
        if self._shop.url:
            return Outcome("utter_cart_at_shop", {"shop": self._shop.url}, forget=SETTLED)
        return Outcome("utter_orders_place_order", forget=SETTLED)

    def _first(self, filled: Filled) -> Filled:
        """Put in the first wish, or find out what to ask about it."""
        text, *rest = filled.basket.wishes
        said = [read(each) for each in text.splitlines()]
        words = tuple(dict.fromkeys(word for each in said for word in each.words))
        done = replace(filled, basket=replace(filled.basket, wishes=tuple(rest)))
        try:
            products = meant(self._found(words), text, words)
        except AWAY as error:
            return _and(done, self._away(error))
        if not products:
            return _and(done, Outcome(NOT_FOUND, {"words": " ".join(words)}))
        if len(products) > 1:
            return _asking(filled, Question(tuple(product.name for product in products)))
        return self._one(filled, done, products[0], said)

    def _one(self, filled: Filled, done: Filled, product: Product, said: Sequence[Wanted]) -> Filled:
        sized = [_sized(each, product) for each in said]
        choice = choose(product, [each.words for each in sized])
        if choice.variant is not None:
            quantity = next((each.quantity for each in reversed(sized) if each.quantity), 1)
            return self._put(done, product, choice.variant, quantity)
        if not choice.labels:
            return _and(done, self._sold_out(product.name, choice))
        return _asking(filled, Question(choice.labels, choice.option, product.name, choice.gone))

    def _put(self, filled: Filled, product: Product, variant: Variant, quantity: int) -> Filled:
        """Put a variant in, as often as there is and may be; more of one that is in already is one line."""
        lines = filled.basket.lines
        same = next((line for line in lines if line.variant == variant.id), None)
        if same is None and len(lines) >= MOST_LINES:
            return _and(filled, Outcome("utter_cart_full", {"most": str(MOST_LINES)}))
        wanted = quantity + (same.quantity if same else 0)
        most = self._shop.most_of_one
        taken = min(wanted, most, wanted if variant.stock is None else variant.stock)
        line = Line(variant.id, product.name, variant.options, taken, variant.price)
        others = tuple(each for each in lines if each is not same)
        put = replace(filled, basket=replace(filled.basket, lines=(*others, line)))
        if taken == wanted:
            return put
        limit = "utter_cart_most" if taken == most else "utter_cart_few"
        return _and(put, Outcome(limit, {"count": str(taken), "product": line.name}))

    def _found(self, words: Sequence[str]) -> Sequence[Product]:
        """Look for all the words, then for those that are no size, then for the last: in English, the thing itself."""
        longer = [word for word in words if len(word) > 2 and not word.isdecimal()]
        for tried in dict.fromkeys((tuple(words), tuple(longer), tuple(longer[-1:]))):
            if tried and (found := self._searched(" ".join(tried))):
                return found
        return ()

    def _searched(self, words: str) -> Sequence[Product]:
        """Look for products; what the shop said last is good enough, for it checks the cart itself."""
        try:
            return self._commerce.search_products(words, LOOKED_AT)
        except AWAY as error:
            stale: Stale | None = getattr(error, "stale", None)
            if stale is None:
                raise
            return tuple(stale.value)

    def _same(self, line: Line) -> Product | None:
        """Return the product of a line as the shop has it now."""
        found = self._found(read(line.product).words)
        return next((product for product in found if product.name == line.product), None)

    def _sold_out(self, product: str, choice: Choice) -> Outcome:
        gone = " ".join([product, choice.gone[0]]) if len(choice.gone) == 1 else product
        return Outcome("utter_cart_sold_out", {"product": gone})

    def _away(self, error: BridgeError) -> Outcome:
        return self._degradation.read(SEARCH, error, lambda _found: Outcome("utter_cart_there_again"))

    def _told(self, line: Line) -> str:
        price = self._speech.money(line.price)
        return self._speech.word("cart", "line").format(count=line.quantity, name=line.name, price=price)

    def _together(self, basket: Basket) -> str:
        """Return the sum of the lines, where they have one currency."""
        currencies = {line.price.currency for line in basket.lines}
        if len(currencies) != 1:
            return ""
        minor = sum(line.price.minor * line.quantity for line in basket.lines)
        return self._speech.clause("cart_sum", self._speech.money(Money(minor, currencies.pop())))


def _and(filled: Filled, outcome: Outcome) -> Filled:
    return replace(filled, said=(*filled.said, outcome))


def _sized(wanted: Wanted, product: Product) -> Wanted:
    """Take a number for the size that it is of this product: "32 black jeans"."""
    sizes = {value.casefold() for variant in product.variants for value in variant.options.values()}
    if wanted.bare and wanted.bare in sizes:
        return Wanted((*wanted.words, wanted.bare))
    return wanted


def _asking(filled: Filled, question: Question) -> Filled:
    return replace(filled, basket=replace(filled.basket, question=question))
