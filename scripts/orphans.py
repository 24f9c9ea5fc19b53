"""Let no child outlive the process that started it, even when that one is killed without a chance to clean up."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
# Loaded here, not in the child: between fork and exec only async-signal-safe work is allowed.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None] | None:
    """Return what a child has to do before it execs; None where the system (macOS) has no such thing."""
    if _libc is None:
        return None
    libc, parent = _libc, os.getpid()

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel heard us
            os._exit(1)

    return ask_kernel
