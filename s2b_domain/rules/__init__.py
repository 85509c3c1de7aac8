"""Pure rules: integers in, integers out."""
