"""Charge rows of an Agent Plan or AI Agent as the core's charges."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import Charge, ChargeType, CreditSchedule, Timing
from paygent_billing.scenarios.charges import MODEL_FIELDS, ChargeValues, Model, TierValues, build_charge
from paygent_billing.services.numbers import exact, exact_or_none

#: The fields of a row that have another name in a price list.
ROW_FIELDS = {"size": "package_size", "min": "minimum", "max": "maximum"}
FEES = frozenset({ChargeType.PLATFORM_FEE, ChargeType.SEAT_FEE})


def charges_of(document: Document) -> tuple[Charge, ...]:
	"""The charges of a plan or agent. ValueError names the charge that makes no sense."""
	charges = tuple(_charge(row, _tiers_of(document, row.charge)) for row in document.charges)
	ids = [charge.id for charge in charges]
	if len(set(ids)) < len(ids):
		raise ValueError("two charges have the same name")
	strays = {tier.charge for tier in document.tiers} - set(ids)
	if strays:
		raise ValueError(f"there are tiers for {', '.join(sorted(strays))}, which is no charge")
	return charges


def check_charges(document: Document) -> None:
	"""Refuses a plan or agent whose prices make no sense."""
	try:
		charges_of(document)
	except ValueError as error:
		name = document.name or document.get("plan_name") or document.get("agent_name")
		frappe.throw(_("The prices of {0} cannot be used: {1}.").format(name, error))


def prices_of_line(plan: str | None, agent: str) -> tuple[Charge, ...]:
	"""The charges of an order line: its plan's, or its agent's own when it has none."""
	return charges_of(
		frappe.get_cached_doc("Agent Plan", plan) if plan else frappe.get_cached_doc("AI Agent", agent)
	)


def metrics_of(charges: Iterable[Charge]) -> set[str]:
	"""The metrics that the charges bill."""
	return {charge.metric for charge in charges if charge.metric}


def _tiers_of(document: Document, charge: str) -> tuple[TierValues, ...]:
	rows = (row for row in document.tiers if row.charge == charge)
	return tuple(TierValues(exact_or_none(row.up_to), exact(row.rate), exact(row.flat)) for row in rows)


def _charge(row: Document, tiers: tuple[TierValues, ...]) -> Charge:
	kind = ChargeType(frappe.scrub(row.charge_type))
	model = Model(frappe.scrub(row.model))
	values = ChargeValues(
		id=row.charge,
		type=kind,
		model=model,
		metric=row.metric or None if kind is ChargeType.USAGE else None,
		timing=Timing((row.timing or "Advance").lower()) if kind in FEES else None,
		included=exact(row.included),
		credits=exact(row.credits),
		credit_schedule=_credit_schedule(row),
		**_price_values(row, model, tiers),
	)
	try:
		return build_charge(values)
	except ValueError as error:
		raise ValueError(f"{row.charge}: {error}") from error


def _credit_schedule(row: Document) -> CreditSchedule | None:
	"""The form asks for it only where there are credits."""
	is_each_period = row.credit_schedule == "Each period" and exact(row.credits)
	return CreditSchedule.EACH_PERIOD if is_each_period else None


def _price_values(row: Document, model: Model, tiers: tuple[TierValues, ...]) -> dict[str, object]:
	"""What the model takes of the row; an empty limit is none."""
	needed, possible = MODEL_FIELDS[model]
	values: dict[str, Decimal | tuple[TierValues, ...] | None] = {
		name: exact(row.get(ROW_FIELDS.get(name, name))) for name in needed if name != "tiers"
	}
	values |= {name: exact_or_none(row.get(ROW_FIELDS[name])) for name in possible}
	return values | ({"tiers": tiers} if "tiers" in needed else {})
