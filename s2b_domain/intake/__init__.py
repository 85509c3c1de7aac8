"""Spreadsheets in: read, understood, checked and compared, without Qt, network or SQL.

Start at `examination.examine`; what becomes of a row is `goods.GoodsRow`.
"""
