"""The MariaDB server: started when it is down, and one database with its user, through the mariadb client."""

import gzip
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from throwaway_site.processes import SiteError, run_quietly, say

SECONDS_TO_START = 60
SOCKET_ADDRESSES = (("localhost", 3306), ("127.0.0.1", 3306))


@dataclass(frozen=True)
class MariaDB:
	"""A server and the login of its administrator. No password means: as the system's user, by socket."""

	user: str
	password: str
	host: str
	port: int

	def command(self, program: str, *arguments: str) -> list[str]:
		login = [f"--user={self.user}"]
		if self.password or (self.host, self.port) not in SOCKET_ADDRESSES:
			login += [f"--host={self.host}", f"--port={self.port}"]
		return [client(program), *login, *arguments]

	@property
	def environment(self) -> dict[str, str]:
		return {**os.environ, "MYSQL_PWD": self.password}

	def query(self, sql: str) -> str:
		command = self.command("mariadb", "--batch", "--skip-column-names", "--execute", sql)
		return run_quietly(command, "A statement to MariaDB", env=self.environment)

	def create(self, name: str, password: str) -> None:
		"""A new database and a user of the same name, who may do everything in it."""
		self.query(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
		for host in ("localhost", "%"):
			self.query(f"CREATE USER '{name}'@'{host}' IDENTIFIED BY '{password}'")
			self.query(f"GRANT ALL PRIVILEGES ON `{name}`.* TO '{name}'@'{host}'")

	def drop(self, name: str) -> None:
		self.query(f"DROP DATABASE IF EXISTS `{name}`")
		for host in ("localhost", "%"):
			self.query(f"DROP USER IF EXISTS '{name}'@'{host}'")

	def dump(self, name: str, target: Path) -> None:
		"""Writes the database to `target`, gzipped; a dump that breaks off leaves no file of that name."""
		unfinished = target.with_suffix(f".{os.getpid()}")
		command = self.command("mariadb-dump", "--single-transaction", "--quick", name)
		with gzip.open(unfinished, "wb", compresslevel=1) as packed:
			with subprocess.Popen(command, stdout=subprocess.PIPE, env=self.environment) as dumping:
				shutil.copyfileobj(dumping.stdout, packed)
		if dumping.returncode:
			unfinished.unlink()
			raise SiteError(f"Dumping {name} failed (exit code {dumping.returncode}).")
		unfinished.replace(target)

	def load(self, name: str, source: Path) -> None:
		command = self.command("mariadb", name)
		options = {"stdin": subprocess.PIPE, "stderr": subprocess.DEVNULL, "env": self.environment}
		with gzip.open(source) as packed:
			with subprocess.Popen(command, **options) as loading:
				shutil.copyfileobj(packed, loading.stdin)
		if loading.returncode:
			raise SiteError(f"Loading {source} failed (exit code {loading.returncode}).")


def client(program: str) -> str:
	"""Where the program is: MariaDB's name for it, else the older one."""
	older = program.replace("mariadb-dump", "mysqldump").replace("mariadb", "mysql")
	found = shutil.which(program) or shutil.which(older)
	if not found:
		raise SiteError(f"There is no `{program}` on the PATH: install MariaDB's client programs.")
	return found


def running_mariadb(config: dict) -> MariaDB:
	"""The server that the bench uses, started when it is down; a SiteError when no login is accepted."""
	candidates = logins(config)
	server, refusal = _accepted(candidates)
	if server is None and "Can't connect" in refusal:
		_start()
		server, refusal = _wait_for(candidates)
	if server is None:
		raise SiteError(
			f"MariaDB accepts none of its administrator's logins that we know. It said:\n{refusal}\n"
			"Set root_login and root_password in the bench's common_site_config.json, or DB_ROOT_PASSWORD."
		)
	return server


def logins(config: dict) -> list[MariaDB]:
	"""The logins to try, in turn: the bench's configuration, DB_ROOT_PASSWORD, and by socket."""
	user = config.get("root_login") or "root"
	host = config.get("db_host") or "localhost"
	port = int(config.get("db_port") or 3306)
	passwords = [config.get("root_password"), os.environ.get("DB_ROOT_PASSWORD"), ""]
	return [MariaDB(user, password, host, port) for password in passwords if password is not None]


def _accepted(candidates: list[MariaDB]) -> tuple[MariaDB | None, str]:
	refusals = []
	for server in candidates:
		try:
			server.query("SELECT 1")
			return server, ""
		except SiteError as error:
			refusals.append(str(error))
	return None, "\n".join(refusals)


def _wait_for(candidates: list[MariaDB]) -> tuple[MariaDB | None, str]:
	deadline = time.monotonic() + SECONDS_TO_START
	while True:
		server, refusal = _accepted(candidates)
		if server or "Can't connect" not in refusal or time.monotonic() > deadline:
			return server, refusal
		time.sleep(0.5)


def _start() -> None:
	"""Starts the machine's MariaDB and leaves it running: it is the machine's, not ours to stop."""
	say("MariaDB is down: starting it")
	if shutil.which("service") and _service_started():
		return
	for program in ("mariadbd-safe", "mysqld_safe"):
		if shutil.which(program):
			silent = subprocess.DEVNULL
			subprocess.Popen([program], stdin=silent, stdout=silent, stderr=silent, start_new_session=True)
			return


def _service_started() -> bool:
	"""The output goes nowhere rather than into a pipe: the server would hold it open for good."""
	silent = subprocess.DEVNULL
	command = ["service", "mariadb", "start"]
	return subprocess.run(command, stdin=silent, stdout=silent, stderr=silent).returncode == 0
