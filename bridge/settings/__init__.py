"""The deployment: what it may say (schema.py) and how it is read (loader.py), the only reader of os.environ."""

from bridge.settings.loader import load
from bridge.settings.schema import Settings

__all__ = ["Settings", "load"]
