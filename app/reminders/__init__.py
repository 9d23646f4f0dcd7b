"""Reminders (đôn đốc) and commendations: by hand and by rule, the inbox, digests, their mail."""
