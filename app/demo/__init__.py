"""The demonstration province: invented people whose totals are the figures that were printed."""
