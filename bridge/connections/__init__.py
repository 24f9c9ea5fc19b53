"""Connect adapters: what an adapter says of itself (manifest.yml, mapping.yml) and what the deployment says of it.

An adapter is a folder `bridge/adapters/<vendor>/` with

    manifest.yml   title, API, operations with the scopes they need, ways to authenticate, fields     (manifest.py)
    mapping.yml    the vendor's words for statuses, priorities, teams, fields; a deployment overrides  (mapping.py)
    client.py      VENDOR: how the vendor tells its errors                                (bridge/transport/statuses.py)
    <domain>.py    a subclass of `Adapter` with the port's operations; its line in bridge/registry.py  (adapter.py)

and `Connections` makes its `Connection` from these and from `connections:` of the deployment (connect.py).
docs/how-to/add-an-adapter.md walks through one.
"""

from bridge.connections.adapter import Adapter
from bridge.connections.connect import Connection, Connections
from bridge.connections.mapping import Words

__all__ = ["Adapter", "Connection", "Connections", "Words"]
