"""People in the procedure, their cases and the dated steps of each case."""
