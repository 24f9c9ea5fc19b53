"""The only place where objects are made and wired; the actions and the gateway reach the bridge through it."""

from bridge.bootstrap.answering import ANSWERED_WITHIN, answering
from bridge.bootstrap.frontdesk import Frontdesk, build, shared
from bridge.bootstrap.systems import Systems

__all__ = ["ANSWERED_WITHIN", "Frontdesk", "Systems", "answering", "build", "shared"]
