"""How the files of a profile fail.

StorageError
├── Damaged       the file cannot be read with this key; which of the two is to blame, `Keys.check` knows
├── Full          the disk has no room, or cannot be written: nothing was changed
└── TooNew        a later release of the program wrote it
"""


class StorageError(Exception):
    """A file of the profile cannot be used. `code` has a text in both languages."""

    code = "storage"


class Damaged(StorageError):
    """The file is not what was written, or the key is not its key."""

    code = "storage_damaged"


class Full(StorageError):
    """There is no room, or the disk cannot be written; the file is as it was."""

    code = "storage_full"


class TooNew(StorageError):
    """The file was written by a later release."""

    code = "storage_too_new"
