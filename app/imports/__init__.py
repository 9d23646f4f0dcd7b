"""Reading tables (CSV) with row-level results."""
