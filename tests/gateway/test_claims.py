"""What several gateways on PostgreSQL share: claims on conversations, news of the log, and used tickets."""

from __future__ import annotations

import asyncio
import dataclasses
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bridge.conversation.claims import Alone, Leases, claims_on
from bridge.conversation.inbox import Inbox
from bridge.conversation.log import EventLog, append
from bridge.conversation.news import Item, Listener, News
from bridge.conversation.results import queue_telling
from bridge.conversation.sessions import Sessions
from bridge.conversation.tickets import StreamTickets
from bridge.errors import ClaimLostError
from bridge.storage.chat import conversations
from bridge.storage.engine import writing
from bridge.storage.types import utc_now
from tests.gateway.harness import QUICK, Stack, eventually, running_stack

SAID = {"text": "Hi."}
OVER = timedelta(seconds=-1)


@pytest.fixture
def shared(
    migrated_postgres: str, empty_postgres: Callable[[], object], make_engine: Callable[[str], sa.engine.Engine]
) -> sa.engine.Engine:
    """Return an engine on an empty PostgreSQL database."""
    empty_postgres()
    return make_engine(migrated_postgres)


@pytest.fixture
def conversation(shared: sa.engine.Engine) -> str:
    """Return the id of a new conversation."""
    return Sessions(shared, "secret").open("en", "192.0.2.1")


def test_one_of_many_gateways_gets_a_conversation(shared: sa.engine.Engine) -> None:
    gateways = [Leases(shared) for _ in range(8)]
    gate = threading.Barrier(len(gateways))

    def take(gateway: Leases) -> bool:
        gate.wait()
        return gateway.take("c")

    with ThreadPoolExecutor(len(gateways)) as pool:
        taken = list(pool.map(take, gateways))
    assert sorted(taken) == [False] * 7 + [True]
    winner, loser = gateways[taken.index(True)], gateways[taken.index(False)]
    assert (winner.renew({"c", "d"}), loser.renew({"c"})) == ({"c"}, set())
    assert not loser.take("c")
    loser.release("c")  # of what is not its own, nothing
    assert not loser.take("c")
    winner.release("c")
    assert loser.take("c")


def test_a_claim_that_ran_out_can_be_taken_and_kept_until_then(shared: sa.engine.Engine, conversation: str) -> None:
    frozen, other, log = Leases(shared, OVER), Leases(shared), EventLog(shared)
    frozen.take(conversation)
    with frozen.held(conversation):
        assert log.say(conversation, "bot", SAID) == 1  # nobody has taken it
        assert other.take(conversation)
        with pytest.raises(ClaimLostError):
            log.say(conversation, "bot", SAID)
        with pytest.raises(ClaimLostError):
            Inbox(shared).finish(1)
    assert frozen.renew({conversation}) == set()
    with other.held(conversation):
        assert log.say(conversation, "bot", SAID) == 2
    assert len(log.after(conversation, 0)) == 2


def test_nobody_takes_a_conversation_while_a_write_for_it_is_under_way(
    shared: sa.engine.Engine, conversation: str
) -> None:
    slow, other = Leases(shared, OVER), Leases(shared)
    slow.take(conversation)
    taken = threading.Event()

    def take() -> None:
        assert other.take(conversation)
        taken.set()

    thread = threading.Thread(target=take)
    with slow.held(conversation), writing(shared) as connection:
        thread.start()
        append(connection, conversation, "bot", SAID)
        waiting = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        while not connection.execute(waiting).scalar_one():
            # Statistics are a snapshot of their transaction, unless asked anew.
            connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        assert not taken.is_set()
    thread.join()
    assert taken.is_set()


def test_what_is_worked_on_elsewhere_is_left_alone_and_what_was_refused_is_found(
    shared: sa.engine.Engine, conversation: str
) -> None:
    inbox, one, other = Inbox(shared), Leases(shared), Leases(shared)
    one.take(conversation)
    inbox.receive_text(conversation, "1", "hello")
    assert inbox.open_conversations() == []
    assert not other.take(conversation)
    assert one.release(conversation)
    assert inbox.open_conversations() == [conversation]
    message = inbox.oldest(conversation)
    assert message is not None
    inbox.finish(message.id)
    assert not one.release(conversation)


def test_on_sqlite_there_is_one_gateway(engine: sa.engine.Engine) -> None:
    assert isinstance(claims_on(engine), Alone) == (engine.dialect.name == "sqlite")


def heard(listener: Listener, count: int) -> list[Item]:
    """Return the next items; they must have come already, for those who told are done."""
    items: list[Item] = []
    while len(items) < count:
        items += listener.hear()
    return items


def test_news_are_heard_when_they_are_committed(shared: sa.engine.Engine, conversation: str) -> None:
    news, log = News(shared), EventLog(shared)
    listener = news.listen()
    with writing(shared) as connection:
        append(connection, conversation, "bot", SAID)
        connection.get_transaction().rollback()
    with writing(shared) as connection:
        named = {"id": "a name with spaces", "created_at": utc_now()}  # as in `rasa shell`
        connection.execute(sa.insert(conversations).values(named))
        connection.execute(sa.text("SELECT pg_notify('frontdesk_news', 'of a newer version')"))
        queue_telling(connection, named["id"])
    log.say(conversation, "bot", SAID)
    news.show_typing(conversation, True)
    assert heard(listener, 3) == [Item("a name with spaces"), Item(conversation, 1), Item(conversation, typing=True)]
    listener.close()


def test_a_ticket_is_used_once_by_whoever_is_first(engine: sa.engine.Engine) -> None:
    tickets, gate = StreamTickets(engine), threading.Barrier(8)

    def use(_number: int) -> bool:
        gate.wait()
        return tickets.use("mark", utc_now() + timedelta(seconds=30))

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(use, range(8))) == [False] * 7 + [True]
    # It is kept for as long as the ticket itself would be taken.
    assert tickets.use("other", utc_now() + OVER)
    assert not tickets.use("mark", utc_now())


@pytest_asyncio.fixture(loop_scope="package")
async def stack_on_postgres(shared: sa.engine.Engine) -> AsyncIterator[Stack]:
    """Run a gateway that would look for what others wrote long after any test is over."""
    timing = dataclasses.replace(QUICK, poll_when_told=1000)
    async with running_stack(shared, timing) as stack:
        await eventually(lambda: stack.gateway.hub.told)
        yield stack


async def test_a_broken_connection_for_news_loses_none(stack_on_postgres: Stack) -> None:
    stack = stack_on_postgres
    client, elsewhere = await stack.client(), EventLog(stack.engine)
    end_listeners = sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^LISTEN'")
    async with client.stream() as events:

        async def say(text: str) -> str:
            await asyncio.to_thread(elsewhere.say, client.conversation, "agent", {"name": "Ann", "text": text})
            return str((await asyncio.wait_for(events.__anext__(), 5))["text"])

        assert await say("told") == "told"
        for number in range(3):
            with stack.engine.connect() as connection:
                assert connection.execute(end_listeners).scalar()
            # Whether it is written before, while or after the connection comes back: it arrives.
            assert await say(str(number)) == str(number)
            await eventually(lambda: stack.gateway.hub.told)
