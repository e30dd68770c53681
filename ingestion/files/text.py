"""Bytes of a text file, in any encoding, as a stream of valid UTF-8 that says what could not be decoded.

Each byte that is not text in the declared encoding becomes one marker character from a private plane, so that
the parsers always see valid text, and the row can be found, rejected and shown in its original form.
"""

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from ingestion.files.errors import FileNotUnderstoodError

_FIRST_MARKER = 0x10FE00
_ERRORS = "nps-mark"
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
MARKERS = f"[{chr(_FIRST_MARKER)}-{chr(_FIRST_MARKER + 255)}]"
# Until a chunk is decoded, its bytes that are no text are halves of surrogate pairs, which no text has.
_UNDECODED = 0xDC00
_TO_BE_MARKED = re.compile(f"{MARKERS}|[{chr(_UNDECODED)}-{chr(_UNDECODED + 255)}]")
# A text may have the marker characters themselves: their own four bytes are marked.
_SPELLED = "".join(
    f"[{chr(_FIRST_MARKER + first)}-{chr(_FIRST_MARKER + last)}]"
    for first, last in zip(chr(_FIRST_MARKER).encode(), chr(_FIRST_MARKER + 255).encode(), strict=True)
)
_SHOWN = re.compile(f"{_SPELLED}|{MARKERS}")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(_UNDECODED + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_ERRORS, _mark)


def _marked(found: re.Match[str]) -> str:
    character = found[0]
    if character >= chr(_FIRST_MARKER):
        return "".join(chr(_FIRST_MARKER + byte) for byte in character.encode())
    return chr(ord(character) - _UNDECODED + _FIRST_MARKER)


def shown(text: str) -> str:
    """The text with the bytes that were no text written as `\\xNN`."""
    return _SHOWN.sub(_as_shown, text)


def _as_shown(markers: re.Match[str]) -> str:
    found = bytes(ord(marker) - _FIRST_MARKER for marker in markers[0])
    return f"\\x{found[0]:02x}" if len(found) == 1 else found.decode()


class Utf8Stream(io.RawIOBase):
    """A readable stream of UTF-8. `marked` tells whether a marker was written so far.

    Raises `FileNotUnderstoodError` for a file that is not in the declared encoding at all, or whose
    compression is broken.
    """

    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__()
        self.marked = False
        self._path = path
        self._source = _opened(path)
        self._pending = b""
        try:
            self._refuse_other_encoding(encoding)
        except BaseException:
            self.close()
            raise
        self._decoder = codecs.getincrementaldecoder(_with_mark_removed(encoding))(errors=_ERRORS)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes; fewer only at the end, as Arrow expects."""
        parts, length = [self._pending], len(self._pending)
        while size < 0 or length < size:
            chunk = self._read_source(_CHUNK)
            text = self._decoder.decode(chunk, final=not chunk)
            if not text.isascii() and _TO_BE_MARKED.search(text):
                text, self.marked = _TO_BE_MARKED.sub(_marked, text), True
            parts.append(text.encode("utf-8", "backslashreplace"))
            length += len(parts[-1])
            if not chunk:
                break
        data = b"".join(parts)
        cut = len(data) if size < 0 else size
        self._pending = data[cut:]
        return data[:cut]

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()

    def _read_source(self, size: int) -> bytes:
        try:
            return self._source.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise FileNotUnderstoodError(
                self._path, f"the compressed file is truncated or damaged ({error})", "deliver it again"
            ) from error

    def _refuse_other_encoding(self, encoding: str) -> None:
        sample = self._read_source(_SAMPLE)
        self._source.seek(0)
        if sample.startswith(codecs.BOM_UTF8) and codecs.lookup(encoding).name not in ("utf-8", "utf-8-sig"):
            raise FileNotUnderstoodError(
                self._path,
                f"this begins with a UTF-8 byte-order mark, so it is not {encoding}",
                'write encoding = "utf-8" in its mapping, or leave it out',
            )
        wide = codecs.lookup(encoding).name.startswith(("utf-16", "utf-32"))
        if not wide and (sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or _is_wide(sample)):
            raise FileNotUnderstoodError(
                self._path,
                f"this looks like UTF-16, not {encoding}",
                'write encoding = "utf-16" in its mapping',
            )


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.GzipFile(path)) if path.suffix == ".gz" else path.open("rb")


def _is_wide(sample: bytes) -> bool:
    return sample.count(0) * 4 > len(sample)


def _with_mark_removed(encoding: str) -> str:
    """UTF-8 files of spreadsheets start with a byte-order mark that is no part of the first header."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding
