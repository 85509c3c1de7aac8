"""A supplier's own goods: prices, stock, sale and review."""
