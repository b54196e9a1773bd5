"""QR codes, drawn here: nothing is asked of a server."""

from __future__ import annotations

import qrcode
from qrcode.constants import ERROR_CORRECT_M

QUIET = 4  # modules around the code that stay white


def modules_of(text: str) -> list[list[bool]]:
	"""The code as rows of dark and light modules, with the white margin that readers need."""
	code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
	code.add_data(text)
	code.make(fit=True)
	return code.get_matrix()


def svg_of(text: str) -> str:
	"""The code as an SVG element, of paths only: nothing of the text stands in it."""
	rows = modules_of(text)
	path = "".join(
		f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
	)
	box = f'viewBox="0 0 {len(rows)} {len(rows)}" shape-rendering="crispEdges"'
	return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><path fill="#000" d="{path}"/></svg>'
