"""Quotas: distributions and their versions, own quotas, and the board that sets them."""
