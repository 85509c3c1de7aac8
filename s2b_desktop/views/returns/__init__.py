"""Returns and claims: lists, one of them in full, and what is done with them."""
