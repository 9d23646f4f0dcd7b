"""Spreadsheets of people that a unit sends: checked, shown, taken in by a worker, undone."""
