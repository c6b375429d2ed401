"""A good film or sound in every container that a phone, camera, browser or editor writes."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import Case, encoded

_H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac"
_H265 = "-c:v libx265 -preset ultrafast -x265-params log-level=none"
_COPY = "-c copy"

_FILMS = {
    "mp4": ("mp4", _COPY, "mp4"),
    "mp4-faststart": ("mp4", f"{_COPY} -movflags +faststart", "mp4"),
    "mp4-fragmented": ("mp4", f"{_COPY} -movflags frag_keyframe+empty_moov", "mp4"),
    "mp4-every-frame-a-fragment": ("mp4", f"{_COPY} -movflags frag_every_frame+empty_moov", "mp4"),
    "mp4-dash-fragments": ("mp4", f"{_COPY} -movflags dash+delay_moov", "mp4"),
    "mp4-hybrid": ("mp4", f"{_COPY} -movflags hybrid_fragmented+frag_keyframe", "mp4"),
    "mov": ("mov", _COPY, "mov"),
    "m4v": ("m4v", _COPY, "mp4"),
    "3gp-h263-amr": (
        "3gp", "-c:v h263 -s 176x144 -r 15 -c:a libopencore_amrnb -ar 8000 -ac 1 -b:a 12.2k", "3gp",
    ),
    "3gp-h264": ("3gp", _COPY, "3gp"),
    "3g2": ("3gp", _COPY, "3g2"),
    "ismv": ("mp4", _COPY, "ismv"),
    "mkv": ("mkv", _COPY, "matroska"),
    "mkv-live": ("mkv", f"{_COPY} -live 1", "matroska"),
    "mkv-cues-first": ("mkv", f"{_COPY} -cues_to_front 1", "matroska"),
    "webm-vp8": ("webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis", "webm"),
    "webm-vp9-opus": (
        "webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus", "webm",
    ),
    "webm-of-a-browser": (
        "webm", "-c:v libvpx -deadline realtime -cpu-used 8 -c:a libopus -live 1", "webm",
    ),
    "avi": ("avi", "-c:v mpeg4 -c:a libmp3lame", "avi"),
    "avi-raw": ("avi", "-c:v rawvideo -s 160x160 -c:a pcm_s16le", "avi"),
    "avi-mjpeg-of-a-camera": ("avi", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_u8 -ar 8000", "avi"),
    "flv": ("flv", "-c:v flv1 -c:a libmp3lame -ar 44100", "flv"),
    "flv-h264": ("flv", _H264, "flv"),
    "f4v": ("mp4", _COPY, "f4v"),
    "wmv": ("wmv", "-c:v wmv2 -c:a wmav2", "asf"),
    "mpg": ("mpg", "-c:v mpeg1video -r 25 -c:a mp2", "mpeg"),
    "vob": ("mpg", "-c:v mpeg2video -r 25 -c:a ac3", "vob"),
    "svcd": ("mpeg", "-c:v mpeg2video -r 25 -c:a mp2", "svcd"),
    "ts": ("ts", _H264, "mpegts"),
    "ts-hevc": ("ts", f"{_H265} -c:a aac", "mpegts"),
    "m2ts-of-a-camcorder": ("ts", f"{_H264} -mpegts_m2ts_mode 1", "mpegts"),
    "ogv": ("ogv", "-c:v libtheora -c:a libvorbis", "ogg"),
    "mxf": ("mxf", "-c:v mpeg2video -r 25 -c:a pcm_s16le -ar 48000", "mxf"),
    "gxf": ("gxf", "-c:v mpeg2video -s 720x576 -r 25 -c:a pcm_s16le -ar 48000 -ac 1", "gxf"),
    "nut": ("nut", _COPY, "nut"),
    "dv": ("dv", "-target pal-dv", "dv"),
    "rm": ("rm", "-c:v rv10 -s 176x144 -c:a ac3", "rm"),
    "swf": ("swf", "-c:v flv1 -c:a libmp3lame -ar 44100", "swf"),
    "wtv": ("wtv", "-c:v mpeg2video -r 25 -c:a mp2", "wtv"),
    "raw-h264": ("mp4", "-c:v libx264 -preset ultrafast -an", "h264"),
    "raw-hevc": ("mp4", f"{_H265} -an", "hevc"),
    "raw-mjpeg": ("mp4", "-c:v mjpeg -pix_fmt yuvj420p -an", "mjpeg"),
    "ivf": ("webm", "-c:v libvpx -deadline realtime -cpu-used 8 -an", "ivf"),
    "y4m": ("mp4", "-c:v rawvideo -pix_fmt yuv420p -s 96x96 -an", "yuv4mpegpipe"),
    "gif-called-mp4": ("mp4", "-s 96x96 -r 10 -an", "gif"),
    "apng-called-mp4": ("mp4", "-s 96x96 -r 10 -an", "apng"),
    "webp-called-mp4": ("mp4", "-c:v libwebp_anim -s 96x96 -r 10 -an", "webp"),
}  # fmt: skip
"""What the user calls it by extension, ffmpeg's options, and its muxer."""

_SOUNDS = {
    "wav": ("wav", "-c:a pcm_s16le", "wav"),
    "wav-as-a-stream": ("wav", "-c:a pcm_s16le -seekable 0", "wav"),
    "rf64": ("wav", "-c:a pcm_s16le -rf64 always", "wav"),
    "w64": ("wav", "-c:a pcm_s16le", "w64"),
    "mp3": ("mp3", "-c:a libmp3lame", "mp3"),
    "mp3-no-header": ("mp3", "-c:a libmp3lame -write_xing 0 -id3v2_version 0", "mp3"),
    "mp3-id3v1": ("mp3", "-c:a libmp3lame -write_id3v1 1 -metadata title=a", "mp3"),
    "mp2": ("mp3", "-c:a mp2", "mp2"),
    "m4a": ("m4a", "-c:a aac", "ipod"),
    "m4a-alac": ("m4a", "-c:a alac", "ipod"),
    "mp4-sound-only": ("m4a", "-c:a aac", "mp4"),
    "mov-pcm": ("m4a", "-c:a pcm_s16be", "mov"),
    "aac-adts": ("aac", "-c:a aac", "adts"),
    "aac-latm": ("aac", "-c:a aac", "latm"),
    "flac": ("flac", "-c:a flac", "flac"),
    "ogg-vorbis": ("ogg", "-c:a libvorbis -ar 44100", "ogg"),
    "ogg-opus": ("opus", "-c:a libopus", "opus"),
    "ogg-flac": ("ogg", "-c:a flac", "ogg"),
    "webm-opus": ("ogg", "-c:a libopus", "webm"),
    "mka": ("ogg", "-c:a pcm_s16le", "matroska"),
    "wma": ("wma", "-c:a wmav2 -ar 44100", "asf"),
    "wma-v1": ("wma", "-c:a wmav1 -ar 44100", "asf"),
    "amr-nb": ("amr", "-c:a libopencore_amrnb -ar 8000 -b:a 12.2k", "amr"),
    "amr-in-3gp": ("amr", "-c:a libopencore_amrnb -ar 8000 -b:a 12.2k", "3gp"),
    "aiff": ("wav", "-c:a pcm_s16be", "aiff"),
    "au": ("wav", "-c:a pcm_s16be", "au"),
    "caf": ("wav", "-c:a pcm_s16le", "caf"),
    "voc": ("wav", "-c:a pcm_u8", "voc"),
    "ac3": ("wav", "-c:a ac3 -ar 48000", "ac3"),
    "wavpack": ("wav", "-c:a wavpack", "wv"),
    "tta": ("wav", "-c:a tta", "tta"),
    "spx-gsm": ("wav", "-c:a adpcm_ima_wav", "wav"),
    "ts-sound": ("mp3", "-c:a aac", "mpegts"),
}  # fmt: skip


def cases() -> Iterator[Case]:
    for name, (extension, options, muxer) in _FILMS.items():
        make = encoded("face", options, muxer)
        yield Case(
            f"containers/{name}", "video", f"me.{extension}", make, ("extract_audio", "film")
        )
    for name, (extension, options, muxer) in _SOUNDS.items():
        make = encoded("short", options, muxer)
        yield Case(f"containers/sound-{name}", "audio", f"me.{extension}", make)
    for name in ("mp3", "ogg-opus", "wma", "amr-nb", "m4a"):
        extension, options, muxer = _SOUNDS[name]
        make = encoded("speech", options, muxer)
        yield Case(f"containers/voice-{name}", "audio", f"me.{extension}", make, ("reference",))
    yield Case(
        "containers/voice-in-mp4", "video", "me.mp4", encoded("speech", "", "mp4"), ("video_voice",)
    )
