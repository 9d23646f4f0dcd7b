"""What is counted: measures, and the overlapping segments inside them."""
