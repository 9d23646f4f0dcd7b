"""The append-only trail: who did what, for which unit, before and after."""
