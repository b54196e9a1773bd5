"""Runs benchmarks: `python -m benchmarks.run` runs all of them, `python -m benchmarks.run engine` one.

A benchmark is a module here with a `main()`. `NEEDS_SITE = True` on a line of its own has it run on a
throwaway site, by the bench's python, in the site's `sites` folder, with FRAPPE_SITE naming the site.
"""

import ast
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CHECKOUT = FOLDER.parent


def main(names: list[str]) -> int:
	found = benchmarks()
	unknown = [name for name in names if name not in found]
	if unknown:
		print(f"There is no benchmark {', '.join(unknown)}. There are: {', '.join(found) or 'none'}")
		return 2
	failed = [name for name in names or found if run(name, on_a_site=found[name])]
	if failed:
		print(f"\nShort of a bound, or broken: {', '.join(failed)}")
	return int(bool(failed))


def benchmarks() -> dict[str, bool]:
	"""The name of each benchmark, and whether it needs a site. Read, not imported: some import Frappe."""
	trees = {path.stem: ast.parse(path.read_text()) for path in sorted(FOLDER.glob("*.py"))}
	return {name: needs_site(tree) for name, tree in trees.items() if name != "run" and has_main(tree)}


def has_main(tree: ast.Module) -> bool:
	return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def needs_site(tree: ast.Module) -> bool:
	return any(ast.unparse(node) == "NEEDS_SITE = True" for node in tree.body)


def run(name: str, *, on_a_site: bool) -> int:
	"""The benchmark's exit code, from a process of its own."""
	print(f"\n== {name}", flush=True)
	program = f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); from benchmarks.{name} import main; main()"
	if not on_a_site:
		return subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT).returncode
	command = [sys.executable, "-m", "throwaway_site", "run", "python", "-c", program]
	return subprocess.run(command, cwd=CHECKOUT).returncode


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
