"""Benchmarks: each prints figures, measured in one run, with the bounds that they are held to."""
