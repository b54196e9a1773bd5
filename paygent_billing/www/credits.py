"""The portal's page of prepaid credits: /credits."""

import frappe
from frappe import _

from paygent_billing.portal.credits import wallets_of_user
from paygent_billing.services import clock

no_cache = 1


def get_context(context: frappe._dict) -> frappe._dict:
	"""The wallets of the user's customers. A guest is sent to sign in first."""
	if frappe.session.user == "Guest":
		frappe.local.flags.redirect_location = "/login?redirect-to=/credits"
		raise frappe.Redirect
	context.title = _("Prepaid credits")
	context.no_breadcrumbs = 1
	context.wallets = wallets_of_user(clock.now())
	return context
