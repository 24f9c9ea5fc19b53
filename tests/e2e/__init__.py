"""Tests that go through the page in a real browser."""
