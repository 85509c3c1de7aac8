"""The central hub: decides commands with authority, and tells each desktop what its scopes hold."""

__version__ = "0.1.0"
