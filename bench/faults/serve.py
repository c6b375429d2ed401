"""`dh serve` with the address of S3 replaced: `python -m bench.faults.serve S3_URL ARG...`.

Functions and jobs reach S3 through the campaign's door; everything else is as `dh serve` has it.
"""

from __future__ import annotations

import sys
from functools import partial
from unittest import mock

from infra.local import server
from infra.local.cli import main as cli


def main() -> int:
    environment = {"AWS_ENDPOINT_URL_S3": sys.argv[1]}
    behind_the_door = partial(server.LocalCloud, extra_environment=environment)
    with mock.patch.object(server, "LocalCloud", behind_the_door):
        return cli.main(["serve", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
