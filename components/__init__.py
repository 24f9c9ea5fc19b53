"""Understand messages: Rasa components, and beside them the plain modules that do the work and need no Rasa."""
