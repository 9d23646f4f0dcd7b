"""What whoever runs the service watches: figures of the program, its queues and its tenants."""
