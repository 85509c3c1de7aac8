"""门店零售: the counter screen, paying, and carts on hold."""
