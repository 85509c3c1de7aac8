"""The desktop: screens over an encrypted local cache that keeps working without a line."""

__version__ = "0.1.0"
