"""Finding the bench, and what is said when there is none."""

from pathlib import Path

import pytest

from throwaway_site.__main__ import main
from throwaway_site.bench import Bench, named_bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
	for part in ("apps/frappe", "apps/erpnext", "env/bin", "sites"):
		(tmp_path / part).mkdir(parents=True)
	(tmp_path / "env/bin/python").touch()
	return Bench(tmp_path)


def test_a_bench_with_all_its_parts_misses_nothing(bench: Bench):
	assert bench.missing == []


def test_a_bench_without_erpnext_says_so(bench: Bench):
	(bench.root / "apps/erpnext").rmdir()
	assert bench.missing == ["apps/erpnext"]


def test_the_environment_names_the_bench(monkeypatch, tmp_path: Path):
	monkeypatch.setenv("BENCH", str(tmp_path))
	assert named_bench().root == tmp_path


def test_the_bench_is_looked_for_in_the_home_folder(monkeypatch, tmp_path: Path):
	monkeypatch.delenv("BENCH", raising=False)
	monkeypatch.setenv("HOME", str(tmp_path))
	assert named_bench().root == tmp_path / "frappe-bench"


def test_a_bench_whose_code_git_does_not_know_has_no_revisions(bench: Bench):
	assert bench.revisions() is None


def test_without_a_bench_the_tests_on_a_site_are_named_and_nothing_fails(monkeypatch, capsys, tmp_path: Path):
	monkeypatch.setenv("BENCH", str(tmp_path))
	monkeypatch.delenv("REQUIRE_BENCH", raising=False)
	assert main(["test"]) == 0
	printed = capsys.readouterr().out
	assert (
		f"there is no bench at {tmp_path} (it lacks apps/frappe, apps/erpnext, env/bin/python, sites)"
		in printed
	)
	assert "To run them: BENCH=" in printed


def test_where_a_bench_is_required_its_absence_is_a_failure(monkeypatch, capsys, tmp_path: Path):
	monkeypatch.setenv("BENCH", str(tmp_path))
	monkeypatch.setenv("REQUIRE_BENCH", "1")
	assert main(["test"]) == 1
	assert capsys.readouterr().out.endswith("REQUIRE_BENCH=1 is set, so this is a failure.\n")


def test_without_a_bench_a_command_for_a_site_is_named(monkeypatch, capsys, tmp_path: Path):
	monkeypatch.setenv("BENCH", str(tmp_path))
	monkeypatch.delenv("REQUIRE_BENCH", raising=False)
	assert main(["run", "python", "measure.py"]) == 0
	assert "  python measure.py\n" in capsys.readouterr().out
