"""For tools that still look for a setup.py; what the package is stands in pyproject.toml."""

from setuptools import find_packages, setup

setup(name="paygent_billing", packages=find_packages(include=["paygent_billing", "paygent_billing.*"]))
