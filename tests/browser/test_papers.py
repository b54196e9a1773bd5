"""What a customer receives, from the desk: an invoice sent, linked, previewed, printed, opened by a guest."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def invoice(desk: Any, draft: str) -> str:
	"""The issued invoice of the draft's first month, 119.00."""
	desk.call("paygent_billing.api.orders.activate", order=draft)
	billed = desk.call("paygent_billing.api.orders.bill_now", order=draft)
	assert (billed["state"], billed["reason"]) == ("billed", "")
	return billed["invoices"][0]


def open_from_menu(desk: Any, label: str) -> Any:
	"""The dialog that the entry of the menu Customer opens."""
	desk.page.click(".inner-group-button:visible button:has-text('Customer')")
	desk.page.click(f".dropdown-item:visible:has-text('{label}')")
	dialog = desk.page.locator(".modal.show").last
	dialog.wait_for()
	return dialog


def test_an_invoice_is_sent_to_an_address_and_the_dialog_says_what_became_of_it(
	desk: Any, invoice: str
) -> None:
	desk.open_form("Sales Invoice", invoice)
	dialog = open_from_menu(desk, "Send by e-mail")
	assert "Nothing was sent yet." in dialog.inner_text()
	dialog.locator("[data-fieldname='recipients'] input").fill("ap@acme.example")
	dialog.locator(".btn-primary:visible").click()
	dialog.wait_for(state="hidden")
	desk.open_form("Sales Invoice", invoice)
	log = open_from_menu(desk, "Send by e-mail").locator(".invoice-deliveries")
	log.wait_for()
	assert "ap@acme.example" in log.inner_text()
	assert desk.errors == []


def test_a_guest_opens_a_link_until_it_is_revoked(desk: Any, browser: Any, invoice: str) -> None:
	desk.open_form("Sales Invoice", invoice)
	dialog = open_from_menu(desk, "Links")
	dialog.locator(".btn-primary:visible").click()
	link = dialog.locator(".new-link").input_value()
	path = "/i/" + link.rsplit("/", 1)[1]
	context = browser.new_context(base_url=desk.page.url.split("/app")[0])
	guest, said = context.new_page(), []
	guest.on("console", lambda message: said.append(message.text))
	guest.on("pageerror", lambda error: said.append(str(error)))
	assert guest.goto(path).status == 200
	assert invoice in guest.inner_text("h1")
	assert "119.00" in guest.inner_text(".paper >> nth=0")
	assert "Issued" in guest.inner_text(".history")
	with guest.expect_download() as download:
		guest.click("text=Download PDF")
	assert download.value.suggested_filename == f"{invoice}.pdf"
	assert said == []
	dialog.locator("[data-revoke]").first.click()
	dialog.locator("text=Revoked").wait_for()
	assert guest.goto(path).status == 404
	assert invoice not in guest.content()
	context.close()
	assert desk.errors == []


def test_the_preview_shows_the_form_before_it_is_saved(desk: Any, invoice: str) -> None:
	desk.open_form("Sales Invoice", invoice)
	desk.page.evaluate("() => { cur_frm.doc.po_no = 'Their order 77' }")
	open_from_menu(desk, "Preview")
	frame = desk.page.frame_locator(".invoice-preview")
	frame.locator("text=Their order 77").wait_for()
	assert "119.00" in frame.locator(".agent-invoice").inner_text()
	assert desk.errors == []


def test_a_slip_is_a_file_of_printer_bytes(desk: Any, invoice: str) -> None:
	desk.open_form("Sales Invoice", invoice)
	with desk.page.expect_download() as download:
		desk.page.click(".inner-group-button:visible button:has-text('Customer')")
		desk.page.click(".dropdown-item:visible:has-text('Slip 80 mm (ESC/POS)')")
	assert download.value.suggested_filename == f"{invoice}-80mm.bin"
	with open(download.value.path(), "rb") as file:
		content = file.read()
	assert content[:2] == b"\x1b@"
	assert b"119.00" in content


def test_a_customer_has_a_statement(desk: Any, world: dict[str, str], invoice: str) -> None:
	desk.open_form("Customer", world["customer"])
	desk.page.click(".inner-group-button:visible button:has-text('View')")
	desk.page.click(".dropdown-item:visible:has-text('Statement')")
	dialog = desk.page.locator(".modal.show").last
	dialog.wait_for()
	with desk.page.context.expect_page() as opened:
		dialog.locator(".btn-primary:visible").click()
	assert "paygent_billing.api.statements.download" in opened.value.url
	assert desk.errors == []
