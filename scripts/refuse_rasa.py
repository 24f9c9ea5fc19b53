"""A pytest plug-in for the fast tests: whoever imports Rasa or TensorFlow fails (`pytest -p scripts.refuse_rasa`)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType

REFUSED = ("rasa", "tensorflow")


class Refusal:
    """Stand before all other finders."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Find nothing, or refuse."""
        if name.partition(".")[0] in REFUSED:
            raise ImportError(
                f"{name} takes seconds to import: a test that needs it is marked `slow` and imports it late"
            )


sys.meta_path.insert(0, Refusal)
