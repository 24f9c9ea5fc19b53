"""Contract suites: what every adapter must do, shipped so that adapters kept elsewhere can prove it too.

Subclass the suite of your domain in a test file, and give it a `world`: the adapter and a way to put records into its
system. The suites need pytest. Nothing else in the bridge imports this package, except that bootstrap puts `faults`
around adapters where a rehearsal asks for them.
"""

import sys

if "pytest" in sys.modules:
    import pytest

    # These modules hold assertions but are no test files; without this, pytest would not explain a failing one.
    pytest.register_assert_rewrite(
        "bridge.testing.contract",
        *(f"bridge.testing.{domain}{part}" for domain in ("commerce", "crm", "helpdesk") for part in ("", "_writes")),
    )
