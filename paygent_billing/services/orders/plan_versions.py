"""New versions of a plan that is in use."""

from __future__ import annotations

import re

import frappe
from frappe.model.document import Document


def make_new_version(plan: Document) -> Document:
	"""A copy of the plan under the next version number; the old one is no longer for new orders."""
	copy = frappe.copy_doc(plan)
	copy.version = plan.version + 1
	copy.previous_version = plan.name
	copy.plan_name = f"{re.sub(r' v[0-9]+$', '', plan.plan_name)} v{copy.version}"
	copy.disabled = 0
	copy.insert()
	plan.disabled = 1
	plan.save()
	return copy
