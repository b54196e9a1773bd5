"""What a refund takes off a paid invoice and off its credits: all refunds together never exceed it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from paygent_billing.core.money import EXACT, ZERO, Currency, total_of


class RefundError(ValueError):
	"""The invoice does not have that much to refund."""


@dataclass(frozen=True)
class Parts:
	"""What an amount is made of: the net amount, and each tax in the order of the invoice."""

	net: Decimal
	taxes: tuple[Decimal, ...] = ()

	@property
	def total(self) -> Decimal:
		return total_of([self.net, *self.taxes])

	def less(self, other: Parts) -> Parts:
		"""What is left without the other, which has the same taxes."""
		taxes = zip(self.taxes, other.taxes, strict=True)
		return Parts(EXACT.subtract(self.net, other.net), tuple(EXACT.subtract(a, b) for a, b in taxes))


def refund_parts(invoice: Parts, refunded: Parts, amount: Decimal | None, currency: Currency) -> Parts:
	"""The parts of a refund of `amount`, taxes included, of an invoice of which some may be refunded already;
	None refunds all that is left. RefundError when that much is not left.

	Each tax is given back in proportion and rounded, and the last refund takes exactly what remains.
	"""
	left = invoice.less(refunded)
	if amount is None or amount == left.total:
		return left
	if not 0 < amount <= left.total or currency.round(amount) != amount:
		raise RefundError(f"{amount} is not between 0 and the {currency.format(left.total)} left to refund")
	taxes = [
		min(rest, currency.round(EXACT.divide(EXACT.multiply(amount, tax), invoice.total)))
		for tax, rest in zip(invoice.taxes, left.taxes, strict=True)
	]
	net = max(ZERO, min(left.net, EXACT.subtract(amount, total_of(taxes))))
	return Parts(net, _fitted(taxes, left.taxes, EXACT.subtract(amount, net)))


def refund_of_net(invoice: Parts, refunded: Parts, net: Decimal, currency: Currency) -> Parts:
	"""The parts of a refund of a net amount: each tax comes on top in proportion. RefundError as above."""
	left = invoice.less(refunded)
	if not 0 < net <= left.net or currency.round(net) != net:
		raise RefundError(f"{net} is not between 0 and the {currency.format(left.net)} left before tax")
	if net == left.net:
		return left
	return Parts(
		net,
		tuple(
			min(rest, currency.round(EXACT.divide(EXACT.multiply(net, tax), invoice.net)))
			for tax, rest in zip(invoice.taxes, left.taxes, strict=True)
		),
	)


def _fitted(taxes: list[Decimal], left: tuple[Decimal, ...], wanted: Decimal) -> tuple[Decimal, ...]:
	"""The taxes, raised or lowered where they have room until they come to `wanted`."""
	missing = EXACT.subtract(wanted, total_of(taxes))
	fitted = []
	for tax, rest in zip(taxes, left, strict=True):
		more = max(EXACT.minus(tax), min(missing, EXACT.subtract(rest, tax)))
		missing = EXACT.subtract(missing, more)
		fitted.append(EXACT.add(tax, more))
	return tuple(fitted)


def credits_to_take_back(
	granted: Decimal, total: Decimal, refunded: Decimal, amount: Decimal, currency: Currency
) -> Decimal:
	"""How much of the credits that came with an invoice over `total` goes back when, after `refunded`, a
	further `amount` of it is refunded: the same share, and with the last refund exactly the rest.
	"""
	if not total:
		return granted
	until_now = _share(granted, total, EXACT.add(refunded, amount), currency)
	return EXACT.subtract(until_now, _share(granted, total, refunded, currency))


def _share(granted: Decimal, total: Decimal, part: Decimal, currency: Currency) -> Decimal:
	return granted if part >= total else currency.round(EXACT.divide(EXACT.multiply(granted, part), total))
