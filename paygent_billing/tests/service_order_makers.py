"""Real processes that make the service orders of the same orders at the same time."""

from paygent_billing.tests.billers import Billers

PROGRAM = """
import json, os, sys, time
import frappe
site, start, ready, moment, orders = sys.argv[1:6]
frappe.init(site)
frappe.connect()
frappe.set_user("Administrator")
from datetime import datetime
from paygent_billing.services.service_orders.make import make_service_orders
open(ready, "w").close()
while not os.path.exists(start):
	time.sleep(0.002)
for order in json.loads(orders):
	print(order, len(make_service_orders(order, moment=datetime.fromisoformat(moment))), flush=True)
"""


class Makers(Billers):
	program = PROGRAM
