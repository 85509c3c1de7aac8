"""What the screens read from the cache: functions from a connection to frozen rows or arrays of rowids."""
