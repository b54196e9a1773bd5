"""Tests of the rules of billing, one module for each module of the core."""
