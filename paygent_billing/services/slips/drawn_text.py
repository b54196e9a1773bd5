"""Text as a picture in black and white, for scripts that a printer has no letters for."""

from __future__ import annotations

import subprocess
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import frappe
from frappe import _
from PIL import Image, ImageDraw, ImageFont, features

SIZE = 26  # dots; about the height of a printer's own letters
LINE = 36


def draw_text(text: str, *, dots: int, letters: str, align: str = "left", bold: bool = False) -> Image.Image:
	"""The text, wrapped to a width of so many dots, in a font that has these letters. Refused where the
	server cannot write it.
	"""
	text = text.replace("·", "-")  # fonts of other scripts lack it
	font = _font_for(letters, bold)
	lines = list(_wrapped(text, font, dots))
	picture = Image.new("1", (dots, LINE * len(lines)), 1)
	draw = ImageDraw.Draw(picture)
	is_rtl = _is_rtl(text)
	for number, line in enumerate(lines):
		room = max(0, dots - int(font.getlength(line)))
		left = {"center": room // 2, "right": room}.get(align, room if is_rtl else 0)
		draw.text((left, number * LINE), line, font=font, fill=0, direction="rtl" if is_rtl else "ltr")
	return picture


def _wrapped(text: str, font: ImageFont.FreeTypeFont, dots: int) -> Iterator[str]:
	"""The lines, broken between words, and inside a word that alone is too long."""
	line = ""
	for word in text.split():
		longer = f"{line} {word}".strip()
		if font.getlength(longer) <= dots:
			line = longer
			continue
		if line:
			yield line
		while font.getlength(word) > dots:
			fits = next(
				end for end in range(len(word), 0, -1) if end == 1 or font.getlength(word[:end]) <= dots
			)
			yield word[:fits]
			word = word[fits:]
		line = word
	yield line


def _font_for(text: str, bold: bool) -> ImageFont.FreeTypeFont:
	if not features.check("raqm"):
		frappe.throw(_("This server cannot shape {0} for a printer: Pillow lacks Raqm.").format(text))
	file, index = _font_file("".join(sorted(set(text) - {" "})), bold)
	return ImageFont.truetype(file, SIZE, index=index, layout_engine=ImageFont.Layout.RAQM)


@lru_cache(maxsize=256)
def _font_file(letters: str, bold: bool) -> tuple[str, int]:
	"""The installed font that has most of the letters, and which of its file's faces it is."""
	codes = " ".join(f"{ord(letter):x}" for letter in letters)
	pattern = f":charset={codes}:weight={200 if bold else 80}"
	command = ["fc-match", "-f", "%{file}\n%{index}", pattern]
	try:
		found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
	except (OSError, subprocess.SubprocessError):
		frappe.throw(_("Install fontconfig and fonts for {0} on the server to print it.").format(letters))
	file, index = found.split("\n")
	return file, int(index)


def _is_rtl(text: str) -> bool:
	kinds = (unicodedata.bidirectional(letter) for letter in text)
	return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"
