"""The screens on which people and their steps are found, read and recorded."""
