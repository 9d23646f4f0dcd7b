"""Configuration through Flask-Admin."""
