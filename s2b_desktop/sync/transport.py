"""What a line to a hub can do, and how it fails.

LineError
├── Unreachable          no network, no hub there, or it stopped answering
├── NotAHub              something answers that is no hub
├── CertificateUnknown   first contact: the user must compare the fingerprint
├── CertificateChanged   not the hub that this profile knows
└── HubProblem           the hub says no: `code` is that of `wire.Problem`
"""

from typing import Protocol

from s2b_domain import wire
from s2b_domain.errors import Param

_PASSING = frozenset({"busy", "hub_error", "recovering", "too_many_attempts"})


class LineError(Exception):
    """`code` has a text in both languages; `passing` ones need nothing but patience."""

    code = "unreachable"

    def __init__(self, **params: Param) -> None:
        super().__init__(self.code, params)
        self.params: dict[str, Param] = params

    @property
    def passing(self) -> bool:
        """Whether trying again is all that can be done."""
        return False


class Unreachable(LineError):
    """No answer."""

    @property
    def passing(self) -> bool:
        """Lines come back."""
        return True


class NotAHub(LineError):
    """The address answers, but not as a hub does."""

    code = "not_a_hub"


class CertificateUnknown(LineError):
    """Nobody has vouched for this certificate yet: PEM and SHA-256 fingerprint, for the user to compare."""

    code = "certificate_unknown"

    def __init__(self, pem: str, fingerprint: str) -> None:
        super().__init__(fingerprint=fingerprint)
        self.pem = pem
        self.fingerprint = fingerprint


class CertificateChanged(LineError):
    """The certificate is not the pinned one."""

    code = "certificate_changed"


class HubProblem(LineError):
    """The hub's own answer: wrong_password, update_needed, device_revoked, device_cloned, signed_out, busy ..."""

    def __init__(self, problem: wire.Problem) -> None:
        self.code = problem.code
        super().__init__(**problem.params)

    @property
    def passing(self) -> bool:
        """Whether the hub only needs time."""
        return self.code in _PASSING


class Transport(Protocol):
    """A line to one hub. Every method raises `LineError` and nothing else."""

    def hello(self) -> wire.Hello: ...

    def sign_in(self, request: wire.SignIn) -> wire.SignedIn: ...

    def sign_out(self, token: str) -> None: ...

    def push(self, token: str, request: wire.Push) -> wire.Pushed: ...

    def pull(self, token: str, request: wire.Pull) -> wire.Pulled: ...

    def quarantine(self, request: wire.Sealed) -> None: ...

    def hand_over(self, request: wire.Handover) -> wire.HandedOver: ...

    def ask_hub(self, token: str, request: wire.AskHub) -> wire.HubState: ...
    def ask_tokens(self, token: str, request: wire.AskTokens) -> wire.Tokens: ...


class Ear(Protocol):
    """A second line to the same hub, on which a desktop waits for news. Raises `LineError` and nothing else."""

    def listen(self, token: str, request: wire.Listen) -> wire.News: ...

    def hang_up(self) -> None:
        """End a `listen` that is under way in another thread: it raises `Unreachable`."""

    def reconnect(self) -> None:
        """Trust no connection that stands, neither this one nor those of the `Transport` beside it."""


class ChunkSource(Protocol):
    """Where snapshots can be had. Raises `LineError` and nothing else."""

    def prepare(self, token: str, request: wire.Prepare) -> wire.Manifest: ...

    def chunk(self, name: str, *, fresh: bool = False) -> bytes:
        """The bytes of a chunk; `fresh` asks the hub itself, past whatever keeps copies on the way."""
