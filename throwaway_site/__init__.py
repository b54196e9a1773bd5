"""A site that lives as long as one command: made on a bench that this machine has, then dropped.

The bench itself stays as it is. The site lives in a bench folder of its own, which shares the environment
and the apps of the real one by links and takes paygent_billing from this checkout.

	python -m throwaway_site test [what `bench run-tests` takes]
	python -m throwaway_site run COMMAND...

BENCH=path names a bench other than ~/frappe-bench, REQUIRE_BENCH=1 makes its absence a failure,
KEEP_SITE=1 keeps the site, DB_ROOT_PASSWORD serves when the bench's configuration names no password.
"""
