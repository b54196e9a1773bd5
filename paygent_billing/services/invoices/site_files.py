"""The files that a printed invoice may show: the site's own, from its disk. Nothing is asked of a network."""

from __future__ import annotations

import mimetypes
import os
from urllib.parse import unquote, urlsplit
from urllib.request import DataHandler, Request

import frappe
from weasyprint import urls

FOLDERS = {"/files/": ("public", "files"), "/private/files/": ("private", "files")}
MAX_DATA_URL = 5_000_000
SELLERS_DOCTYPES = ("Letter Head", "Company", "Invoice Template")


class ForeignFile(ValueError):
	"""What the URL names is none of the site's pictures or fonts, or not one for customers."""


def fetch(url: str) -> object:
	"""WeasyPrint's `url_fetcher`: data URLs, and pictures and fonts among the site's files.

	Public files are for everybody. A private one is served only when it is a picture attached to a Letter
	Head, a Company or an Invoice Template: the seller's logo. All else raises ForeignFile, and WeasyPrint
	prints the invoice without it.
	"""
	if url.lower().startswith("data:"):
		return _data(url)
	path, mime_type = picture_of(_path_on_site(url))
	with open(path, "rb") as file:
		return _response(url, file.read(), mime_type)


def picture_of(path: str) -> tuple[str, str]:
	"""Where a picture or font of the site lies on the disk, and its type; ForeignFile for all else."""
	mime_type = _mime_type(path)
	if path.startswith("/private/"):
		_check_is_sellers(path, mime_type)
	return _file_of(path), mime_type


def site_url() -> str:
	"""The URL that relative ones belong to; a request's Host header cannot change it."""
	return frappe.utils.get_url(allow_header_override=False) + "/"


def _data(url: str) -> object:
	if len(url) > MAX_DATA_URL:
		raise ForeignFile("The data URL is too long")
	answer = DataHandler().data_open(Request(url))
	return _response(url, answer.read(), answer.headers.get_content_type())


def _path_on_site(url: str) -> str:
	parts, own = urlsplit(url), urlsplit(site_url())
	if parts.scheme not in ("http", "https") or parts.netloc != own.netloc:
		raise ForeignFile(f"{url} is not on this site")
	return unquote(parts.path)


def _mime_type(path: str) -> str:
	mime_type = mimetypes.guess_type(path)[0] or ""
	if not mime_type.startswith(("image/", "font/")):
		raise ForeignFile(f"{path} is neither picture nor font")
	return mime_type


def _check_is_sellers(path: str, mime_type: str) -> None:
	filters = {"file_url": path, "is_private": 1, "attached_to_doctype": ("in", SELLERS_DOCTYPES)}
	if not mime_type.startswith("image/") or not frappe.db.exists("File", filters):
		raise ForeignFile(f"{path} is private and no picture of the seller")


def _file_of(path: str) -> str:
	"""Where the file lies. Links and dots are followed first, so that none leads out of its folder."""
	for prefix, folder in FOLDERS.items():
		root = os.path.realpath(frappe.get_site_path(*folder))
		file = os.path.realpath(os.path.join(root, path.removeprefix(prefix)))
		if path.startswith(prefix) and file.startswith(root + os.sep) and os.path.isfile(file):
			return file
	raise ForeignFile(f"{path} is not among this site's files")


def _response(url: str, body: bytes, mime_type: str) -> object:
	"""What WeasyPrint wants of a fetcher: from 68 on a response, before that a dict."""
	response = getattr(urls, "URLFetcherResponse", None)
	if response is None:
		return {"string": body, "mime_type": mime_type}
	return response(url, body, {"Content-Type": mime_type})
