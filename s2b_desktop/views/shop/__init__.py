"""A merchant's own shop: what it lists, and its profile."""
