"""What a file is, by its content and never by its name; and which encoding and delimiter a text has."""

import codecs
import csv
import zipfile
from pathlib import Path
from stat import S_ISREG

from s2b_domain.intake.limits import Limits
from s2b_domain.intake.refusal import Refused

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\x1f\x8b", "archive"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"SQLite format 3", "database"),
)
_BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;|"


def kind_of(path: Path, limits: Limits) -> str:
    """Return "xlsx", "xlsb", "ods", "xls", "html", "xml" or "text"; refuse what cannot be a table."""
    try:
        if path.is_dir():
            raise Refused("is_folder")
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise Refused("wrong_type", kind="special")
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise Refused("no_such_file") from None
    except PermissionError:
        raise Refused("no_permission") from None
    except (OSError, ValueError):
        raise Refused("damaged") from None
    if path.name.startswith("~$"):
        raise Refused("lock_file")
    if status.st_size > limits.file_bytes:
        raise Refused("too_large")
    if not head.strip(b"\0 \t\r\n"):
        raise Refused("empty" if not head or head.strip(b" \t\r\n") == b"" else "not_a_table")
    if head.startswith(b"PK"):
        return _zip_kind(path, limits)
    if head.startswith(OLE) or head[:2] == b"\x09\x08":
        return "xls"
    for magic, kind in _MAGIC:
        if head.startswith(magic) and (kind != "image" or magic != b"BM" or b"\0" in head[:64]):
            raise Refused("wrong_type", kind=kind)
    start = _ascii_start(head)
    if start.startswith(("<!doctype html", "<html", "<head", "<body", "<table", "<meta", "<style", "<div", "<center")):
        return "html"
    if start.startswith(("<?xml", "<?mso-application")) or "urn:schemas-microsoft-com:office:spreadsheet" in start:
        if "<html" in start:
            return "html"
        if "urn:schemas-microsoft-com:office:spreadsheet" in start or "excel.sheet" in start:
            return "xml"
        raise Refused("wrong_type", kind="xml")
    if start.startswith(("{\\rtf",)):
        raise Refused("wrong_type", kind="document")
    return "text"


def _ascii_start(head: bytes) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return head.decode(encoding, errors="ignore").lstrip().lower()
    return head.replace(b"\0", b"").decode("latin-1").lstrip().lower()


def _zip_kind(path: Path, limits: Limits) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            names = {info.filename.replace("\\", "/").lower() for info in infos}
            mime = archive.read("mimetype")[:200] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError, NotImplementedError, EOFError):
        raise Refused("damaged") from None
    if sum(info.file_size for info in infos) > 4 * limits.memory_bytes:
        raise Refused("too_large")
    if any(name.endswith("workbook.bin") for name in names):
        return "xlsb"
    if b"opendocument.spreadsheet" in mime or (not mime and "content.xml" in names):
        return "ods"
    if "word/document.xml" in names or "ppt/presentation.xml" in names or b"opendocument" in mime:
        raise Refused("wrong_type", kind="document")
    if "[content_types].xml" in names or any(name.endswith("workbook.xml") for name in names):
        return "xlsx"
    raise Refused("wrong_type", kind="archive")


def decode(data: bytes) -> tuple[str, str]:
    """Return (text, encoding): BOM, UTF-8, UTF-16/32 by their zeros, GB18030 if it reads as Chinese, then Big5 and
    Windows-1252 likewise. Refuses `not_a_table` (binary) and `unknown_encoding`."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data.decode(encoding), encoding
            except UnicodeDecodeError:
                raise Refused("unknown_encoding") from None
    if b"\0" in data:
        return _wide(data)
    try:
        return _readable(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", errors="replace")
    if text.count("\ufffd") * 100 < sum(1 for c in text[:1_000_000] if c > "\x7f"):
        return _readable(text, "utf-8")  # a few broken characters; their cells are refused one by one
    for encoding in ("gb18030", "big5"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if _is_common(text, "gb2312" if encoding == "gb18030" else encoding):
            return text, encoding
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        raise Refused("unknown_encoding") from None
    foreign = [c for c in text if c > "\x7f"]
    strange = len(foreign) - sum(map(str.isalpha, foreign))
    if (strange * 10 > len(foreign) * 4 and strange * 12 > len(text)) or len(foreign) * 3 > len(text):
        raise Refused("unknown_encoding")
    return _readable(text, "cp1252")


def _wide(data: bytes) -> tuple[str, str]:
    """UTF-16 or 32 without a BOM shows as zeros on one side of ASCII characters."""
    sample = data[:4000]
    quarter = len(sample) // 4
    zeros = [sample[i::4].count(0) for i in range(4)]
    if quarter and min(zeros[0], zeros[1], zeros[2]) > quarter * 0.6:
        order = "utf-32-be"
    elif quarter and min(zeros[1], zeros[2], zeros[3]) > quarter * 0.6:
        order = "utf-32-le"
    elif zeros[0] + zeros[2] > 2 * (zeros[1] + zeros[3]):
        order = "utf-16-be"
    elif zeros[1] + zeros[3] > 2 * (zeros[0] + zeros[2]):
        order = "utf-16-le"
    else:
        raise Refused("not_a_table")
    try:
        return _readable(data.decode(order), order)
    except UnicodeDecodeError:
        raise Refused("not_a_table") from None


def _readable(text: str, encoding: str) -> tuple[str, str]:
    sample = text[:20_000]
    controls = sum(1 for c in sample if c < " " and c not in "\t\r\n\x0b\x0c")
    if controls * 50 > len(sample):
        raise Refused("not_a_table")
    return text, encoding


def _is_common(text: str, charset: str) -> bool:
    """Whether the non-ASCII part reads as Chinese: mostly common characters, standing next to each other."""
    foreign = [c for c in text[:200_000] if c > "\x7f"][:5_000]
    common = sum(1 for c in foreign if "\u4e00" <= c <= "\u9fff" and _encodes(c, charset))
    marks = sum(1 for c in foreign if "\u3000" <= c <= "\u303f" or "\uff00" <= c <= "\uffef" or c in "￥·—…“”‘’×℃①②③")
    if common + marks < len(foreign) * 0.9:
        return False
    return _beside(text[:200_000]) or common > 20


def _beside(text: str) -> bool:
    """Accented Latin read as GB18030 gives single characters inside Latin words; Chinese comes in runs."""
    runs = singles = 0
    previous = False
    length = 0
    for c in text + " ":
        han = "\u4e00" <= c <= "\u9fff"
        if han:
            length += 1
        elif previous:
            runs += length > 1
            singles += length == 1
            length = 0
        previous = han
    return runs >= singles


def _encodes(character: str, charset: str) -> bool:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def delimiter_of(text: str) -> str | None:
    """The delimiter that splits the first lines most evenly, or None for a single column."""
    first = text[:200].splitlines()[:1]
    if first and first[0].lower().startswith("sep=") and len(first[0]) == 5:
        return first[0][4]
    sample = text[:64_000].splitlines()[:60]
    best: tuple[float, int, str] | None = None
    for mark in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(sample, delimiter=mark) if row]
        except csv.Error:
            continue
        wide = [w for w in widths if w > 1]
        if not wide:
            continue
        usual = max(set(wide), key=wide.count)
        even = wide.count(usual) / len(widths)
        candidate = (round(even, 1), usual, mark)
        if best is None or candidate[:2] > best[:2]:
            best = candidate
    return best[2] if best else None
