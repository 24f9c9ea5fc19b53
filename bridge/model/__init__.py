"""Frozen dataclasses and enums of each domain; no input or output here."""
