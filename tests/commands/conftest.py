"""The bridge's commands as an operator runs them."""

from tests.loading.conftest import bridge, bridge_at

__all__ = ["bridge", "bridge_at"]
