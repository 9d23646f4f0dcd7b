"""What runs the program on a bare machine: embedded servers, migrations and `make run`."""
