"""往来账: what is owed, statements, payments and invoices."""
