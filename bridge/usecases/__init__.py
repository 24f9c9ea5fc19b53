"""One module per capability: ports in, an Outcome out; no vendor, no Rasa, no text for the user."""
