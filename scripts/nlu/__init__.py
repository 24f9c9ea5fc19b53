"""Tools for those who train: what is understood, what is not, and what a change did to it."""
