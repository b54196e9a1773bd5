"""Tests on a site: real documents, whole flows. `bench --site SITE run-tests --app paygent_billing` runs
them.
"""
