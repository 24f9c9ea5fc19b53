"""Silence the warnings of other people's packages, in one place; docs/operations/upstream-warnings.md says why each.

setup.py copies this file into .venv as `frontdesk_quiet`, loaded at every start of that Python: so `make run`, the
tests and a `rasa train` typed by hand are all quiet. FRONTDESK_WARNINGS=1 turns it off. Standard library only.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}

# (part of the path of the file that is blamed, regular expression for the start of the message)
UPSTREAM = (
    ("/rasa/shared/utils/validation.py", "pkg_resources is deprecated"),
    ("/pkg_resources/__init__.py", "Deprecated call to `pkg_resources.declare_namespace"),
    ("/sanic_cors/extension.py", "distutils Version classes are deprecated"),
    ("/rasa/core/tracker_store.py", r"Calling URL\(\) directly is deprecated"),
    ("/tensorflow/lite/python/util.py", "jax.xla_computation is deprecated"),
    ("/keras/utils/", "invalid escape sequence"),
    ("/matplotlib/", "'.*' (argument is )?deprecated"),
    ("/rasa/utils/plotting.py", "Attempting to set identical"),
    ("/rasa/shared/utils/io.py", "The utterance '.*' is not used in any story or rule"),
    ("/rasa/shared/utils/io.py", "You have defined training data consisting of entity examples"),
    ("/rasa/shared/utils/io.py", "'RulePolicy' is not included in the model's policy configuration"),
)


def silence() -> None:
    """Set what is not set yet, and show no warning that is listed.

    Not by filters: Rasa puts its own in front of all others when it starts, and shows every UserWarning once.
    """
    for name, value in ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    show = warnings.showwarning

    def show_unlisted(message: Warning | str, category: type[Warning], filename: str, *rest: Any, **named: Any) -> None:
        if not is_upstream(filename, str(message)):
            show(message, category, filename, *rest, **named)

    warnings.showwarning = show_unlisted


def is_upstream(filename: str, message: str) -> bool:
    """Say whether a warning is on the list."""
    import re  # noqa: PLC0415  # this file is loaded at every start, and a warning is rare

    return any(part in filename and re.match(pattern, message) for part, pattern in UPSTREAM)


if __name__ == "frontdesk_quiet" and os.environ.get("FRONTDESK_WARNINGS") != "1":
    silence()
