"""Answers that a browser saves as a file."""

import re
from collections.abc import Iterable
from tempfile import TemporaryFile

import frappe
from werkzeug.wrappers import Response
from werkzeug.wsgi import wrap_file


def download_of(lines: Iterable[str], name: str, mimetype: str) -> Response:
	"""The lines as a file to save. They wait on the disk, not in memory, until they are sent."""
	file = TemporaryFile()  # closed with the response
	for line in lines:
		file.write(line.encode())
	size = file.tell()
	file.seek(0)
	response = Response(wrap_file(frappe.request.environ, file), mimetype=mimetype, direct_passthrough=True)
	response.content_length = size
	safe_name = re.sub(r"[^A-Za-z0-9._-]", "-", name)
	response.headers["Content-Disposition"] = f'attachment; filename="{safe_name}"'
	response.headers["Cache-Control"] = "private, no-store"
	return response
