"""Every table as a file: what stands in it, on what paper, and the shelf of long ones."""
