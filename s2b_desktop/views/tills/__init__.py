"""日结: tills opened with a float, counted, and closed, with their reports."""
