"""A real SMTP server on this machine, and the site's mail going to it."""

from __future__ import annotations

import asyncio
import email
import socket
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import default

import frappe
from aiosmtpd.controller import Controller


class Inbox:
	"""What arrived. While `is_stuck`, mails are taken up and never answered; while `refuses`, not taken."""

	def __init__(self) -> None:
		self.mails: list[EmailMessage] = []
		self.recipients: list[list[str]] = []
		self.is_stuck = self.refuses = False
		self.reached = threading.Event()

	async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
		self.reached.set()
		if self.refuses:
			return "554 no"
		while self.is_stuck:
			await asyncio.sleep(0.02)
		self.mails.append(email.message_from_bytes(envelope.content, policy=default))
		self.recipients.append(envelope.rcpt_tos)
		return "250 OK"


class MailServer:
	"""Takes the site's mail for the block: `with MailServer() as inbox: ...`."""

	def __enter__(self) -> Inbox:
		self.inbox = Inbox()
		with socket.socket() as found:
			found.bind(("127.0.0.1", 0))
			port = found.getsockname()[1]
		self.controller = Controller(self.inbox, hostname="127.0.0.1", port=port)
		self.controller.start()
		self.before = self._point_site_to("127.0.0.1", port)
		return self.inbox

	def __exit__(self, *_error: object) -> None:
		self.inbox.is_stuck = False
		self.controller.stop()
		self._point_site_to(*self.before)

	def _point_site_to(self, server: str, port: int) -> tuple[str, int]:
		name = frappe.db.get_value("Email Account", {"default_outgoing": 1})
		before = frappe.db.get_value("Email Account", name, ["smtp_server", "smtp_port"])
		frappe.db.set_value("Email Account", name, {"smtp_server": server, "smtp_port": port})
		frappe.db.commit()
		frappe.clear_document_cache("Email Account", name)
		frappe.local.outgoing_email_account = {}
		return before


def send_queued(mail: str) -> None:
	"""What Frappe's scheduler does with the mail, through a real connection."""
	frappe.flags.testing_email, frappe.flags.mute_emails = True, False
	try:
		frappe.get_doc("Email Queue", mail).send()
	finally:
		frappe.flags.testing_email = False


def wait_for(happens: Callable[[], bool], seconds: float = 30) -> None:
	deadline = time.monotonic() + seconds
	while not happens():
		if time.monotonic() > deadline:
			raise TimeoutError("it did not happen")
		time.sleep(0.02)
