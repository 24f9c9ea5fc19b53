"""Shopify: the GraphQL Admin API 2026-10, one shop and one app."""

from simulators.shopify.server import Shopify

__all__ = ["Shopify"]
