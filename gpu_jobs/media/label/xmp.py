"""The AIGC declaration as XMP in PNG, JPEG and WebP. Pure: bytes in, bytes out, not re-encoded.

Namespace TC260 (practice guide TC260-PG-20258A); embedding: ISO 16684-3, XMP part 3.
"""

from __future__ import annotations

import html
import re
import zlib
from collections.abc import Iterator
from typing import Final

NAMESPACE: Final = "http://www.tc260.org.cn/ns/AIGC/1.0/"

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PNG_KEYWORD: Final = b"XML:com.adobe.xmp\x00\x00\x00\x00\x00"
_WEBP_HEADER: Final = 12
_WEBP_XMP: Final = b"XMP "
_WEBP_HAS_XMP: Final = 0x04
"""Flag in the first byte of a VP8X chunk (WebP container specification)."""
_JPEG_START: Final = b"\xff\xd8"
_JPEG_HEADER: Final = b"http://ns.adobe.com/xap/1.0/\x00"
_JPEG_SEGMENT_MAX: Final = 65533
_IHDR_END: Final = 8 + 25
_OPENING, _CLOSING = "<TC260:AIGC>", "</TC260:AIGC>"
_ATTRIBUTE: Final = re.compile(r"TC260:AIGC=(?:\"([^\"]*)\"|'([^']*)')")


def embed(image: bytes, declaration: str) -> bytes:
    """The same picture with the declaration in it, in place of any earlier XMP packet.

    Raises ValueError for anything but PNG, JPEG and WebP in its extended form, as animations are.
    """
    packet = _packet(declaration).encode()
    if image.startswith(_PNG_SIGNATURE):
        kept = b"".join(chunk for chunk in _png_chunks(image) if not _is_png_xmp(chunk))
        body = b"iTXt" + _PNG_KEYWORD + packet
        chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
        header = _IHDR_END - len(_PNG_SIGNATURE)
        return _PNG_SIGNATURE + kept[:header] + chunk + kept[header:]
    if image.startswith(_JPEG_START):
        body = _JPEG_HEADER + packet
        if len(body) > _JPEG_SEGMENT_MAX:
            raise ValueError("the declaration is too long for a JPEG segment")
        for start, end in reversed(list(_jpeg_segments(image))):
            if _is_jpeg_xmp(image[start:end]):
                image = image[:start] + image[end:]
        segment = b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body
        return _JPEG_START + segment + image[2:]
    if _is_webp(image):
        return _webp_with(image, packet)
    raise ValueError("XMP is written into PNG, JPEG and WebP only")


def extract(image: bytes) -> str | None:
    """The declaration that the picture carries, or None."""
    for packet in _packets(image):
        text = packet.decode("utf-8", "replace")
        element, closing, _ = text.partition(_OPENING)[2].partition(_CLOSING)
        if closing:
            return html.unescape(element.strip())
        attribute = _ATTRIBUTE.search(text)
        if attribute is not None:
            return html.unescape(attribute[1] or attribute[2] or "")
    return None


def _packet(declaration: str) -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:TC260="{NAMESPACE}">'
        f"{_OPENING}{html.escape(declaration)}{_CLOSING}"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    )


def _packets(image: bytes) -> Iterator[bytes]:
    if image.startswith(_PNG_SIGNATURE):
        for chunk in _png_chunks(image):
            if _is_png_xmp(chunk):
                yield chunk[8 + len(_PNG_KEYWORD) : -4]
    elif image.startswith(_JPEG_START):
        for start, end in _jpeg_segments(image):
            if _is_jpeg_xmp(image[start:end]):
                yield image[start + 4 + len(_JPEG_HEADER) : end]
    elif _is_webp(image):
        yield from (body for name, body in _webp_chunks(image) if name == _WEBP_XMP)


def _is_webp(image: bytes) -> bool:
    return image[:4] == b"RIFF" and image[8:_WEBP_HEADER] == b"WEBP"


def _webp_with(image: bytes, packet: bytes) -> bytes:
    chunks = [(name, body) for name, body in _webp_chunks(image) if name != _WEBP_XMP]
    if not chunks or chunks[0][0] != b"VP8X":
        raise ValueError("a WebP without its extended header has no place for XMP")
    flags = chunks[0][1]
    chunks[0] = (b"VP8X", bytes([flags[0] | _WEBP_HAS_XMP]) + flags[1:])
    chunks.append((_WEBP_XMP, packet))
    body = b"".join(
        name + len(part).to_bytes(4, "little") + part + b"\0" * (len(part) % 2)
        for name, part in chunks
    )
    return b"RIFF" + (len(body) + 4).to_bytes(4, "little") + b"WEBP" + body


def _webp_chunks(image: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content."""
    position = _WEBP_HEADER
    while position + 8 <= len(image):
        size = int.from_bytes(image[position + 4 : position + 8], "little")
        yield image[position : position + 4], image[position + 8 : position + 8 + size]
        position += 8 + size + size % 2


def _png_chunks(image: bytes) -> Iterator[bytes]:
    """Whole chunks: length, type, data, checksum."""
    position = len(_PNG_SIGNATURE)
    while position + 12 <= len(image):
        end = position + 12 + int.from_bytes(image[position : position + 4], "big")
        yield image[position:end]
        position = end


def _is_png_xmp(chunk: bytes) -> bool:
    return chunk[4:8] == b"iTXt" and chunk[8:].startswith(_PNG_KEYWORD)


def _jpeg_segments(image: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of every segment before the picture data."""
    position = 2
    while position + 4 <= len(image) and image[position] == 0xFF and image[position + 1] != 0xDA:
        end = position + 2 + int.from_bytes(image[position + 2 : position + 4], "big")
        yield position, end
        position = end


def _is_jpeg_xmp(segment: bytes) -> bool:
    return segment[1] == 0xE1 and segment[4:].startswith(_JPEG_HEADER)
