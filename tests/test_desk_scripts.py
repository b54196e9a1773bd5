"""The desk joins the scripts of a form to one: no function of one may take the place of another's."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

APP = Path(__file__).parents[1] / "paygent_billing"
DECLARED = re.compile(r"^(?:async )?(?:function|const|let|class) (\w+)", re.MULTILINE)


def scripts_of_forms() -> dict[str, list[str]]:
	"""What hooks.py says of `doctype_js`, without importing it."""
	tree = ast.parse((APP / "hooks.py").read_text())
	values = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
	found = ast.literal_eval(values["doctype_js"])
	return {form: [name] if isinstance(name, str) else name for form, name in found.items()}


def test_no_two_scripts_of_a_form_declare_the_same_name() -> None:
	twice = {}
	for form, files in scripts_of_forms().items():
		names = Counter(name for file in files for name in DECLARED.findall((APP / file).read_text()))
		twice |= (
			{form: [name for name, count in names.items() if count > 1]} if max(names.values()) > 1 else {}
		)
	assert twice == {}


def test_the_scripts_of_the_invoice_are_looked_at() -> None:
	assert "public/js/invoice_link.js" in scripts_of_forms()["Sales Invoice"]
