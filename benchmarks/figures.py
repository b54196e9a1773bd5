"""Prints figures with their bounds and says at the end whether one of them falls short.

figures = Figures()
figures.at_least("invoices/s against ERPNext Subscription", 5.2, 4)
figures.at_most("SQL per invoice", 81, 85)
figures.report("orders rated per second, one core", 41000)
figures.finish()
"""

import sys


class Figures:
	"""The figures of one benchmark, in the order in which they were measured."""

	def __init__(self) -> None:
		self.short: list[str] = []

	def at_least(self, name: str, value: float, bound: float) -> None:
		self._compare(name, value, f"at least {shown(bound)}", value >= bound)

	def at_most(self, name: str, value: float, bound: float) -> None:
		self._compare(name, value, f"at most {shown(bound)}", value <= bound)

	def report(self, name: str, value: float) -> None:
		"""A figure to know, with no bound to hold."""
		self._compare(name, value, "none", True)

	def finish(self) -> None:
		"""Exits with 1 when a figure fell short of its bound."""
		if self.short:
			sys.exit(1)

	def _compare(self, name: str, value: float, bound: str, holds: bool) -> None:
		print(f"{name}: {shown(value)} (bound: {bound}) {'ok' if holds else 'short'}", flush=True)
		if not holds:
			self.short.append(name)


def shown(value: float) -> str:
	"""A number for people: whole from 1,000 up, else three significant digits."""
	return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
