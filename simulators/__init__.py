"""Servers that behave as the vendors' do, written from the vendors' documents; they know nothing of our adapters.

Run them: `python -m simulators --help`. In a test: `with running(Shopify()) as url` (simulators/server.py).
"""
