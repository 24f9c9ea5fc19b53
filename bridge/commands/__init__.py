"""Commands of `python -m bridge` that need more than a few lines; each module adds itself to the parser."""
