"""The main job, end to end, with real processes: one hub and two desktops at a time."""
