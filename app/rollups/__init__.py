"""Exact counts of steps by unit and date: deltas, day counts, summaries and their verification."""
