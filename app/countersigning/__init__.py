"""Acts for which one person asks and another answers."""
