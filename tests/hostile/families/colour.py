"""How colours are coded: formats of pixels, matrices, ranges, HDR."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import Case, encoded

_FORMATS = (
    "yuv420p", "yuv422p", "yuv444p", "yuv410p", "yuv411p", "yuv440p", "yuva420p", "gray",
    "gray10le", "gray16le", "ya8", "yuv420p9le", "yuv444p14le", "gbrp", "gbrp12le", "gbrap",
    "bgr0", "bgra",
    "rgb48le", "rgba64le", "0rgb",
)  # fmt: skip
_TAGS = {
    "hlg": (9, 18, 9, 0),
    "pq": (9, 16, 9, 0),
    "bt2020-constant": (10, 14, 9, 0),
    "full-range": (1, 1, 1, 1),
    "smpte240": (7, 7, 7, 0),
    "fcc": (4, 4, 4, 0),
    "ycgco": (8, 13, 1, 1),
    "ictcp": (14, 16, 9, 0),
    "derived": (12, 1, 8, 0),
    "linear-rgb": (0, 8, 1, 1),
    "reserved": (3, 3, 3, 0),
}
"""Matrix, transfer and primaries by their numbers in ITU-T H.273, and whether the range is full."""


def cases() -> Iterator[Case]:
    for name in _FORMATS:
        options = f"-an -t 1.2 -c:v ffv1 -pix_fmt {name}"
        uses = ("film",) if name in ("yuva420p", "gray", "bgra") else ("avatar",)
        yield Case(f"colour/{name}", "video", "me.mkv", encoded("face", options, "matroska"), uses)
    for name, (matrix, transfer, primaries, full) in _TAGS.items():
        tags = (
            f"matrix_coefficients={matrix}:transfer_characteristics={transfer}:"
            f"colour_primaries={primaries}:video_full_range_flag={full}"
        )
        pixels = "yuv420p10le" if matrix else "yuv444p"
        encoder = f"-c:v libx264 -preset ultrafast -pix_fmt {pixels}"
        options = f"-an -t 1.2 {encoder} -bsf:v h264_metadata={tags}"
        yield Case(f"colour/{name}", "video", "me.mp4", encoded("face", options, "mp4"), ("film",))
