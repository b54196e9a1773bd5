"""What a billed invoice moves in the customer's wallet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from paygent_billing.core.invoicing import Billing, InvoiceLine, OrderTerms, overage_of
from paygent_billing.core.wallet import Entry, EntryKind, LotSource
from paygent_billing.services.wallets.account import WalletAccount, ensure_wallet, open_wallet
from paygent_billing.services.wallets.cause import Cause
from paygent_billing.services.wallets.lots import HeldLot, new_lot
from paygent_billing.services.wallets.period_credits import ComingCredits, coming_credits


@dataclass(frozen=True)
class Billed:
	"""The billing period, its invoice if one was issued, the day of the run, and the billing date from which
	granted credits live.
	"""

	period: str
	invoice: str | None
	on: date
	credits_from: date


def post_billing(
	terms: OrderTerms, billing: Billing, billed: Billed, wallet: WalletAccount | None = None
) -> None:
	"""Posts drawn and expired credits, those granted with fees or with the period, and usage beyond the
	credits.

	Grants wait for the payment of their fee's invoice; where nothing is to be paid they are available at
	once. `wallet` is the customer's, when the transaction holds it already.
	"""
	granting = [line for line in billing.draft.lines if line.credits]
	coming = coming_credits(terms.id, billing.grants)
	wallet = wallet or open_wallet(terms.customer, terms.currency.code)
	if wallet is None and (granting or coming):
		wallet = ensure_wallet(terms.customer, terms.currency.code)
	if wallet is None:
		return
	granted = list(_lots(terms, granting, billed))
	wallet.add(granted)
	entries = [*billing.entries, *_overage(billing)]
	for one, line in zip(granted, granting, strict=True):
		is_free = not billing.is_issued or not billing.draft.total
		entries += _grant(one.lot.id, line.credits, is_free=is_free)
	wallet.post(entries, Cause(billed.period, billed.on, billed.invoice))
	for number, one in enumerate(coming):
		_grant_with_period(wallet, terms, one, billed, key=f"{billed.period} credits {number}")


def _lots(terms: OrderTerms, granting: list[InvoiceLine], billed: Billed) -> Iterator[HeldLot]:
	for number, line in enumerate(granting):
		order_line = next(known for known in terms.lines if known.id == line.line)
		lot = new_lot(
			f"grant:{billed.period} {number}",
			LotSource.GRANTED,
			order=terms.id,
			line=line.line,
			period_end=line.period.end if line.period else None,
			expires=order_line.credits_expire(billed.credits_from),
			rollover=order_line.rollover,
			granted=line.credits,
		)
		yield HeldLot(lot, sales_invoice=billed.invoice)


def _grant_with_period(
	wallet: WalletAccount, terms: OrderTerms, coming: ComingCredits, billed: Billed, *, key: str
) -> None:
	"""The entry stands on the fee's invoice, which is often an earlier one than the billed."""
	credits = coming.credits
	order_line = next(known for known in terms.lines if known.id == credits.line)
	lot = new_lot(
		f"grant:{key}",
		LotSource.GRANTED,
		order=terms.id,
		line=credits.line,
		period_end=credits.period.end,
		expires=order_line.credits_expire(billed.credits_from),
		rollover=order_line.rollover,
		granted=credits.amount,
	)
	wallet.add([HeldLot(lot, sales_invoice=coming.invoice)])
	entries = _grant(lot.id, credits.amount, is_free=coming.is_paid)
	wallet.post(list(entries), Cause(key, billed.on, coming.invoice))


def _grant(lot: str, amount: Decimal, *, is_free: bool) -> Iterator[Entry]:
	yield Entry(EntryKind.GRANT, lot, pending=amount)
	if is_free:
		yield Entry(EntryKind.RELEASE, lot, amount, -amount)


def _overage(billing: Billing) -> Iterator[Entry]:
	overage = overage_of(billing.draft)
	if billing.is_issued and overage:
		yield Entry(EntryKind.OVERAGE, "", overage=overage)
