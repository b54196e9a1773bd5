"""A slip as ESC/POS: the bytes that thermal printers of 58 and 80 mm take.

No byte of a text reaches the printer as a command: control characters are dropped, and the rest goes through
the printer's code pages. What those cannot write is drawn and sent as a picture.
"""

from __future__ import annotations

import textwrap
import unicodedata
from dataclasses import dataclass

from escpos.magicencode import Encoder
from escpos.printer import Dummy
from PIL import Image

from paygent_billing.services.slips.drawn_text import draw_text
from paygent_billing.services.slips.qr import modules_of
from paygent_billing.services.slips.slip import Slip

#: Western and Central European and Cyrillic letters, under the numbers that they have on ESC/POS printers.
CODE_PAGES = {"CP437": 0, "CP1252": 16, "CP866": 17, "CP852": 18, "CP858": 19}
JOINERS = ("\u200c", "\u200d")  # they shape letters of Indic scripts and Persian
SPACES = dict.fromkeys(map(ord, "\t\n\r\u00a0\u2009\u202f"), " ")
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class Roll:
	"""A width of paper: the letters in a row, and the dots."""

	columns: int
	dots: int
	module: int  # dots of a QR module


ROLLS = {58: Roll(32, 384, 5), 80: Roll(48, 576, 7)}


def slip_bytes(slip: Slip, width: int) -> bytes:
	"""The slip for a roll of that many mm, cut off at the end."""
	roll = ROLLS[width]
	printer = _printer(roll, width)
	_print_head(printer, roll, slip)
	for line in slip.lines:
		_say(printer, roll, line.title)
		_row(printer, roll, line.detail, line.amount)
	_rule(printer, roll)
	for total in slip.totals:
		is_sum = total.kind in ("due", "total")
		amount = f"{slip.currency} {total.amount}" if is_sum else total.amount
		_row(printer, roll, total.label, amount, bold=is_sum)
	for note in slip.notes:
		_say(printer, roll, note, align="center")
	if slip.link:
		printer.set(align="center")
		printer.image(qr_picture(slip.link, roll), impl="bitImageRaster")
	printer.set(align="left")
	printer.cut()
	return printer.output


def _printer(roll: Roll, width: int) -> Dummy:
	printer = Dummy(magic_encode_args={"encoder": Encoder(CODE_PAGES)})
	media = {"width": {"mm": width, "pixels": roll.dots}}
	printer.profile.profile_data = {**printer.profile.profile_data, "media": media}
	printer.hw("INIT")
	return printer


def _print_head(printer: Dummy, roll: Roll, slip: Slip) -> None:
	_say(printer, roll, slip.seller, align="center", bold=True)
	for line in slip.seller_lines:
		_say(printer, roll, line, align="center")
	_rule(printer, roll)
	heading = f"{slip.heading} ({slip.state})" if slip.state else slip.heading
	_say(printer, roll, heading, align="center", bold=True)
	for fact in slip.facts:
		_row(printer, roll, fact.label, fact.value)
	_say(printer, roll, slip.buyer)
	_rule(printer, roll)


def _row(printer: Dummy, roll: Roll, label: str, value: str, *, bold: bool = False) -> None:
	"""A label and at the other end its value; one below the other where they do not fit, or must be drawn."""
	label, value = clean(label), clean(value)
	room = roll.columns - len(label) - len(value)
	if room >= 1 and can_be_written(printer, label + value):
		_say(printer, roll, label + " " * room + value, bold=bold)
		return
	_say(printer, roll, label, bold=bold)
	_say(printer, roll, value, align="right", bold=bold)


def _say(printer: Dummy, roll: Roll, text: str, *, align: str = "left", bold: bool = False) -> None:
	text = clean(text)
	if not text.strip():
		return
	printer.set(align=align, bold=bold)
	if not can_be_written(printer, text):
		foreign = "".join(letter for letter in text if not can_be_written(printer, letter))
		picture = draw_text(text, dots=roll.dots, align=align, bold=bold, letters=foreign)
		printer.image(picture, impl="bitImageRaster")
		return
	for line in textwrap.wrap(text, roll.columns, drop_whitespace=False) or [text]:
		printer.text(line.rstrip() + "\n")


def _rule(printer: Dummy, roll: Roll) -> None:
	printer.set(align="left")
	printer.text("-" * roll.columns + "\n")


def clean(text: str) -> str:
	"""The text in one line, without what controls a printer or is not seen."""
	kept = (
		letter
		for letter in unicodedata.normalize("NFC", text.translate(SPACES))
		if letter in JOINERS or unicodedata.category(letter) not in INVISIBLE
	)
	return "".join(kept)


def can_be_written(printer: Dummy, text: str) -> bool:
	"""Whether the code pages have every letter."""
	return all(printer.magic.encoder.find_suitable_encoding(letter) for letter in set(text))


def qr_picture(link: str, roll: Roll) -> Image.Image:
	"""The code in whole dots, so that no module is blurred."""
	rows = modules_of(link)
	picture = Image.new("1", (len(rows), len(rows)), 1)
	picture.putdata([0 if is_dark else 255 for row in rows for is_dark in row])
	size = len(rows) * min(roll.module, roll.dots // len(rows))
	return picture.resize((size, size), Image.Resampling.NEAREST)
