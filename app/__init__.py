"""Quotas for, and admission of, Party members."""
