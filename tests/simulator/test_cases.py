"""Every worked example gives its expected result."""

import json
from decimal import Decimal

import pytest

from .build import CASES, result, without_line_order

FILES = sorted(CASES.glob("*.yaml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_case_gives_its_expected_result(file):
	expected = json.loads(file.with_suffix("").with_suffix(".expected.json").read_text())

	assert without_line_order(result(file.read_text())) == without_line_order(expected)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_running_a_case_again_on_its_file_changes_nothing(file, tmp_path):
	db = tmp_path / "case.sqlite"
	first = result(file.read_text(), db=db)
	content = db.read_bytes()

	assert result(file.read_text(), db=db) == first
	assert db.read_bytes() == content


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_lines_less_discount_plus_tax_are_the_total(file):
	for invoice in result(file.read_text())["invoices"]:
		amounts = {
			key: Decimal(invoice[key]) for key in ("subtotal", "discount", "tax", "total", "paid", "due")
		}
		assert sum(Decimal(line["amount"]) for line in invoice["lines"]) == amounts["subtotal"]
		assert amounts["subtotal"] - amounts["discount"] + amounts["tax"] == amounts["total"]
		if invoice["status"] != "void":
			assert amounts["total"] - amounts["paid"] == amounts["due"]
