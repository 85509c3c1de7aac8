"""A supplier's stock: what lies where, counts to approve, transfers, warehouses and limits."""
