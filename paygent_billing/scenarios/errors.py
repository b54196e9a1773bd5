"""Why a scenario is refused, and where."""

from __future__ import annotations

#: Keys and list positions that lead to a place in the file: ("orders", 0, "start").
Path = tuple[str | int, ...]


class Problem(ValueError):
	"""Something at the path makes no sense; the message says what it is and what to do."""

	def __init__(self, path: Path, message: str) -> None:
		super().__init__(message)
		self.path = path
		self.message = message


class ScenarioError(ValueError):
	"""The scenario is refused: nothing of it was billed or stored. `str()` gives "file:line: message"."""

	def __init__(self, file: str, line: int, message: str) -> None:
		super().__init__(f"{file}:{line}: {message}")
		self.file = file
		self.line = line
		self.message = message
