"""An import on its way into the outbox, kept among the drafts so that a crash neither loses nor doubles a row.

The header `import/run/ID` stands first, then a draft for every command; each of these leaves in the transaction that
puts its command into the outbox. What is left of them is what was not saved.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from s2b_desktop.models.goods_import import commands_for
from s2b_domain.commands import pack, unpack
from s2b_domain.commands.goods import ImportGoods, ImportNote
from s2b_domain.intake.examination import Examination

RUN, PART = "import/run/", "import/part/"
_MOST_NAME = 200


class ImportRun(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be saved: lines per command, and the counts of the file. `state` is "preparing" until all commands
    are kept, and "saving" then."""

    import_id: str
    file: str
    at: int
    state: Literal["preparing", "saving"] = "preparing"
    sizes: tuple[int, ...] = ()
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    wrong: int = 0

    @property
    def lines(self) -> int:
        """How many rows are to be saved in all."""
        return sum(self.sizes)

    def left(self, keys: Iterable[str]) -> int:
        """How many rows are not saved, by the keys of the drafts that are left."""
        return sum(self.sizes[_number(key) - 1] for key in keys)


def begun(import_id: str, file: str, at: int, examination: Examination) -> ImportRun:
    """The header of an import before its commands are made."""
    plan = examination.plan
    return ImportRun(
        import_id=import_id,
        file=file[:_MOST_NAME],
        at=at,
        new=len(plan.new),
        changed=len(plan.changed),
        unchanged=len(plan.unchanged),
        wrong=len(plan.wrong) + len(plan.skipped),
    )


def commands_of(run: ImportRun, examination: Examination) -> list[ImportGoods]:
    """The commands of an import, each knowing which part of it it is."""
    made = commands_for(examination)
    counts = {"new": run.new, "changed": run.changed, "unchanged": run.unchanged, "wrong": run.wrong}
    return [
        msgspec.structs.replace(
            command,
            note=ImportNote(import_id=run.import_id, file=run.file, part=at, parts=len(made), **counts),
        )
        for at, command in enumerate(made, 1)
    ]


def drafts_of(run: ImportRun, commands: Sequence[ImportGoods]) -> dict[str, bytes]:
    """The drafts of all commands by their keys, in order."""
    return {part_key(run, at): pack(command)[1] for at, command in enumerate(commands, 1)}


def part_key(run: ImportRun, number: int) -> str:
    """The key of a command's draft."""
    return f"{parts_of(run)}{number:06}"


def parts_of(run: ImportRun) -> str:
    """What the keys of all drafts of commands begin with."""
    return f"{PART}{run.import_id}/"


def encoded(run: ImportRun) -> bytes:
    """The draft of the header."""
    return msgspec.msgpack.encode(run)


def interrupted(drafts: Mapping[str, bytes]) -> list[ImportRun]:
    """The imports whose headers these drafts are, the oldest first."""
    found = [msgspec.msgpack.decode(content, type=ImportRun) for content in drafts.values()]
    return sorted(found, key=lambda run: run.at)


def command_in(draft: bytes) -> ImportGoods:
    """The command of a draft; `Refused` if it is of another release."""
    command = unpack("goods.import@1", draft)
    assert isinstance(command, ImportGoods)
    return command


def _number(key: str) -> int:
    return int(key.rpartition("/")[2])
