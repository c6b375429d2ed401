"""The `dh` command: `dh serve` runs the embedded cloud, `dh demo` makes one talking video in it.

What uses a running server is the client's (`dh_client.cli`); it and its libraries are loaded for
those commands only.
"""

from __future__ import annotations

import argparse
import gc
import ipaddress
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final

EXIT_CANNOT_START = 1
EXIT_IN_USE = 2
EXIT_SETTINGS = 2
EXIT_CANNOT_STOP = 3
_STOP_SECONDS = 18.0
KEEP_ALIVE_SECONDS = 300
"""How long the server keeps a worker with its models, 0.7 GB, for the next task."""


def main(argv: list[str] | None = None) -> int:
    """Entry point. Returns the exit status: 0 fine, 1 cannot run, 2 a setting or an argument is
    wrong, or the folder is in use, 3 did not stop in time; the client's stand in its `--help`.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if arguments and arguments[0] in LOCAL:
        # boto3 comes with it, which a command of the client does without.
        from infra.local.environment.process import switch_telemetry_off  # noqa: PLC0415 — as it says

        switch_telemetry_off()
        return LOCAL[arguments[0]][1](arguments[1:])
    from dh_client.cli import app  # noqa: PLC0415 — the server does without the client

    return app.run(arguments, LOCAL)


def _serve(argv: list[str]) -> int:
    server = argparse.ArgumentParser(
        prog="dh serve", description="Run the API and everything behind it."
    )
    server.add_argument("--port", type=_port, default=8000, help="port of the API (default 8000)")
    server.add_argument(
        "--host",
        type=_address,
        default=None,
        metavar="ADDRESS",
        help="listen there too, for a phone or other machines: an address of this machine, or "
        "0.0.0.0 for all of them (default: this machine alone)",
    )
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
    return serve(server.parse_args(argv))


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError("a port is a number from 0 (any free one) to 65535")
    return number


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text))
    except ValueError:
        raise argparse.ArgumentTypeError(
            "it must be an IP address of this machine, or 0.0.0.0 for all of them"
        ) from None


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
    from dh_core.settings import SettingsError  # noqa: PLC0415 — heavy imports; `dh` stays quick
    from infra.local import server  # noqa: PLC0415
    from infra.local.cli.greeting import greeting, qr_code  # noqa: PLC0415
    from infra.local.cloud.process import MinistackFailed  # noqa: PLC0415
    from infra.local.cloud.provision import ProvisioningFailed  # noqa: PLC0415
    from infra.local.data_dir import DataDirInUse  # noqa: PLC0415
    from infra.local.web.addresses import PortInUse  # noqa: PLC0415
    from infra.local.web.studio import NOT_BUILT, is_built  # noqa: PLC0415

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
        address=arguments.host,
        vcpus=arguments.vcpus,
        sweep_seconds=arguments.sweep_seconds,
        auth=arguments.auth,
        keep_alive_seconds=KEEP_ALIVE_SECONDS,
        on_failure=fail,
    )
    try:
        with cloud:
            for sentence in greeting(cloud.url_for_others, cloud.settings.auth_mode):
                print(f"dh: {sentence}", file=sys.stderr)
            if not is_built(server.STUDIO):
                print(f"dh: {NOT_BUILT}", file=sys.stderr)
            # What is loaded stays; looking through it again and again makes requests wait.
            gc.freeze()
            print(f"ready {cloud.url}", flush=True)
            if cloud.url_for_others and sys.stderr.isatty():
                print(qr_code(cloud.url_for_others), file=sys.stderr)
            stop.wait()
    except SettingsError as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_SETTINGS
    except DataDirInUse as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_IN_USE
    except (PortInUse, server.ApiFailed, MinistackFailed, ProvisioningFailed) as error:
        print(f"dh: {error}", file=sys.stderr)
        return EXIT_CANNOT_START
    finally:
        last_resort.cancel()
    for reason in failures:
        print(f"dh: {reason}", file=sys.stderr)
    return EXIT_CANNOT_START if failures else 0


LOCAL: Final = {
    "serve": ("Run the API and everything behind it", _serve),
    "demo": ("Make one talking video and print its path", _demo),
    "keys": ("Make, list and revoke API keys", _keys),
}
"""Commands that need no server; each reads its own arguments."""


if __name__ == "__main__":
    sys.exit(main())
