"""Who is in the demo, what they use, and what happens to their orders.

A day is (months before this one, day of the month).
"""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

METRICS: tuple[Row, ...] = (
	{"metric_code": "conversations", "aggregation": "Sum", "unit": "conversations"},
	{"metric_code": "voice-minutes", "aggregation": "Sum", "unit": "minutes"},
	{"metric_code": "mails-sent", "aggregation": "Sum", "unit": "mails"},
	{"metric_code": "sales-closed", "aggregation": "Sum", "unit": "of revenue"},
	{"metric_code": "leads", "aggregation": "Unique", "property_name": "lead", "unit": "leads"},
	{"metric_code": "documents", "aggregation": "Max", "unit": "documents"},
)


def fee(charge: str, price: float, kind: str = "Platform Fee", **values: Any) -> Row:
	return {"charge": charge, "charge_type": kind, "model": "Flat", "price": price, **values}


def usage(metric: str, model: str, **values: Any) -> Row:
	return {"charge": metric, "charge_type": "Usage", "model": model, "metric": metric, **values}


def tier(charge: str, up_to: float, rate: float) -> Row:
	return {"charge": charge, "up_to": up_to, "rate": rate}


AGENTS: dict[str, list[Row]] = {
	"Ada Support": [usage("conversations", "Per Unit", rate=0.9)],
	"Vox Receptionist": [],
	"Closer Outreach": [],
	"Scout Research": [usage("documents", "Package", package_size=100, price=12)],
}

#: Plan: agent, charges, tiers, other fields.
PLANS: dict[str, tuple[str, list[Row], list[Row], Row]] = {
	"Support Starter": (
		"Ada Support",
		[
			fee("platform", 99),
			{"charge": "seats", "charge_type": "Seat Fee", "model": "Per Unit", "rate": 20},
			usage("conversations", "Graduated"),
		],
		[tier("conversations", 500, 0.5), tier("conversations", 0, 0.35)],
		{},
	),
	"Support Business": (
		"Ada Support",
		[
			fee("platform", 299, credits=100),
			{"charge": "seats", "charge_type": "Seat Fee", "model": "Volume"},
			usage("conversations", "Per Unit", rate=0.3, included=500),
			fee("commitment", 400, "Minimum"),
		],
		[tier("seats", 10, 18), tier("seats", 0, 15)],
		{},
	),
	"Outreach": (
		"Closer Outreach",
		[
			fee("onboarding", 250, "Setup Fee"),
			fee("platform", 149),
			usage("mails-sent", "Package", package_size=1000, price=9),
			usage("sales-closed", "Percentage", percent=2, minimum=10, maximum=500),
			usage("leads", "Per Unit", rate=1.5),
		],
		[],
		{},
	),
	"Voice Credits": (
		"Vox Receptionist",
		[fee("platform", 200, credits=200), usage("voice-minutes", "Credits", credits_per_unit=0.12)],
		[],
		{},
	),
	"Research Yearly": (
		"Scout Research",
		[fee("licence", 1200)],
		[],
		{"interval_unit": "Year", "interval_count": 1},
	),
	"Support for Nordwind": (
		"Ada Support",
		[fee("platform", 240), usage("conversations", "Per Unit", rate=0.25)],
		[],
		{"kind": "Custom", "customer": "Nordwind Logistics"},
	),
}

#: Customer: first name, last name and e-mail of its contact.
CUSTOMERS: dict[str, tuple[str, str, str]] = {
	"Nordwind Logistics": ("Hanna", "Voss", "hanna.voss@nordwind.example.com"),
	"Blue Harbor Clinics": ("Miguel", "Ortega", "m.ortega@blueharbor.example.com"),
	"Kestrel Software": ("Priya", "Nair", "priya@kestrel.example.com"),
	"Atlas Retail": ("Tom", "Becker", "tom.becker@atlas.example.com"),
	"Juniper Travel": ("Lucia", "Romano", "lucia@juniper.example.com"),
}

#: Order: customer, its line, other fields.
ORDERS: dict[str, tuple[str, Row, Row]] = {
	"Support desk": ("Nordwind Logistics", {"plan": "Support Business", "seats": 8}, {"start": (3, 1)}),
	"Front desk by phone": (
		"Blue Harbor Clinics",
		{"plan": "Voice Credits", "rollover": "All"},
		{"start": (3, 1)},
	),
	"Sales outreach": ("Kestrel Software", {"plan": "Outreach"}, {"start": (3, 15), "discount": 10}),
	"Support trial": ("Atlas Retail", {"plan": "Support Starter", "seats": 3}, {"start": (3, 1)}),
	"Market research": ("Kestrel Software", {"plan": "Research Yearly"}, {"start": (0, 1)}),
	"Night support": ("Juniper Travel", {"agent": "Ada Support"}, {"start": (2, 1)}),
}

#: What happens when: the day, the order, the action and its values.
STORY: tuple[tuple[tuple[int, int], str, str, Row], ...] = (
	((3, 1), "Support desk", "activate", {}),
	((3, 1), "Front desk by phone", "activate", {}),
	((3, 1), "Support trial", "activate", {}),
	((3, 2), "Front desk by phone", "grant", {"amount": "150", "reason": "Welcome credits"}),
	((3, 15), "Sales outreach", "activate", {}),
	((2, 1), "Night support", "activate", {}),
	((2, 3), "Front desk by phone", "top_up", {"amount": "400"}),
	((2, 10), "Support desk", "change_line", {"seats": 12}),
	((2, 20), "Support desk", "one_off", {"description": "Workshop for the support team", "amount": "350"}),
	((1, 5), "Sales outreach", "pause", {}),
	((1, 20), "Support trial", "end", {}),
	((1, 25), "Night support", "disable_customer", {}),
)

#: Usage a day: order, metric, least and most.
USAGE: tuple[tuple[str, str, int, int], ...] = (
	("Support desk", "conversations", 40, 110),
	("Front desk by phone", "voice-minutes", 20, 70),
	("Sales outreach", "mails-sent", 80, 400),
	("Sales outreach", "sales-closed", 0, 900),
	("Sales outreach", "leads", 1, 1),
	("Support trial", "conversations", 5, 45),
	("Night support", "conversations", 2, 9),
)

PAYS_AFTER_DAYS = {"Support desk": 9, "Front desk by phone": 4, "Sales outreach": 21}
