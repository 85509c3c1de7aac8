"""A shop's members: who they are, what they have, and what they are told."""
