"""Attainment: quotas beside counts, and the pages that show it."""
