"""The `dh` command: `dh serve` runs the embedded cloud, `dh demo` makes one talking video in it."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from dh_core.settings import SettingsError
from infra.local.data_dir import DataDirInUse
from infra.local.environment import switch_telemetry_off

EXIT_CANNOT_START = 1
EXIT_IN_USE = 2
EXIT_SETTINGS = 2
EXIT_CANNOT_STOP = 3
_STOP_SECONDS = 18.0
OPEN_WARNING = (
    "AUTH_MODE=none: the API is open to everybody who can reach it; dh serve --auth token closes it"
)


def main(argv: list[str] | None = None) -> int:
    """Entry point. Returns the exit status: 0 fine, 1 cannot run, 2 a setting or an argument is
    wrong, or the folder is in use, 3 did not stop in time.
    """
    switch_telemetry_off()
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command == "demo":
        return _demo(rest)
    if arguments.command == "keys":
        return _keys(rest)
    if rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    return serve(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dh", description="The digital-human backend, locally.")
    commands = parser.add_subparsers(dest="command", required=True)
    server = commands.add_parser("serve", help="run the API and everything behind it")
    server.add_argument("--port", type=_port, default=8000, help="port of the API (default 8000)")
    server.add_argument(
        "--data", type=Path, default=Path(".local"), help="folder of all state (default .local/)"
    )
    server.add_argument(
        "--vcpus",
        type=_positive,
        default=None,
        help="CPUs that jobs may use at once (default: all)",
    )
    server.add_argument(
        "--sweep-seconds", type=_positive, default=5.0, help="pause between sweeps (AWS: 60)"
    )
    server.add_argument(
        "--auth",
        choices=["none", "token"],
        default=None,
        help="none: everybody may do everything; token: sign in, or use a key of `dh keys` "
        "(default: AUTH_MODE, or else none)",
    )
    # Their arguments, and --help, are their own modules'.
    commands.add_parser("keys", help="make, list and revoke API keys", add_help=False)
    commands.add_parser("demo", help="make one talking video and print its path", add_help=False)
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 (any free one) to 65535")
    return number


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 86_400:
        raise argparse.ArgumentTypeError("it must be more than 0 and less than 86400")
    return number


def _demo(argv: list[str]) -> int:
    from infra.local.cli import demo  # noqa: PLC0415 — the server does without what the demo needs

    parser = argparse.ArgumentParser(prog="dh demo", description=demo.__doc__)
    demo.add_arguments(parser)
    return demo.run(parser.parse_args(argv))


def _keys(argv: list[str]) -> int:
    from infra.local.cli import keys  # noqa: PLC0415 — needs no server

    return keys.main(argv)


def serve(arguments: argparse.Namespace) -> int:
    """Run until SIGINT or SIGTERM."""
    from infra.local import server  # noqa: PLC0415 — heavy imports; `dh --help` stays quick
    from infra.local.cloud.process import MinistackFailed  # noqa: PLC0415
    from infra.local.cloud.provision import ProvisioningFailed  # noqa: PLC0415

    stop = threading.Event()
    failures: list[str] = []
    # Whatever hangs: the children end with this process.
    last_resort = threading.Timer(_STOP_SECONDS, os._exit, (EXIT_CANNOT_STOP,))
    last_resort.daemon = True

    def end() -> None:
        if not stop.is_set():
            last_resort.start()
        stop.set()

    def request_stop(number: int, frame: FrameType | None) -> None:
        end()

    def fail(reason: str) -> None:
        failures.append(reason)
        end()

    signal.signal(signal.SIGINT, request_stop)
    signal.signal(signal.SIGTERM, request_stop)
    # What is less than an error is only in the data folder's logs.
    console = logging.StreamHandler()
    console.setLevel(logging.ERROR)
    logging.basicConfig(handlers=[console], format="dh: %(name)s: %(message)s")
    # A log that finds no room on the disk is no news for every line of it.
    logging.raiseExceptions = False
    cloud = server.LocalCloud(
        arguments.data,
        port=arguments.port,
        vcpus=arguments.vcpus,
        sweep_seconds=arguments.sweep_seconds,
        auth=arguments.auth,
        on_failure=fail,
    )
    try:
        with cloud:
            if cloud.settings.auth_mode == "none":
                print(f"dh: {OPEN_WARNING}", file=sys.stderr)
            print(f"ready {cloud.url}", flush=True)
            stop.wait()
    except SettingsError as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    except DataDirInUse as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_IN_USE
    except (server.PortInUse, server.ApiFailed, MinistackFailed, ProvisioningFailed) as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_CANNOT_START
    finally:
        last_resort.cancel()
    for reason in failures:
        print(f"dh: {reason}", file=sys.stderr)
    return EXIT_CANNOT_START if failures else 0


if __name__ == "__main__":
    sys.exit(main())
