"""Tests of what an order comes to: steps, fees, arrears, corrections, totals."""
