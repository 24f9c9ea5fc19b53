"""Whatever JSON a server may answer, made by hypothesis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

SIMPLE = st.none() | st.booleans() | st.integers() | st.text(max_size=5)


def any_json(fields: Sequence[str], values: st.SearchStrategy[Any] = SIMPLE, size: int = 12) -> st.SearchStrategy[Any]:
    """Return JSON of any shape, with names that the reader looks for.

    Args:
        fields: the names in objects; only among these can anything be found.
        values: what is no list and no object.
        size: values in one of them, at most.
    """
    return st.recursive(
        values,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(fields), inner, max_size=len(fields))
        ),
        max_leaves=size,
    )
