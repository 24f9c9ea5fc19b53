"""The vendors' machine-readable documents, where they are on this machine."""

from __future__ import annotations

import gzip
import json
import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, build_client_schema

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / os.environ.get("VENDOR_SPECS", "../shared/vendors")
needs_specs = pytest.mark.skipif(
    not FOLDER.exists(), reason="the vendors' documents are not here: name their folder in VENDOR_SPECS"
)


def spec(path: str) -> Any:
    """Return a document in JSON; a compressed one too."""
    raw = (FOLDER / path).read_bytes()
    return json.loads(gzip.decompress(raw) if path.endswith(".gz") else raw)


@lru_cache
def shopify_schema() -> GraphQLSchema:
    """Return the whole schema of Shopify, which does not keep all rules of GraphQL itself."""
    read = spec("shopify/admin_2026-10.introspection.json.gz")
    return build_client_schema(read.get("data", read), assume_valid=True)


def wordpress_schema(path: str) -> dict[str, Any]:
    """Return a schema as JSON Schema takes it: "date-time" and "mixed" are WordPress' own, and it sends nulls."""
    read: dict[str, Any] = spec(path)
    cleaned: dict[str, Any] = _cleaned(read.get("schema", read))
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: _cleaned(one) for name, one in value.items() if name not in ("required", "readonly", "format")}
    kind = made.get("type")
    if kind == "mixed":
        del made["type"]
    elif isinstance(kind, str):
        made["type"] = ["string" if kind == "date-time" else kind, "null"]
    return made
