"""Coupons: what they say, who holds them, and giving them out."""
