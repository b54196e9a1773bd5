"""A Redis of the site's own, so that its cache and its jobs meet nobody else's; else the bench's."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

from throwaway_site.processes import SiteError, say

KEYS = ("redis_cache", "redis_queue", "redis_socketio")
SECONDS_TO_START = 20


@contextmanager
def running_redis(config: dict, folder: Path, *, stays: bool = False) -> Iterator[dict[str, str]]:
	"""The addresses for the site's configuration; answered during the block, and after it if it `stays`."""
	if not shutil.which("redis-server"):
		yield _of_the_bench(config)
		return
	port = _free_port()
	server = _start(port, folder)
	try:
		_wait_for("127.0.0.1", port)
		yield dict.fromkeys(KEYS, f"redis://127.0.0.1:{port}")
	finally:
		if not stays:
			server.terminate()
			server.wait()


def _of_the_bench(config: dict) -> dict[str, str]:
	"""The bench's own addresses, when they answer."""
	addresses = {key: config[key] for key in KEYS if key in config}
	silent = [address for address in addresses.values() if not _answers(address)]
	if silent or not addresses:
		raise SiteError(
			"There is no redis-server on the PATH, and the bench's Redis does not answer "
			f"({', '.join(silent)}): install Redis, or start the bench's."
		)
	say("no redis-server on the PATH: using the bench's Redis")
	return addresses


def _start(port: int, folder: Path) -> subprocess.Popen:
	command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
	with (folder / "redis.log").open("w") as log:
		# Its own session: Ctrl-C reaches us, and the site is dropped before Redis goes.
		return subprocess.Popen(
			[*command, "--dir", str(folder)], stdout=log, stderr=log, start_new_session=True
		)


def _wait_for(host: str, port: int) -> None:
	deadline = time.monotonic() + SECONDS_TO_START
	while not _answers(f"redis://{host}:{port}"):
		if time.monotonic() > deadline:
			raise SiteError(f"Redis did not start on port {port} in {SECONDS_TO_START} seconds.")
		time.sleep(0.05)


def _answers(address: str) -> bool:
	where = urlparse(address)
	try:
		with socket.create_connection((where.hostname, where.port or 6379), timeout=1) as connection:
			connection.sendall(b"PING\r\n")
			return bool(connection.recv(1))
	except OSError:
		return False


def _free_port() -> int:
	with socket.socket() as probe:
		probe.bind(("127.0.0.1", 0))
		return probe.getsockname()[1]
