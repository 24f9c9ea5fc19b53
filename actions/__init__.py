"""Thin actions: read slots, call one use case, render its Outcome. The SDK imports every module here at start."""
