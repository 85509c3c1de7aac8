"""Promotions: what runs when, what it gives, and what came of it."""
