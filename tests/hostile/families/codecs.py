"""Codecs, profiles and settings of them that recorders and editors choose."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import Case, encoded

_X264 = "-an -c:v libx264 -preset ultrafast"
_X265 = "-an -c:v libx265 -preset ultrafast"
_QUIET = "-x265-params log-level=none"

_WITH_A_FACE = {
    "h264-high10": (f"{_X264} -pix_fmt yuv420p10le", "mp4"),
    "h264-422": (f"{_X264} -pix_fmt yuv422p", "mp4"),
    "h264-444": (f"{_X264} -pix_fmt yuv444p", "mp4"),
    "h264-rgb": ("-an -c:v libx264rgb -preset ultrafast -pix_fmt bgr24", "mp4"),
    "h264-grey": (f"{_X264} -pix_fmt gray", "mp4"),
    "hevc": (f"{_X265} {_QUIET} -tag:v hvc1", "mp4"),
    "hevc-10-of-a-phone": (f"{_X265} {_QUIET} -pix_fmt yuv420p10le -tag:v hvc1", "mov"),
    "av1": ("-an -c:v libsvtav1 -preset 12 -svtav1-params tile-columns=0", "mp4"),
    "prores": ("-an -c:v prores_ks -profile:v 0", "mov"),
    "prores-4444-alpha": ("-an -c:v prores_ks -profile:v 4 -pix_fmt yuva444p10le", "mov"),
    "mjpeg": ("-an -c:v mjpeg -pix_fmt yuvj422p", "mov"),
    "vp9-alpha": ("-an -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuva420p", "webm"),
}

_PLAIN = {
    "h264-baseline": (f"{_X264} -profile:v baseline -pix_fmt yuv420p", "mp4"),
    "h264-lossless": (f"{_X264} -qp 0", "mp4"),
    "h264-interlaced": (f"{_X264} -pix_fmt yuv420p -flags +ilme+ildct -x264-params tff=1", "mp4"),
    "h264-one-keyframe": (f"{_X264} -pix_fmt yuv420p -g 9999", "mp4"),
    "h264-many-references": ("-an -c:v libx264 -refs 16 -bf 16 -pix_fmt yuv420p", "mp4"),
    "h264-intra-refresh": (f"{_X264} -pix_fmt yuv420p -x264-params intra-refresh=1", "mp4"),
    "hevc-12": (f"{_X265} {_QUIET} -pix_fmt yuv420p12le", "mp4"),
    "hevc-444": (f"{_X265} {_QUIET} -pix_fmt yuv444p", "mp4"),
    "vp9-10": ("-an -c:v libvpx-vp9 -deadline realtime -cpu-used 8 -pix_fmt yuv420p10le", "webm"),
    "av1-in-mkv": ("-an -c:v libsvtav1 -preset 12", "matroska"),
    "vvc": ("-an -c:v libvvenc -preset faster", "mp4"),
    "mpeg4-asp": ("-an -c:v mpeg4 -bf 2 -flags +qpel", "avi"),
    "xvid": ("-an -c:v libxvid", "avi"),
    "msmpeg4": ("-an -c:v msmpeg4", "avi"),
    "wmv1": ("-an -c:v wmv1", "asf"),
    "mpeg2-422": ("-an -c:v mpeg2video -pix_fmt yuv422p -r 25", "mpegts"),
    "dnxhd": ("-an -c:v dnxhd -profile:v dnxhr_lb -pix_fmt yuv422p -s 256x144", "mov"),
    "cineform": ("-an -c:v cfhd", "mov"),
    "jpeg2000": ("-an -c:v jpeg2000", "mov"),
    "png-frames": ("-an -c:v png", "mov"),
    "qtrle": ("-an -c:v qtrle -pix_fmt argb", "mov"),
    "svq1": ("-an -c:v svq1", "mov"),
    "cinepak": ("-an -c:v cinepak -s 96x96 -frames:v 3", "avi"),
    "huffyuv": ("-an -c:v huffyuv -pix_fmt yuv422p", "avi"),
    "utvideo": ("-an -c:v utvideo", "avi"),
    "ffv1": ("-an -c:v ffv1", "matroska"),
    "zmbv": ("-an -c:v zmbv", "avi"),
    "msvideo1": ("-an -c:v msvideo1", "avi"),
    "raw-palette": ("-an -c:v rawvideo -pix_fmt pal8 -vf format=rgb8", "avi"),
    "v210": ("-an -c:v v210 -pix_fmt yuv422p10le", "mov"),
    "hap": ("-an -c:v hap -s 192x144", "mov"),
    "speedhq": ("-an -c:v speedhq -pix_fmt yuv422p", "matroska"),
    "theora-in-mkv": ("-an -c:v libtheora", "matroska"),
    "snow": ("-an -c:v snow -strict -2", "avi"),
}  # fmt: skip
"""ffmpeg's options and its muxer."""

_EXTENSIONS = {"matroska": "mkv", "asf": "wmv", "mpegts": "ts"}


def cases() -> Iterator[Case]:
    for source, uses, table in (("face", ("film",), _WITH_A_FACE), ("plain", ("avatar",), _PLAIN)):
        for name, (options, muxer) in table.items():
            filename = f"me.{_EXTENSIONS.get(muxer, muxer)}"
            yield Case(f"codecs/{name}", "video", filename, encoded(source, options, muxer), uses)
