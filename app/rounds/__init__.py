"""Rounds of setting quotas: survey, registration, commitment, transfers, the term."""
