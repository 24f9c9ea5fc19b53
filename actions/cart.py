"""Cart: the form that fills it from what is said, and the link that a "yes" makes."""

from __future__ import annotations

from functools import partial
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions._cart import FORM, PUT_IN, basket_of, buttons, fill, wished
from actions._form import Form, Slots, kept, taken
from actions._job import UseCaseAction
from actions._run import Call, answer, current_turn, in_use_case_thread, utter
from actions._values import yes_or_no
from bridge.bootstrap import answering, shared
from bridge.conversation.turns import Turn
from bridge.usecases.cart import CONFIRMED, CONTENT, WANTED, Filled


class ValidatePlaceOrderForm(Form):
    """Take what somebody wants to buy, as often as they say more, and the yes to all of it."""

    validate_cart_confirmed = kept(CONFIRMED)

    def name(self) -> str:
        return "validate_place_order_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if not shared().cart.is_open:
            # Nothing to ask for: what the action says instead ends the form, and what it broke off is offered again.
            return [*self._noted(tracker, [True]), SlotSet("requested_slot", None)]
        return await super().run(dispatcher, tracker, domain)

    def extract_cart_wanted(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> Slots:
        return taken(WANTED, wished(tracker))

    def extract_cart_confirmed(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        answered = None if wished(tracker) else yes_or_no(tracker, CONFIRMED)
        return taken(CONFIRMED, answered)

    async def validate_cart_wanted(
        self, value: str, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Slots:
        """Look in the shop for what was said, and tell what could not be put in as it was wished."""
        if value == PUT_IN:
            return {WANTED: value}
        turn = await current_turn(tracker)
        filled: Filled = await in_use_case_thread(partial(_filled, turn, tracker, value))
        for said in filled.said:
            utter(said, dispatcher)
        is_plain = filled.basket.lines and filled.basket.question is None
        return {WANTED: PUT_IN if is_plain else None, CONTENT: filled.basket.to_json()}


class ActionAskWhatToBuy(Action):
    """Ask what is wanted, or which of those that it may be."""

    def name(self) -> str:
        return "action_ask_place_order_form_cart_wanted"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        question = basket_of(tracker).question
        if question is None:
            dispatcher.utter_message(response="utter_cart_ask")
        elif not question.product:
            dispatcher.utter_message(response="utter_cart_which_product", buttons=buttons(question))
        else:
            say = shared().speech
            dispatcher.utter_message(
                response="utter_cart_which_option" if question.option else "utter_cart_which_variant",
                buttons=buttons(question),
                product=question.product,
                option=say.word("options", question.option.casefold()),
                gone=say.clause("sold_out", ", ".join(question.gone)),
            )
        return []


class ActionAskToCheckOut(Action):
    """Show the cart; what is shown is the draft that a "yes" will use."""

    def name(self) -> str:
        return "action_ask_place_order_form_cart_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        if tracker.get_slot("dialog_again"):
            dispatcher.utter_message(response="utter_cart_confirm_again")
            return []
        return await answer(dispatcher, tracker, lambda frontdesk, turn: frontdesk.cart.show(turn, basket_of(tracker)))


class ActionCheckOut(UseCaseAction):
    """Make the link where the cart that was shown is paid."""

    form = FORM

    def name(self) -> str:
        return "action_check_out"

    def call(self, tracker: Tracker) -> Call:
        confirmed, basket = bool(tracker.get_slot(CONFIRMED)), basket_of(tracker)
        return lambda frontdesk, turn: frontdesk.cart.check_out(turn, basket, confirmed)


def _filled(turn: Turn, tracker: Tracker, text: str) -> Filled:
    with answering(turn, "fill a cart"):
        return fill(shared(), tracker, text)
