"""The SQLite file (or none) in which a simulation lives."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SCHEMA = Path(__file__).with_name("schema.sql")

#: SQLite keeps a database without a name on disk while it is too large for memory, and nowhere afterwards.
TEMPORARY = ""


class WrongScenarioError(ValueError):
	"""The file holds another scenario, or no simulation at all."""


class Store:
	"""One connection. Everything that belongs together happens within one `transaction`."""

	def __init__(self, file: str | Path = TEMPORARY) -> None:
		self.file = str(file)
		try:
			self._connection = sqlite3.connect(self.file, isolation_level=None, cached_statements=256)
			self._prepare()
		except sqlite3.DatabaseError as error:
			raise WrongScenarioError(f"{file} is no simulation that can go on: {error}") from None

	def _prepare(self) -> None:
		self._connection.row_factory = sqlite3.Row
		is_temporary = self.file == TEMPORARY
		self.execute("PRAGMA foreign_keys = ON")
		self.execute(f"PRAGMA journal_mode = {'MEMORY' if is_temporary else 'WAL'}")
		self.execute(f"PRAGMA synchronous = {'OFF' if is_temporary else 'NORMAL'}")
		if not is_temporary:
			self.execute("PRAGMA busy_timeout = 10000")

	def begin(self, scenario: str) -> int:
		"""How many moments of the scenario with that fingerprint are over. WrongScenarioError for others."""
		with self.transaction():
			if not self.one("SELECT name FROM sqlite_master"):
				self._create(scenario)
			found = self.one("SELECT name FROM sqlite_master WHERE name = 'progress'")
			row = self.one("SELECT scenario, moments FROM progress") if found else None
			if row is None or row["scenario"] != scenario:
				raise WrongScenarioError(
					f"{self.file} holds another scenario: choose another file, or delete this one"
				)
			return int(row["moments"])

	def _create(self, scenario: str) -> None:
		for statement in _statements(_SCHEMA.read_text(encoding="utf-8")):
			self.execute(statement)
		self.insert("progress", id=1, scenario=scenario, moments=0)

	def advance(self, moments: int) -> None:
		"""So many moments are over. Belongs into the transaction of the last of them."""
		self.execute("UPDATE progress SET moments = ?", moments)

	@contextmanager
	def transaction(self) -> Iterator[None]:
		"""All or nothing, also when the process is killed."""
		self._connection.execute("BEGIN IMMEDIATE")
		try:
			yield
		except BaseException:
			self._connection.execute("ROLLBACK")
			raise
		self._connection.execute("COMMIT")

	@contextmanager
	def rehearsal(self) -> Iterator[None]:
		"""What happens in it is seen in it, and never was."""
		self._connection.execute("BEGIN IMMEDIATE")
		try:
			yield
		finally:
			self._connection.execute("ROLLBACK")

	def execute(self, statement: str, *values: Any) -> sqlite3.Cursor:
		return self._connection.execute(statement, values)

	def execute_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
		self._connection.executemany(statement, rows)

	def insert(self, table: str, **values: Any) -> int:
		"""Adds a row; its number. The names come from our code, only the values from outside."""
		names = ", ".join(values)
		marks = ", ".join("?" * len(values))
		cursor = self._connection.execute(
			f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
		)
		return cursor.lastrowid or 0

	def one(self, statement: str, *values: Any) -> sqlite3.Row | None:
		row: sqlite3.Row | None = self.execute(statement, *values).fetchone()
		return row

	def all(self, statement: str, *values: Any) -> list[sqlite3.Row]:
		return self.execute(statement, *values).fetchall()

	def close(self) -> None:
		self._connection.close()


def _statements(script: str) -> Iterator[str]:
	"""The script's statements; a script run as one would end the transaction around it."""
	statement = ""
	for line in script.splitlines(keepends=True):
		statement += line
		if sqlite3.complete_statement(statement):
			yield statement
			statement = ""
