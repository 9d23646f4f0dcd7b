"""Trying the running program under faults: `make faults` and what `tests/faults` runs in small."""
