"""Several tenants become one: an operator's command, run as the role that owns the tables."""
