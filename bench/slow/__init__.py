"""A shop that takes its time, and two ways to ask it: a blocking action as in most examples, and an adapter of ours."""
