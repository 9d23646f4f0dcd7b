"""Tenants to merge: those of the gates, which have something in every table."""

from tests.gates.conftest import drawn, scenery  # noqa: F401 fixtures
