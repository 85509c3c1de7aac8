"""Measurements, each beside what the bare work costs in the same run: `python3 dev.py bench [group] [--quick]`."""
