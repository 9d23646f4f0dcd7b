"""Benchmarks of the key figures."""
