"""Pictures inside the page itself: a customer without a login gets none of the site's private files."""

from __future__ import annotations

import base64
import re
from html import unescape
from pathlib import Path

PRIVATE_PICTURE = re.compile(r'src="(/private/files/[^"]+)"')


def with_own_pictures(page: str) -> str:
	"""The page with each private picture of the seller as a data URL; other private files are left out."""
	return PRIVATE_PICTURE.sub(lambda found: f'src="{_data_url(unescape(found[1]))}"', page)


def _data_url(path: str) -> str:
	"""Loaded here, since it needs Pango: a site without it still shows the page."""
	from paygent_billing.services.invoices.site_files import ForeignFile, picture_of

	try:
		file, mime_type = picture_of(path)
	except ForeignFile:
		return ""
	return f"data:{mime_type};base64,{base64.b64encode(Path(file).read_bytes()).decode()}"
