"""The lines on which the parts of a YAML text stand."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from paygent_billing.scenarios.errors import Path

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

STARTS = (yaml.MappingStartEvent, yaml.SequenceStartEvent)
ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


def line_of(event: yaml.Event) -> int:
	"""The line, counted from 1, on which the event begins."""
	return event.start_mark.line + 1 if event.start_mark else 1


class _Place:
	"""An open mapping or list on the way to a path, and whether it lies on that way."""

	__slots__ = ("depth", "index", "is_mapping", "is_on_path", "key")

	def __init__(self, is_mapping: bool, is_on_path: bool, depth: int) -> None:
		self.is_mapping = is_mapping
		self.is_on_path = is_on_path
		self.depth = depth
		self.index = -1
		self.key: str | None = None


def lines_towards(text: str, path: Path) -> Iterator[tuple[int, int]]:
	"""The lines of the path's beginning, then of more and more of it, each with its depth."""
	stack: list[_Place] = []
	for event in yaml.parse(text, Loader=LOADER):
		if isinstance(event, ENDS):
			stack.pop()
			continue
		if not isinstance(event, yaml.NodeEvent):
			continue
		is_on_path = _is_on_path(stack, event, path)
		if is_on_path and stack:
			yield stack[-1].depth + 1, line_of(event)
		if isinstance(event, STARTS):
			is_mapping = isinstance(event, yaml.MappingStartEvent)
			stack.append(_Place(is_mapping, is_on_path or not stack, len(stack)))


def _is_on_path(stack: list[_Place], event: yaml.NodeEvent, path: Path) -> bool:
	"""Whether the node, a key or a value, stands on the way to the path."""
	if not stack:
		return False
	place = stack[-1]
	wanted = str(path[place.depth]) if place.depth < len(path) else None
	if not place.is_mapping:
		place.index += 1
		return place.is_on_path and str(place.index) == wanted
	key = place.key
	place.key = getattr(event, "value", "") if key is None else None
	return place.is_on_path and (place.key if key is None else key) == wanted
