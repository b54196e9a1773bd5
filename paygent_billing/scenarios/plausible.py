"""Whether a scenario's events can happen, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from paygent_billing.core.period import local_date
from paygent_billing.scenarios import story_money, story_usage
from paygent_billing.scenarios.errors import Path, Problem
from paygent_billing.scenarios.events import (
	Activate,
	AddLine,
	AmendUsage,
	Bill,
	ChangeLine,
	Deactivate,
	End,
	Event,
	FirstInvoice,
	Grant,
	OneOff,
	Pay,
	RecordPayment,
	Refund,
	RemoveLine,
	TopUp,
	Usage,
	VoidUsage,
)
from paygent_billing.scenarios.scenario import Scenario
from paygent_billing.scenarios.story import Story

_CHECKS: dict[type[Event], Callable[[Story, Any, Path], None]] = {
	Activate: Story.activate,
	Deactivate: Story.deactivate,
	End: Story.end,
	FirstInvoice: story_money.first_invoice,
	ChangeLine: Story.change_line,
	AddLine: Story.add_line,
	RemoveLine: Story.remove_line,
	OneOff: story_money.one_off,
	Pay: story_money.pay,
	RecordPayment: story_money.record_payment,
	Grant: story_money.grant,
	TopUp: story_money.top_up,
	Refund: story_money.refund,
	Bill: story_money.bill,
	Usage: story_usage.usage,
	AmendUsage: story_usage.amend_usage,
	VoidUsage: story_usage.void_usage,
}


def check_story(scenario: Scenario) -> None:
	"""Problem at the first event that cannot happen, or at an `until` before the last one."""
	story = Story(scenario)
	last: date | None = None
	for number, event in enumerate(scenario.events):
		check = _CHECKS.get(type(event))
		if check:
			check(story, event, ("events", number))
		last = local_date(event.at, scenario.zone)
	if last and scenario.until and scenario.until < last:
		raise Problem(("until",), f"until lies before the last event on {last}")
