"""A thermal printer on paper that tests can read: what it prints, and nothing that it does not know."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from paygent_billing.services.slips.escpos import CODE_PAGES

PAGES = {number: name for name, number in CODE_PAGES.items()}
#: Commands by their first two bytes, with the number of bytes that follow.
COMMANDS = {
	b"\x1b@": 0, b"\x1ba": 1, b"\x1bE": 1, b"\x1b!": 1, b"\x1b-": 1, b"\x1bM": 1, b"\x1bd": 1, b"\x1d!": 1,
	b"\x1dB": 1, b"\x1db": 1, b"\x1bt": 1, b"\x1b{": 1,
}  # fmt: skip


@dataclass
class Paper:
	"""The lines as they were printed, the pictures, and whether the paper was cut."""

	lines: list[str] = field(default_factory=list)
	pictures: list[Image.Image] = field(default_factory=list)
	is_cut: bool = False

	@property
	def text(self) -> str:
		return "\n".join(self.lines)


def print_on_paper(content: bytes) -> Paper:
	"""Runs the bytes as the printer would. ValueError for a control byte that no slip should hold."""
	paper, line, page, at = Paper(), "", "cp437", 0
	while at < len(content):
		command = content[at : at + 2]
		if content[at : at + 1] == b"\n":
			paper.lines.append(line)
			line, at = "", at + 1
		elif command in COMMANDS:
			if command == b"\x1bt":
				page = PAGES[content[at + 2]].lower()
			at += 2 + COMMANDS[command]
		elif content[at : at + 3] == b"\x1dv0":
			across, down = content[at + 4] + 256 * content[at + 5], content[at + 6] + 256 * content[at + 7]
			dots = content[at + 8 : at + 8 + across * down]
			inverted = bytes(255 - byte for byte in dots)
			paper.pictures.append(Image.frombytes("1", (across * 8, down), inverted))
			paper.lines.append(f"[picture {len(paper.pictures)}]")
			at += 8 + across * down
		elif command == b"\x1dV":
			paper.is_cut, at = True, at + (4 if content[at + 2] in (65, 66) else 3)
		elif content[at] < 32:
			raise ValueError(f"unknown command {content[at : at + 4]!r} after {line!r}")
		else:
			line, at = line + content[at : at + 1].decode(page), at + 1
	return paper
