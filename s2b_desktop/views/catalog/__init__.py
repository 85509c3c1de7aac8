"""Choosing goods: the tree, the list, one product in full, and the way into the order."""
