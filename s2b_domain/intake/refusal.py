"""Why a file as a whole cannot be read. Texts in both languages: `s2b_desktop.intake_text`."""

from s2b_domain.errors import DomainError

CODES = frozenset(
    {
        "cancelled",  # the user stopped it
        "damaged",  # a workbook that its own format's reader cannot follow
        "empty",  # nothing in it
        "internal",  # our fault
        "is_folder",
        "lock_file",  # ~$name: what Excel leaves beside an open workbook
        "no_columns",  # a table, but no column is known to be goods
        "no_permission",
        "no_rows",  # a header with nothing below it
        "no_such_area",
        "no_such_file",
        "no_such_sheet",
        "not_a_table",  # text that is no table
        "password",
        "rows_refused",  # policy: nothing is imported because some row is wrong
        "too_large",  # asks for more memory or cells than we give
        "too_slow",
        "unknown_encoding",
        "wrong_type",  # params kind: pdf, image, program, archive, web_page, document ...
    }
)


class Refused(DomainError):
    """The file is not imported; `code` is one of `CODES`, `params` fill its text."""
