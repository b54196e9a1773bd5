"""What the benchmark of wallets prepares, asks and looks at afterwards."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from decimal import Decimal

THREADS = 64


def funded(count: int, draws_each: int) -> list[str]:
	"""So many wallets, each with credits for that many draws in three lots of unequal size."""
	import frappe

	from paygent_billing.tests.factories import make_customer
	from paygent_billing.tests.spenders import AMOUNT
	from paygent_billing.tests.wallets import give

	wallets = []
	for _number in range(count):
		customer, total = make_customer(), draws_each * AMOUNT
		parts = (total / 5, total / 2, total - total / 5 - total / 2)
		wallets += {give(customer, f"{part:.2f}", datetime(2026, 1, 1).date()) for part in parts}
	frappe.db.commit()
	return wallets


def draws(wallets: list[str]) -> int:
	"""How many draws of 10.00 the entries hold."""
	import frappe

	frappe.db.rollback()
	taken = frappe.db.sql(
		"select cast(-sum(available) as char) from `tabWallet Entry` where wallet in %s and kind = 'draw'",
		(wallets,),
	)
	return int(Decimal(taken[0][0]) / 10)


def broken_prefixes(wallets: list[str]) -> list[str]:
	"""The wallets whose entries, lots or ledger do not agree, entry by entry from the first."""
	from paygent_billing.services.wallets.verify import verify_wallets

	return [check.wallet for check in verify_wallets() if check.wallet in wallets and check.faults]


def statements_of_a_draw() -> int:
	import frappe

	from paygent_billing.tests.spenders import draw

	wallet, asked, sql = funded(1, 10)[0], [], frappe.db.sql
	frappe.db.sql = lambda query, *rest, **more: asked.append(query) or sql(query, *rest, **more)
	try:
		draw(wallet, Decimal(10), "counted")
	finally:
		frappe.db.sql = sql
	return sum(query.split()[0].lower() in ("select", "insert", "update", "delete") for query in asked)


@contextmanager
def without_unique_place() -> Iterator[None]:
	"""The database lets two entries of a wallet have one number for as long as this lasts."""
	import frappe

	from paygent_billing.services.wallets.keys import ONE_PLACE, ensure_one_place

	frappe.db.commit()
	frappe.db.sql_ddl(f"alter table `tabWallet Entry` drop index `{ONE_PLACE}`")
	try:
		yield
	finally:
		wrong = "select wallet from `tabWallet Entry` group by wallet, number having count(*) > 1"
		frappe.db.sql(f"delete from `tabWallet Entry` where wallet in (select wallet from ({wrong}) found)")
		frappe.db.commit()
		ensure_one_place()


def post_repeatedly(times: int) -> tuple[list[float], list[float]]:
	"""Seconds of may_spend and of a request that does nothing, in turns."""
	from paygent_billing.services.usage.access import ROLE
	from paygent_billing.tests.web import WebSite, make_key

	wish, key = _wish(), make_key(ROLE)
	method = "/api/method/paygent_billing.api.wallets.may_spend"
	answers, pings = [], []
	with WebSite() as site:
		for _turn in range(times):
			for path, body, seconds in ((method, wish, answers), ("/api/method/ping", {}, pings)):
				begun = time.perf_counter()
				status, text = site.post(path, body, key)
				seconds.append(time.perf_counter() - begun)
				assert status == 200, text
	return answers[10:], pings[10:]


def _wish() -> dict[str, object]:
	"""A customer with credits, an order that blocks overage, and a thousand events that are not billed."""
	import frappe

	from paygent_billing.services.usage.batch import record_batch
	from paygent_billing.tests import factories
	from paygent_billing.tests.wallets import give

	now = datetime.now(timezone.utc)
	metric = factories.make_metric()
	agent, customer = factories.make_agent(factories.usage_charge(metric, 1)), factories.make_customer()
	line = {"agent": agent, "overage": "Block"}
	first = now.date().replace(day=1)
	factories.make_active_order(line, at=now, customer=customer, start_date=first)
	give(customer, "5000", first)
	event = {"customer": customer, "agent": agent, "metric": metric, "occurred_at": now.isoformat()}
	record_batch([{**event, "id": f"e-{number}"} for number in range(1000)], now)
	frappe.db.commit()
	return {"customer": customer, "agent": agent, "amount": "1.00"}


def granted() -> int:
	import frappe

	frappe.db.rollback()
	return frappe.db.count("Credit Reservation")
