"""The use cases of this process, on its systems and stores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import sqlalchemy as sa

from bridge.bootstrap.stores import Stores
from bridge.bootstrap.systems import Systems
from bridge.formatting.outbound import Speech
from bridge.handoff.contact import reach
from bridge.handoff.transcript import transcript
from bridge.mail import Mailbox, Post, Smtp
from bridge.settings import Settings
from bridge.storage.types import Clock
from bridge.usecases.cart import Cart
from bridge.usecases.contact_details import ContactDetails
from bridge.usecases.degradation import Degradation
from bridge.usecases.feedback import Feedback
from bridge.usecases.handoff import Handoff
from bridge.usecases.order_changes import OrderChanges
from bridge.usecases.orders import Orders
from bridge.usecases.products import Products
from bridge.usecases.readdressing import Readdressing
from bridge.usecases.returns import Returns
from bridge.usecases.sales import Sales
from bridge.usecases.tickets import Tickets
from bridge.usecases.verification import Verification


@dataclass(frozen=True)
class UseCases:
    """Hold what the actions call."""

    orders: Orders
    order_changes: OrderChanges
    readdressing: Readdressing
    products: Products
    cart: Cart
    contact_details: ContactDetails
    returns: Returns
    tickets: Tickets
    sales: Sales
    handoff: Handoff
    feedback: Feedback
    verification: Verification


def use_cases_on(
    systems: Systems, kept: Stores, engine: sa.engine.Engine, settings: Settings, speech: Speech, clock: Clock
) -> UseCases:
    """Return the use cases."""
    deployment = settings.deployment
    commerce, drafts, guesses, watches = systems.commerce, kept.drafts, kept.guesses, kept.watches

    def contact() -> dict[str, str]:
        return reach(deployment.contact, speech, clock())

    away = Degradation(deployment.degradation, kept.outbox, contact, speech, kept.results.tell, clock)
    order_changes = OrderChanges(commerce, drafts, guesses, watches, away, speech, clock)
    talk = partial(transcript, engine)
    return UseCases(
        orders=Orders(commerce, guesses, watches, away, speech, clock),
        order_changes=order_changes,
        readdressing=Readdressing(commerce, order_changes, drafts, watches, away, speech),
        products=Products(commerce, away, speech),
        cart=Cart(commerce, drafts, away, speech, deployment.shop),
        contact_details=ContactDetails(systems.crm, drafts, away, speech, deployment.phone_region),
        returns=Returns(commerce, drafts, guesses, watches, away, speech),
        tickets=Tickets(systems.helpdesk, drafts, guesses, watches, away, speech, deployment.tickets, clock),
        sales=Sales(systems.crm, drafts, away),
        handoff=Handoff(systems.helpdesk, kept.handoffs, drafts, talk, away, speech, deployment.contact, clock),
        feedback=Feedback(kept.surveys),
        verification=Verification(kept.codes, kept.identities, guesses, _post(settings, kept.mailbox), away, speech),
    )


def _post(settings: Settings, mailbox: Mailbox | None) -> Post | None:
    """Return what sends mail, if anything here can."""
    if settings.mail_server is None:
        return mailbox
    mail = settings.deployment.mail
    return Smtp(settings.mail_server, mail.sender, mail.seconds)
