"""Pictures of a workbook between its dry run and its import: made ready once, and kept only if the import begins."""

import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import mkdtemp

from s2b_desktop.models.pictures import NotAPicture, prepared
from s2b_domain.intake.examination import Examination
from s2b_domain.rules.blobs import digest_in, digest_of, reference


class WorkbookPictures:
    """What was made of the pictures of one file, in a folder that goes with it. Used by one thread at a time."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(prefix="s2b-pictures-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._known: dict[str, str] = {}

    def name(self, content: str, read: Callable[[], bytes]) -> str:
        """How records name the picture whose bytes have this SHA-256; "" if it is none. The bytes are read and made
        smaller at the first time only."""
        if content not in self._known:
            try:
                made = prepared(read())
            except NotAPicture:
                self._known[content] = ""
            else:
                digest = digest_of(made)
                (self._folder / digest).write_bytes(made)
                self._known[content] = reference(digest)
        return self._known[content]

    def wanted(self, examination: Examination) -> Iterator[bytes]:
        """The pictures that an import of this examination names, each once."""
        new, changed = examination.accepted
        lists = [goods.image_urls for goods in new]
        lists += [field.new for change in changed for field in change.fields if field.field == "image_urls"]
        for digest in _digests(lists):
            path = self._folder / digest
            if path.exists():
                yield path.read_bytes()


def _digests(lists: Iterable[tuple[str, ...] | None]) -> dict[str, None]:
    return {digest: None for names in lists for name in names or () if (digest := digest_in(name))}
