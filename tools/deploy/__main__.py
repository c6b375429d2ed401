"""From an empty account to a video: `python -m tools.deploy up --environment dev`.

    up        does what is not done yet, to the first video; the same call goes on after a break
    plan      says what `up` would do and cost, and does nothing
    images    makes the registry and the release's images alone, for a pipeline
    down      takes the environment away; asks before it deletes data (--registry: what is shared)

`--set Name=Value` changes a parameter of template.yaml for this once; infra/environments has those
that last. Credentials and region are those that boto3 finds.
"""

from __future__ import annotations

import argparse
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tools.deploy import release
from tools.deploy.account import Account, Refused
from tools.deploy.parameters import (
    ENVIRONMENTS,
    BadParameters,
    environment_values,
    root_template,
    with_defaults,
)
from tools.deploy.removal import Removal
from tools.deploy.run import IMAGES, Deployment
from tools.deploy.steps import Target, plan, shown
from tools.prices import prices

EXIT_REFUSED = 1


def main(argv: list[str] | None = None) -> int:
    """Returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        return _run(arguments)
    except BadParameters as error:
        _say("Nothing was made: these parameters cannot work.")
        for problem in error.problems:
            _say(f"- {problem}")
    except (Refused, BotoCoreError, ClientError) as error:
        _say(f"Stopped: {error}")
        _say("The same command goes on from here.")
    return EXIT_REFUSED


def _run(arguments: argparse.Namespace) -> int:
    region = arguments.region or boto3.Session().region_name
    if not region:
        raise Refused("no region: set AWS_REGION, or give --region")
    account = Account(region)
    given = {**environment_values(arguments.environment), **dict(arguments.set)}
    values = with_defaults(root_template(), given)
    if arguments.command == "down":
        removal = Removal(account, Target(arguments.environment, "", values), _say, input)
        if arguments.registry:
            removal.run_registry()
        else:
            removal.run()
        return 0
    target = Target(arguments.environment, release.name(), values)
    asks = target.environment == "prod" and not arguments.yes
    deployment = Deployment(account, target, _say, _confirm if asks else lambda _: True)
    if arguments.command == "plan":
        deployment.check()
        steps = plan(target, account.look(target), prices.read().values())
        for number in range(len(steps)):
            _say(shown(number, steps))
        return 0
    deployment.run(IMAGES if arguments.command == "images" else ())
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def _confirm(question: str) -> bool:
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.deploy",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=("up", "plan", "images", "down"))
    parser.add_argument("--environment", choices=ENVIRONMENTS, required=True)
    parser.add_argument("--region")
    parser.add_argument("--set", action="append", default=[], type=_pair, metavar="Name=Value")
    parser.add_argument("--yes", action="store_true", help="make changes to prod without asking")
    parser.add_argument("--registry", action="store_true", help="of down: what is shared")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not Name=Value")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
