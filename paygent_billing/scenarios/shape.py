"""Values that have the right shape; what has not is refused in plain words."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from paygent_billing.scenarios.errors import Path, Problem

Shape = TypeVar("Shape")

_UNKNOWN_KEY = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_MAPPING = frozenset({"model_type", "dict_type", "dataclass_type", "model_attributes_type"})
_LIST = frozenset({"tuple_type", "list_type"})


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
	return TypeAdapter(shape)


def shaped(shape: type[Shape], value: Any, path: Path, **context: Any) -> Shape:
	"""The value as the shape. Problem, with the path of the first thing that is wrong."""
	if not isinstance(value, dict):
		raise Problem(path, "This must be a mapping, with keys and values")
	try:
		kind: Any = shape
		made: Shape = _adapter(kind).validate_python(value, context=context)
	except ValidationError as error:
		found = error.errors(include_url=False)
		first = next((one for one in found if one["type"] in _UNKNOWN_KEY), found[0])
		raise Problem((*path, *first["loc"]), _words(first)) from None
	return made


def _words(error: ErrorDetails) -> str:
	kind, name = error["type"], str(error["loc"][-1]) if error["loc"] else "This"
	if kind in _UNKNOWN_KEY:
		return f"The key {name} is unknown here: correct its spelling or remove it"
	if kind in ("missing", "missing_argument"):
		return f"{name} is missing"
	if kind in _MAPPING:
		return f"{name}: this must be a mapping, with keys and values"
	if kind in _LIST:
		return f"{name}: this must be a list"
	if kind == "enum":
		return f"{name}: {error['input']} is not possible, but {error['ctx']['expected']} are".replace(
			"'", ""
		)
	return f"{name}: {error['msg'].removeprefix('Value error, ')}"
