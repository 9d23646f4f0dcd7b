"""Reorganisations: decided, dated changes of the tree, planned, applied and undone as a whole."""
