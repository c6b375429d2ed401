"""Make one talking video through the real API, on a server started for the occasion."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Final

from dh_client import Client, DhError
from dh_client.cli.progress import Stages
from dh_core.errors import DigitalHumanError
from dh_core.settings import SettingsError
from infra.local.data_dir import DataDirInUse

DEFAULT_TEXT: Final = "大家好，我是数字人小助手，欢迎来到我们的平台。今天是2026年，很高兴认识你。"
ROOT: Final = Path(__file__).resolve().parents[3]

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `dh demo`; without any of them it needs no files."""
    parser.add_argument("--video", type=Path, help="video of the person (default: made here)")
    parser.add_argument("--voice", type=Path, help="recording of the voice (default: made here)")
    parser.add_argument("--text", default=DEFAULT_TEXT, help="what the person says")
    parser.add_argument(
        "--out", type=Path, default=Path("out/demo.mp4"), help="result (default out/demo.mp4)"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(".local/demo"),
        help="folder of the server's state and of the sample (default .local/demo)",
    )


def run(args: argparse.Namespace) -> int:
    """Returns the exit status: 0 done, 1 failed, 130 interrupted."""
    missing = [path for path in (args.video, args.voice) if path and not path.is_file()]
    if missing:
        return _fail(f"there is no file {missing[0]}")
    # SIGTERM unwinds like Ctrl-C: the task is cancelled and the server stops.
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        with Stages(sys.stdout) as display:
            output = _make(args, display)
    except KeyboardInterrupt:
        _fail("stopped")
        return EXIT_INTERRUPTED
    except _reportable_errors() as error:
        return _fail(str(error))
    finally:
        signal.signal(signal.SIGTERM, before)
    sys.stdout.write(f"{output}\n")
    return 0


def _make(args: argparse.Namespace, display: Stages) -> Path:
    from infra.local import server  # noqa: PLC0415 — heavy imports; `dh demo --help` stays quick

    video, voice = _inputs(args, display)
    display.show("server: starting", 0)
    with (
        server.LocalCloud(args.data, port=0, auth="none") as cloud,
        Client(cloud.url, longest_pause=1.0) as client,
    ):
        return make_video(client, video, voice, args.text, args.out, display)


def _inputs(args: argparse.Namespace, display: Stages) -> tuple[Path, Path | None]:
    """The user's files, or the sample's. With a video alone, its own sound is the voice."""
    if args.video:
        return args.video, args.voice
    from gpu_jobs.weights.store import WeightStore  # noqa: PLC0415 — only the sample needs the engines
    from infra.local.cli.demo_sample import make_sample  # noqa: PLC0415

    sample = make_sample(
        args.data / "sample",
        WeightStore(ROOT / ".weights"),
        display.show,
        with_voice=args.voice is None,
    )
    return sample.video, args.voice or sample.voice


def make_video(
    client: Client,
    video: Path,
    voice: Path | None,
    text: str,
    output: Path,
    display: Stages,
) -> Path:
    """Upload, create, follow, download. Raises DhError. An interruption cancels the task."""
    task_id = client.create_digital_human(
        speech_text=text, sample_video=video, sample_voice=voice, on_transfer=display.transfer
    )
    try:
        ended = client.wait(task_id, display.task).checked()
    except KeyboardInterrupt:
        client.cancel(task_id)
        raise
    return client.download(ended.files["video"], output, display.transfer)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _reportable_errors() -> tuple[type[Exception], ...]:
    """What deserves a sentence instead of a traceback."""
    from infra.local.cloud.process import MinistackFailed  # noqa: PLC0415 — loaded by now or never
    from infra.local.cloud.provision import ProvisioningFailed  # noqa: PLC0415

    started = (DataDirInUse, MinistackFailed, ProvisioningFailed)
    known = (DhError, DigitalHumanError, SettingsError, OSError)
    return (*known, *started)


def _fail(message: str) -> int:
    sys.stderr.write(f"dh demo: {message}\n")
    return EXIT_FAILED
