"""Pictures at web addresses that a supplier's sheet names: fetched once, without cookies or passwords."""

from urllib.parse import urlsplit

import requests

from s2b_domain.rules.blobs import MAX_BLOB

PATIENCE = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
_PIECE = 1 << 16
_HOPS = 5


class AddressError(Exception):
    """`code` says why there is no picture: picture_address, picture_unreachable, picture_missing, picture_too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_address(name: str) -> bool:
    """Whether a product's picture is named by a web address."""
    return name.lower().startswith(("http://", "https://"))


def fetch(session: requests.Session, address: str) -> bytes:
    """The bytes at an address, at most `MAX_BLOB`; `AddressError`."""
    try:
        host = urlsplit(address)
        if not is_address(address) or not host.hostname or host.username or host.password:
            raise AddressError("picture_address")
        with session.get(address, timeout=PATIENCE, stream=True) as answer:
            if answer.status_code >= 400:
                raise AddressError("picture_missing" if answer.status_code in (404, 410) else "picture_unreachable")
            content = bytearray()
            for piece in answer.iter_content(_PIECE):
                content += piece
                if len(content) > MAX_BLOB:
                    raise AddressError("picture_too_large")
            return bytes(content)
    except (requests.RequestException, ValueError) as error:
        raise AddressError("picture_unreachable") from error


def session() -> requests.Session:
    """A line for many addresses."""
    made = requests.Session()
    made.max_redirects = _HOPS
    made.trust_env = True
    made.headers["Accept"] = "image/*"
    return made
