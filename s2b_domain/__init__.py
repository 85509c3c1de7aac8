"""The business of S2B, written once: no screen, no network, no clock of its own."""
