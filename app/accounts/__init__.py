"""Users and operators, sign-in, server-side sessions and roles granted on units."""
