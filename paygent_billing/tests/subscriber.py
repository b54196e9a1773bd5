"""A real HTTP server that subscribes to events, and misbehaves when told to."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import frappe


class Subscriber:
	"""What arrived, in order. `status` is its answer, `seconds` how long it takes to give it."""

	def __init__(self) -> None:
		self.requests: list[tuple[dict[str, str], bytes]] = []
		self.status, self.seconds, self.answer = 200, 0.0, b"ok"
		self.reached = threading.Event()
		self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
		self.port = self.server.server_address[1]

	def __enter__(self) -> Subscriber:
		threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
		return self

	def __exit__(self, *_error: object) -> None:
		self.server.shutdown()
		self.server.server_close()

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.port}/events"

	@property
	def events(self) -> list[dict[str, Any]]:
		return [json.loads(body) for _headers, body in self.requests]

	def _handler(self) -> type[BaseHTTPRequestHandler]:
		subscriber = self

		class Handler(BaseHTTPRequestHandler):
			def do_POST(self) -> None:
				body = self.rfile.read(int(self.headers["Content-Length"]))
				subscriber.requests.append((dict(self.headers.items()), body))
				subscriber.reached.set()
				time.sleep(subscriber.seconds)
				with suppress(BrokenPipeError):  # whoever asked has gone
					self._answer()

			def _answer(self) -> None:
				self.send_response(subscriber.status)
				if 300 <= subscriber.status < 400:
					self.send_header("Location", f"http://127.0.0.1:{subscriber.port}/elsewhere")
				self.send_header("Content-Length", str(len(subscriber.answer)))
				self.end_headers()
				self.wfile.write(subscriber.answer)

			do_GET = do_POST  # a client that follows a redirect comes back with GET

			def log_message(self, *_words: object) -> None:
				"""Nothing on the terminal."""

		return Handler


class SlowServer:
	"""A server that sends a byte of its answer ten times a second and never comes to its end."""

	def __enter__(self) -> SlowServer:
		self.server = socket.create_server(("127.0.0.1", 0))
		self.is_over = threading.Event()
		threading.Thread(target=self._answer, daemon=True).start()
		return self

	def __exit__(self, *_error: object) -> None:
		self.is_over.set()
		self.server.close()

	@property
	def url(self) -> str:
		return f"http://127.0.0.1:{self.server.getsockname()[1]}/"

	def _answer(self) -> None:
		with self.server.accept()[0] as asked, suppress(OSError):
			asked.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
			while not self.is_over.wait(0.1):
				asked.sendall(b"x")


def make_webhook(url: str, secret: str = "shared secret", **values: object) -> str:
	webhook = frappe.new_doc("Webhook")
	webhook.update(
		{
			"__newname": f"subscriber-{frappe.generate_hash(length=8)}",
			"webhook_doctype": "Billing Event",
			"webhook_docevent": "after_insert",
			"request_url": url,
			"request_method": "POST",
			"enabled": 1,
			"enable_security": 1 if secret else 0,
			"webhook_secret": secret,
			**values,
		}
	)
	return webhook.insert().name
