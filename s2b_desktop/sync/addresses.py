"""Pictures at web addresses that a supplier's sheet names: fetched without cookies or passwords, wherever they lead."""

import time
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests

from s2b_domain.rules.blobs import MAX_BLOB, is_address

PATIENCE = (5.0, 20.0)
"""Seconds to connect, and between two pieces of an answer."""
LONGEST = 60.0
"""Seconds for one picture, whatever comes."""
HOPS = 5
_PIECE = 1 << 16


class AddressError(Exception):
    """`code` says why there is no picture: picture_address, picture_unreachable, picture_missing, picture_too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def session() -> requests.Session:
    """A line for many addresses. What the PC says of proxies and certificates counts, its passwords do not."""
    made = requests.Session()
    made.auth = _nobody
    made.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
    made.headers["Accept"] = "image/*"
    return made


def fetch(line: requests.Session, address: str) -> bytes:
    """The bytes at an address, at most `MAX_BLOB`; `AddressError`."""
    end = time.monotonic() + LONGEST
    try:
        for _ in range(HOPS + 1):
            # Not requests' own way: on another host it would look for a password in .netrc.
            with line.get(_plain(address), timeout=PATIENCE, stream=True, allow_redirects=False) as answer:
                if not answer.is_redirect:
                    return _content(answer, end)
                address = urljoin(address, answer.headers["location"])
    except (requests.RequestException, ValueError) as error:
        raise AddressError("picture_unreachable") from error
    raise AddressError("picture_unreachable")


def _content(answer: requests.Response, end: float) -> bytes:
    if answer.status_code >= 400:
        raise AddressError("picture_missing" if answer.status_code in (404, 410) else "picture_unreachable")
    content = bytearray()
    for piece in answer.iter_content(_PIECE):
        content += piece
        if len(content) > MAX_BLOB:
            raise AddressError("picture_too_large")
        if time.monotonic() > end:
            raise AddressError("picture_unreachable")
    return bytes(content)


def _plain(address: str) -> str:
    host = urlsplit(address)
    if not is_address(address) or not host.hostname or host.username or host.password:
        raise AddressError("picture_address")
    return address


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
