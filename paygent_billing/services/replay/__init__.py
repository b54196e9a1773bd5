"""Scenario files on real documents."""
