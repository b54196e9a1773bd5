"""Charge rows of an Agent Plan or AI Agent as the core's charges."""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document

from paygent_billing.core.invoicing import Charge, ChargeType, Timing
from paygent_billing.core.money import ZERO
from paygent_billing.core.pricing import (
	Credits,
	Flat,
	Graduated,
	Package,
	Percentage,
	PerUnit,
	Price,
	PricingModel,
	Tier,
	Volume,
)
from paygent_billing.services.numbers import exact, exact_or_none

ALWAYS_IN_ARREARS = (ChargeType.USAGE, ChargeType.MINIMUM)


def charges_of(document: Document) -> tuple[Charge, ...]:
	"""The charges of a plan or agent. ValueError names the charge that makes no sense."""
	charges = tuple(_charge(row, _tiers_of(document, row.charge)) for row in document.charges)
	ids = [charge.id for charge in charges]
	if len(set(ids)) < len(ids):
		raise ValueError("Two charges have the same name")
	unknown = {tier.charge for tier in document.tiers} - set(ids)
	if unknown:
		raise ValueError(f"There are tiers for {', '.join(sorted(unknown))}, which is no charge")
	return charges


def check_charges(document: Document) -> None:
	"""Refuses a plan or agent whose prices make no sense."""
	try:
		charges_of(document)
	except ValueError as error:
		frappe.throw(_("The prices of {0} cannot be used: {1}").format(document.name or _("this plan"), error))


def _tiers_of(document: Document, charge: str) -> tuple[Tier, ...]:
	rows = [row for row in document.tiers if row.charge == charge]
	return tuple(Tier(exact_or_none(row.up_to), exact(row.rate), exact(row.flat)) for row in rows)


def _charge(row: Document, tiers: tuple[Tier, ...]) -> Charge:
	kind = ChargeType(frappe.scrub(row.charge_type))
	try:
		return Charge(
			id=row.charge,
			type=kind,
			price=Price(_model(row, tiers), exact(row.included)),
			timing=Timing.ARREARS if kind in ALWAYS_IN_ARREARS else Timing((row.timing or "Advance").lower()),
			metric=row.metric if kind is ChargeType.USAGE else None,
			credits=exact(row.credits) if kind not in ALWAYS_IN_ARREARS else ZERO,
		)
	except ValueError as error:
		raise ValueError(f"{row.charge}: {error}") from error


def _model(row: Document, tiers: tuple[Tier, ...]) -> PricingModel:
	match row.model:
		case "Flat":
			return Flat(exact(row.price))
		case "Per Unit":
			return PerUnit(exact(row.rate))
		case "Graduated":
			return Graduated(tiers)
		case "Volume":
			return Volume(tiers)
		case "Package":
			return Package(exact(row.package_size), exact(row.price))
		case "Percentage":
			return Percentage(exact(row.percent), exact_or_none(row.minimum), exact_or_none(row.maximum))
		case "Credits":
			return Credits(exact(row.credits_per_unit))
	raise ValueError(f"{row.model} is no pricing model")


def prices_of_line(plan: str | None, agent: str) -> tuple[Charge, ...]:
	"""The charges of an order line: its plan's, or its agent's own when it has none."""
	return charges_of(frappe.get_cached_doc("Agent Plan", plan) if plan else frappe.get_cached_doc("AI Agent", agent))


def metrics_of(charges: Iterable[Charge]) -> set[str]:
	"""The metrics that the charges bill."""
	return {charge.metric for charge in charges if charge.metric}
