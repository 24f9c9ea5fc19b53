"""Random conversations with writes while processes are killed and systems flap; then everything is counted.

plan -> world, talkers and killer (play) -> evidence -> judge -> report; `python -m tests.chaos` runs it.
"""
