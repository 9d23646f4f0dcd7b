"""What is kept most carefully of people: sealed numbers, reasons to look, export, erasure."""
