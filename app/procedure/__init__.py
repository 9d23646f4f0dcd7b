"""The law as data, and the whole way from source to official member."""
