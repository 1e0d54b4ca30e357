"""Read a body of any sender: never more than a cap, never beyond a deadline, never half."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable


class BrokenBody(Exception):
    """The body is cut short, garbled, in an unknown encoding or too slow."""


class LargeBody(Exception):
    """The body is larger than the cap."""


def read_body(chunks: Iterable[bytes], encoding: str, *, cap: int, late: Callable[[], bool]) -> bytes:
    """Return the whole decompressed body.

    Args:
        chunks: Raw bytes as they arrive.
        encoding: Value of Content-Encoding: empty, ``identity`` or ``gzip``.
        cap: Most bytes after decompression. No more than one byte beyond it is ever decompressed.
        late: Says after each chunk whether the deadline has passed.

    Raises:
        BrokenBody: Cut short, garbled, in another encoding, or late.
        LargeBody: Larger than the cap.
    """
    if encoding not in {"", "identity", "gzip"}:
        raise BrokenBody("unknown content encoding")
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16) if encoding == "gzip" else None
    body = bytearray()
    for chunk in chunks:
        body += _inflated(decoder, chunk, cap + 1 - len(body)) if decoder else chunk
        if len(body) > cap:
            raise LargeBody
        if late():
            raise BrokenBody("answer took longer than the deadline")
    if decoder and body and not decoder.eof:
        raise BrokenBody("answer cut short")
    return bytes(body)


def _inflated(decoder: zlib._Decompress, chunk: bytes, most: int) -> bytes:
    try:
        return decoder.decompress(chunk, most)
    except zlib.error:
        raise BrokenBody("garbled gzip") from None
