"""Ask Zendesk's simulator from many threads at once: python -m tests.transport.refreshing DATABASE URL THREADS.

Says "ready"; for each line on standard input all threads ask once, and it says how each was answered.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from bridge.errors import BridgeError
from bridge.logs import set_up_logs
from bridge.storage.engine import open_engine
from bridge.storage.types import utc_now
from bridge.transport import Session, Vendor
from bridge.transport.address import Address
from bridge.transport.oauth import Client, Endpoint, OAuth2, Refresh
from bridge.transport.vault import Vault
from bridge.transport.wire import Limits, Wire
from simulators.zendesk import Zendesk


def session_with(database: str, url: str) -> Session:
    """Return a session that begins with the refresh token of the sandbox."""
    known = Zendesk.environment
    client = Client(known["ZENDESK_CLIENT_ID"], (known["ZENDESK_CLIENT_SECRET"],))
    endpoint, limits = Endpoint("oauth/tokens", "json"), Limits(read_seconds=60)  # the machine may be slow
    wire, vault = Wire(Address(url), limits=limits), Vault(open_engine(database), ("s" * 32,), utc_now)
    auth = OAuth2("zendesk", wire, endpoint, client, Refresh(known["ZENDESK_REFRESH_TOKEN"]), vault, utc_now)
    return Session(Vendor("zendesk"), Wire(Address(f"{url}/api/v2"), limits=limits), auth)


def main(database: str, url: str, threads: str) -> None:
    """Ask with so many threads, as often as there is a line."""
    set_up_logs()  # to standard error
    session, start = session_with(database, url), Barrier(int(threads))

    def ask(_number: int) -> str:
        start.wait(60)
        try:
            return str(session.get("users/me").status)
        except BridgeError as error:
            return type(error).__name__

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    with ThreadPoolExecutor(int(threads)) as pool:
        for _ in sys.stdin:
            sys.stdout.write(" ".join(pool.map(ask, range(int(threads)))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
