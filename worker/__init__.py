"""The processes that run background jobs and enqueue the periodic ones."""
