"""Shopify by its GraphQL Admin API; README.md says what to click and what is not verified."""
