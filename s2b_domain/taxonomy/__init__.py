"""A category tree from elsewhere: read, compared with the books, and turned into commands; and categories proposed."""
