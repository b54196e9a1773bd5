"""The bench folder of our own, its packages and its logins."""

import json
from pathlib import Path

import pytest

from throwaway_site.bench import Bench
from throwaway_site.mariadb import MariaDB, logins
from throwaway_site.overlay import Overlay, check_origin, lay
from throwaway_site.packages import named_in, without
from throwaway_site.processes import SiteError


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
	bench = Bench(tmp_path / "bench")
	for part in ("apps/frappe", "apps/erpnext", "env/bin", "sites/assets/locale", "sites/assets/css"):
		(bench.root / part).mkdir(parents=True)
	(bench.root / "sites/assets/assets.json").write_text("{}")
	config = {"db_port": 3307, "root_password": "secret", "default_site": "work", "developer_mode": 1}
	(bench.root / "sites/common_site_config.json").write_text(json.dumps(config))
	return Overlay(tmp_path / "overlay", bench, tmp_path / "checkout", tmp_path / "packages")


def python_that_prints(overlay: Overlay, text: str) -> None:
	overlay.bench.python.write_text(f"#!/bin/sh\necho '{text}'\n")
	overlay.bench.python.chmod(0o755)


def test_the_overlay_links_the_apps_and_has_its_own_sites(overlay: Overlay):
	lay(overlay, {})
	assert (overlay.root / "apps/erpnext").readlink() == overlay.bench.root / "apps/erpnext"
	assert (overlay.root / "apps/paygent_billing").readlink() == overlay.checkout
	assert (overlay.sites / "apps.txt").read_text() == "frappe\nerpnext\npaygent_billing\n"


def test_built_assets_are_linked_and_what_frappe_rewrites_is_copied(overlay: Overlay):
	lay(overlay, {})
	linked = {entry.name: entry.is_symlink() for entry in (overlay.sites / "assets").iterdir()}
	assert linked == {"css": True, "locale": False, "assets.json": False, "paygent_billing": True}


def test_the_configuration_drops_what_belongs_to_the_bench(overlay: Overlay):
	lay(overlay, {"redis_cache": "redis://127.0.0.1:6400"})
	assert json.loads((overlay.sites / "common_site_config.json").read_text()) == {
		"db_port": 3307,
		"redis_cache": "redis://127.0.0.1:6400",
		"developer_mode": 0,
		"pause_scheduler": 1,
	}


def test_the_checkout_comes_first_on_the_path(overlay: Overlay):
	environment = overlay.environment("a.localhost")
	assert environment["PYTHONPATH"] == f"{overlay.checkout}:{overlay.packages}"
	assert environment["FRAPPE_BENCH_ROOT"] == str(overlay.root)


def test_another_copy_of_the_app_is_refused(overlay: Overlay):
	lay(overlay, {})
	python_that_prints(overlay, "/elsewhere/paygent_billing/__init__.py")
	with pytest.raises(SiteError, match="imported from /elsewhere/"):
		check_origin(overlay)


def test_the_copy_in_the_checkout_is_accepted(overlay: Overlay):
	lay(overlay, {})
	python_that_prints(overlay, str(overlay.checkout / "paygent_billing/__init__.py"))
	check_origin(overlay)


def test_our_own_package_is_never_installed_from_elsewhere():
	report = {
		"install": [
			{"metadata": {"name": "paygent-billing", "version": "0.1.0"}},
			{"metadata": {"name": "rich", "version": "13.9.4"}},
		]
	}
	assert named_in(report) == ["rich==13.9.4"]


def test_a_package_is_left_out_however_its_name_is_written():
	assert without("Paygent_Billing==0.1\nrich==13.9.4", "paygent_billing") == "rich==13.9.4"


def test_logins_go_from_the_configuration_to_the_environment_to_the_socket(monkeypatch):
	monkeypatch.setenv("DB_ROOT_PASSWORD", "from environment")
	config = {"root_login": "admin", "root_password": "from bench", "db_host": "db", "db_port": 3307}
	assert logins(config) == [
		MariaDB("admin", "from bench", "db", 3307),
		MariaDB("admin", "from environment", "db", 3307),
		MariaDB("admin", "", "db", 3307),
	]
