"""Silence the warnings of other people's packages, in one place; docs/operations/upstream-warnings.md says why each.

setup.py copies this file into .venv as `frontdesk_quiet`, loaded at every start of that Python: so `make run`, the
tests and a `rasa train` typed by hand are all quiet. FRONTDESK_WARNINGS=1 turns it off. Standard library only.
"""

import os
import warnings

ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}

# (start of the message as a regular expression, category, the module it is blamed on as a regular expression)
FILTERS: list[tuple[str, type[Warning], str]] = []


def silence() -> None:
    """Set what is not set yet, and ignore what is listed."""
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    for message, category, module in FILTERS:
        warnings.filterwarnings("ignore", message=message, category=category, module=module)


if os.environ.get("FRONTDESK_WARNINGS") != "1" and __name__ == "frontdesk_quiet":
    silence()
