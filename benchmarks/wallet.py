"""The bank test of prepaid wallets, what a draw costs, and how fast a reservation is answered.

OPERATIONS (attempts of 64 threads together) and CONTROLS (attempts without a guard) choose the size.
"""

import os
import time
from statistics import median

from benchmarks.figures import Figures
from benchmarks.wallet_parts import (
	THREADS,
	broken_prefixes,
	draws,
	funded,
	granted,
	post_repeatedly,
	statements_of_a_draw,
	without_unique_place,
)

NEEDS_SITE = True
OPERATIONS = int(os.environ.get("OPERATIONS", "100000"))
CONTROLS = int(os.environ.get("CONTROLS", "2000"))
PROCESSES, WALLETS, SECONDS_BETWEEN_KILLS = 8, 32, 2


def main() -> None:
	import frappe

	from paygent_billing.setup.tests import before_tests

	frappe.init(os.environ["FRAPPE_SITE"])
	frappe.connect()
	frappe.set_user("Administrator")
	before_tests()
	figures = Figures()
	figures.at_most("SQL statements of a draw", statements_of_a_draw(), 4)
	bank(figures)
	for guard in ("no lock", "old snapshot"):
		control(figures, guard)
	reservations(figures)
	figures.finish()


def bank(figures: Figures) -> None:
	"""Half of the operations find credits; whatever is killed is started again."""
	from paygent_billing.tests.spenders import Spenders

	wallets = funded(WALLETS, OPERATIONS // 2 // WALLETS)
	spenders = Spenders(wallets, threads=THREADS // PROCESSES, operations=OPERATIONS // THREADS).start(
		PROCESSES
	)
	begun, kills = time.perf_counter(), 0
	while spenders.running():
		time.sleep(SECONDS_BETWEEN_KILLS)
		if spenders.running() and sum(spenders.attempts()) < OPERATIONS * 0.8:
			spenders.kill_one()
			spenders.start(1)
			kills += 1
	took = time.perf_counter() - begun
	failed = spenders.wait()
	yes, no = spenders.attempts()
	figures.report(f"operations of {THREADS} threads", yes + no)
	figures.report("operations/s", (yes + no) / took)
	figures.report("processes killed in the middle", kills)
	figures.at_most("processes that failed", len(failed), 0)
	figures.at_least("operations answered", yes + no, OPERATIONS)
	expected = OPERATIONS // 2 // WALLETS * WALLETS
	figures.at_most(f"draws granted too many or too few of {expected:,}", abs(draws(wallets) - expected), 0)
	figures.at_most("wallets with a broken prefix, chain, lot or ledger", len(broken_prefixes(wallets)), 0)


def control(figures: Figures, guard: str) -> None:
	"""The same without a guard must grant more than there is."""
	from paygent_billing.tests.spenders import Spenders

	with without_unique_place():
		wallets = funded(1, 100)
		operations = CONTROLS // THREADS
		Spenders(wallets, threads=THREADS // PROCESSES, operations=operations, without=guard).start(
			PROCESSES
		).wait()
		figures.at_least(f"draws granted of 100 with {guard}", draws(wallets), 101)
		figures.at_least(f"wallets found wrong with {guard}", len(broken_prefixes(wallets)), 1)


def reservations(figures: Figures) -> None:
	"""Asked in turns with a request that does nothing, by the same key."""
	answers, pings = post_repeatedly(200)
	figures.report("ms for a request that does nothing", 1000 * median(pings))
	figures.report("ms for may_spend", 1000 * median(answers))
	figures.at_most("ms of it beyond Frappe's own request", 1000 * (median(answers) - median(pings)), 20)
	figures.report("reservations answered with yes", granted())
