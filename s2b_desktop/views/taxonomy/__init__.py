"""The platform's category tree and what its nodes ask of goods."""
