"""Supply orders on the supplier's side: accept, ship, track."""
