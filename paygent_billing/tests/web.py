"""The site behind a real web server, in a process of its own."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path

import frappe

PROGRAM = """
import sys
import frappe.app
from werkzeug.serving import run_simple
frappe.app._site, port = sys.argv[1], int(sys.argv[2])
run_simple("127.0.0.1", port, frappe.app.application, threaded=True)
"""


class WebSite:
	"""Answers requests to the site until the block ends; `with WebSite() as site: site.post(...)`."""

	def __enter__(self) -> WebSite:
		with socket.socket() as found:
			found.bind(("127.0.0.1", 0))
			self.port = found.getsockname()[1]
		self.process = subprocess.Popen(
			[sys.executable, "-c", PROGRAM, frappe.local.site, str(self.port)],
			cwd=Path(frappe.local.sites_path),
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
			env=os.environ | {"PYTHONUNBUFFERED": "1"},
		)
		self._wait()
		return self

	def __exit__(self, *_error: object) -> None:
		self.process.terminate()
		self.process.wait(timeout=20)

	def _wait(self) -> None:
		deadline = time.monotonic() + 60
		while time.monotonic() < deadline and self.process.poll() is None:
			try:
				if self.call("GET", "/api/method/ping")[0] == 200:
					return
			except OSError:
				time.sleep(0.1)
		raise RuntimeError("the web server did not start")

	def call(
		self, method: str, path: str, body: bytes | None = None, headers: dict | None = None
	) -> tuple[int, str]:
		"""The status and the body of the answer."""
		connection = HTTPConnection("127.0.0.1", self.port, timeout=120)
		try:
			connection.request(method, path, body, headers or {})
			answer = connection.getresponse()
			return answer.status, answer.read().decode(errors="replace")
		finally:
			connection.close()

	def post(self, path: str, body: object, key: str | None = None) -> tuple[int, str]:
		"""Posts the body, as it is when it is bytes, else as JSON."""
		headers = {"Content-Type": "application/json"} | ({"Authorization": f"token {key}"} if key else {})
		sent = body if isinstance(body, bytes) else json.dumps(body).encode()
		return self.call("POST", path, sent, headers)


def make_key(*roles: str) -> str:
	"""The API key and secret of a new user with these roles, committed."""
	user = frappe.new_doc("User")
	user.update(
		{
			"email": f"{secrets.token_hex(5)}@example.com",
			"first_name": "Key",
			"send_welcome_email": 0,
			"api_key": secrets.token_hex(8),
			"api_secret": secrets.token_hex(8),
		}
	)
	secret = user.api_secret
	for role in roles:
		user.append("roles", {"role": role})
	user.insert()
	frappe.db.commit()
	return f"{user.api_key}:{secret}"


def user_of(key: str) -> str:
	"""The user that the key belongs to."""
	return frappe.db.get_value("User", {"api_key": key.split(":")[0]})
