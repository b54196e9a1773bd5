"""A scenario file as text: its values, and the line on which each of them stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from sys import intern
from typing import Any

import yaml

from paygent_billing.scenarios.errors import Path, Problem, ScenarioError
from paygent_billing.scenarios.places import ENDS, LOADER, STARTS, line_of, lines_towards

#: All other plain words stay text: "no" is Norway, 0.10 keeps its decimals, a date is checked by us.
_CONSTANTS = {
	"": None,
	"~": None,
	"null": None,
	"Null": None,
	"NULL": None,
	"true": True,
	"True": True,
	"TRUE": True,
	"false": False,
	"False": False,
	"FALSE": False,
}

_NO_KEY = object()


@dataclass(frozen=True)
class Source:
	"""The file's name, as it appears in messages, and its text."""

	file: str
	text: str

	@classmethod
	def read(cls, file: str | FilePath) -> Source:
		"""The file's text. ScenarioError when it is not UTF-8."""
		try:
			return cls(str(file), FilePath(file).read_text(encoding="utf-8"))
		except UnicodeDecodeError:
			raise ScenarioError(str(file), 1, "The file is not UTF-8 text: save it as UTF-8") from None

	@cached_property
	def digest(self) -> str:
		"""A fingerprint of the text."""
		return hashlib.sha256(self.text.encode()).hexdigest()

	def values(self) -> Any:
		"""The file's mappings and lists, with text, true, false and null in them."""
		try:
			return _Builder().build(self.text)
		except _LineProblem as problem:
			raise ScenarioError(self.file, problem.line, str(problem)) from None
		except yaml.YAMLError as error:
			line = min(_line_of_error(error), len(self.text.splitlines()) or 1)
			raise ScenarioError(self.file, line, _words_of_error(error)) from None

	def error(self, path: Path, message: str) -> ScenarioError:
		"""The refusal of what stands at the path, with its line."""
		return ScenarioError(self.file, self.line_of(path), message)

	def refuse(self, problem: Problem) -> ScenarioError:
		return self.error(problem.path, problem.message)

	def line_of(self, path: Path) -> int:
		"""The line of the path, or of as much of it as there is. Reads the text again: for errors only."""
		found = 1
		for depth, line in lines_towards(self.text, path):
			found = line
			if depth == len(path):
				break
		return found


class _LineProblem(ValueError):
	def __init__(self, event: yaml.Event, message: str) -> None:
		super().__init__(message)
		self.line = line_of(event)


class _Builder:
	"""Builds values from the parser's events: no tree of nodes, no recursion, so large files stay small."""

	def __init__(self) -> None:
		self.stack: list[_Frame] = []
		self.anchors: dict[str, Any] = {}
		self.documents: list[Any] = []

	def build(self, text: str) -> Any:
		event: Any
		for event in yaml.parse(text, Loader=LOADER):
			kind = type(event)
			if kind is yaml.ScalarEvent:
				self._place(event, _scalar(event), event.anchor)
			elif kind in STARTS:
				_refuse_tag(event)
				self.stack.append(_Frame({} if kind is yaml.MappingStartEvent else [], event.anchor))
			elif kind in ENDS:
				frame = self.stack.pop()
				self._place(event, frame.value, frame.anchor)
			elif kind is yaml.AliasEvent:
				self._place(event, self._aliased(event), None)
		return self.documents[0] if self.documents else None

	def _place(self, event: yaml.Event, value: Any, anchor: str | None) -> None:
		if anchor:
			self.anchors[anchor] = value
		if self.stack:
			self.stack[-1].put(event, value)
		elif self.documents:
			raise _LineProblem(event, "A scenario file holds one document: remove the second one")
		else:
			self.documents.append(value)

	def _aliased(self, event: yaml.AliasEvent) -> Any:
		if event.anchor not in self.anchors:
			raise _LineProblem(event, f"*{event.anchor} names no anchor that is complete above it")
		return self.anchors[event.anchor]


class _Frame:
	"""A mapping or list that is still open."""

	__slots__ = ("anchor", "key", "value")

	def __init__(self, value: dict[str, Any] | list[Any], anchor: str | None) -> None:
		self.value = value
		self.anchor = anchor
		self.key: Any = _NO_KEY

	def put(self, event: yaml.Event, value: Any) -> None:
		if isinstance(self.value, list):
			self.value.append(value)
		elif self.key is _NO_KEY:
			self.key = self._checked_key(event, value)
		else:
			self.value[self.key] = value
			self.key = _NO_KEY

	def _checked_key(self, event: yaml.Event, key: Any) -> str:
		if not isinstance(key, str):
			raise _LineProblem(event, "A key must be text: quote it")
		if key in self.value:
			raise _LineProblem(event, f"The key {key} stands here twice: remove one of them")
		return intern(key)


def _scalar(event: yaml.ScalarEvent) -> str | bool | None:
	_refuse_tag(event)
	if not event.style and event.value in _CONSTANTS:
		return _CONSTANTS[event.value]
	value: str = event.value
	return value


def _refuse_tag(event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
	if event.tag is not None:
		raise _LineProblem(event, f"Tags such as {event.tag} have no meaning here: remove it")


def _line_of_error(error: yaml.YAMLError) -> int:
	mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
	return mark.line + 1 if mark else 1


def _words_of_error(error: yaml.YAMLError) -> str:
	problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
	return f"This is not valid YAML: {problem}"
