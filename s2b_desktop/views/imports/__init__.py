"""Goods from somebody's spreadsheet, step by step."""
