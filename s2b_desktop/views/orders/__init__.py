"""The orders of a merchant: the list with its detail, and the editor for a new one."""
