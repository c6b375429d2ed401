"""`dh serve` with the address of S3 replaced: `python -m bench.faults.serve S3_URL ARG...`.

Functions and jobs reach S3 through the campaign's door; everything else is as `dh serve` has it.
"""

from __future__ import annotations

import sys
from functools import partial

from infra.local import server
from infra.local.cli import main as cli


def main() -> int:
    environment = {"AWS_ENDPOINT_URL_S3": sys.argv[1]}
    server.LocalCloud = partial(server.LocalCloud, extra_environment=environment)
    return cli.main(["serve", *sys.argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
