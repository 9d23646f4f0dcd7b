"""Units: their kinds and levels, the dated tree and member counts."""
