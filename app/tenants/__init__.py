"""Tenants, their settings and the context of a transaction."""
