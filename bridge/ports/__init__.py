"""What each business domain can be asked, as Protocols; adapters implement them, use cases call them.

Every operation is marked `read` or `write`. A write takes `key`, its idempotency key: the same key twice is one record.
It names the read that finds by this key what it made, for when nobody knows whether it happened.
Ids and numbers are text, because vendors use numbers, UUIDs, "gid://" paths and "HELP-1".
"""
