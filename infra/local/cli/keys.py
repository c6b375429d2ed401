"""`dh keys`: API keys of servers, and the secrets of signing in.

    dh keys create --owner shop --scopes read,upload,write --expires 365d
    dh keys list
    dh keys revoke 0123456789abcdef
    dh keys secrets > secrets.json

They work on the running `dh serve` of `--data`, or on AWS with `--table NAME` and the credentials
that boto3 finds (profile, variables, role). A new key goes to standard output once; only a hash of
it is kept.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from pathlib import Path
from typing import Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from dh_core.access.identity import OWNER, USER_SCOPES, Scope
from dh_core.access.secrets import new_document
from dh_core.clock import iso
from dh_core.store import ApiKeyRecord, ApiKeyStore, Table
from infra.local.cloud.process import Ministack
from infra.local.cloud.provision import physical_ids
from infra.local.data_dir import DataDir, port_is_taken

EXIT_REFUSED: Final = 1
_UNITS: Final = {"h": 3600, "d": 86_400}
_MAX_SECONDS: Final = 10 * 365 * 86_400


class NoSuchServer(Exception):
    """There is no running server on the data folder."""


def main(argv: list[str]) -> int:
    """Returns the exit status."""
    arguments = _parser().parse_args(argv)
    try:
        if arguments.command == "secrets":
            print(new_document(arguments.kid, os.environ.get("WECHAT_APP_SECRET")))
            return 0
        store = ApiKeyStore(_table(arguments))
        if arguments.command == "create":
            return _create(store, arguments)
        if arguments.command == "revoke":
            return _revoke(store, arguments.key_id)
        return _list(store, arguments.owner)
    except (NoSuchServer, BotoCoreError, ClientError) as error:
        print(f"dh keys: {error}", file=sys.stderr)
        return EXIT_REFUSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dh keys", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument("--data", type=Path, default=Path(".local"), help="folder of `dh serve`")
    where.add_argument("--table", help="a table on AWS instead (the stack's output TableName)")
    where.add_argument("--region", help="the region of --table, if not boto3's default")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", parents=[where], help="make a key and print it once")
    create.add_argument("--owner", required=True, type=_owner, help="whose things it may touch")
    create.add_argument(
        "--scopes",
        type=_scopes,
        default=USER_SCOPES,
        help=f"of {', '.join(Scope)}; default {','.join(sorted(USER_SCOPES))}",
    )
    create.add_argument("--expires", type=_seconds, default=None, help="as 90d or 12h (never)")
    create.add_argument("--label", default="", help="what it is for")
    listing = commands.add_parser("list", parents=[where], help="list keys, newest first")
    listing.add_argument("--owner", type=_owner)
    revoke = commands.add_parser("revoke", parents=[where], help="refuse a key from now on")
    revoke.add_argument("key_id", help="as `dh keys list` shows it")
    secrets = commands.add_parser(
        "secrets", help="print a new document for Secrets Manager (WECHAT_APP_SECRET goes into it)"
    )
    secrets.add_argument("--kid", default=time.strftime("%Y-%m"), help="name of its signing key")
    return parser


def _create(store: ApiKeyStore, arguments: argparse.Namespace) -> int:
    record, key = store.create(
        arguments.owner, arguments.scopes, label=arguments.label, valid_seconds=arguments.expires
    )
    print(f"dh keys: made {_line(record)}; the key is not shown again", file=sys.stderr)
    print(key)
    return 0


def _list(store: ApiKeyStore, owner: str | None) -> int:
    for record in store.list(owner):
        print(_line(record))
    return 0


def _revoke(store: ApiKeyStore, key_id: str) -> int:
    if not store.revoke(key_id):
        print(f"dh keys: there is no key {key_id}; see `dh keys list`", file=sys.stderr)
        return EXIT_REFUSED
    return 0


def _line(record: ApiKeyRecord) -> str:
    ends = iso(record.valid_until) if record.valid_until else "never"
    state = f"revoked {record.revoked_at}" if record.revoked_at else f"expires {ends}"
    scopes = ",".join(sorted(record.scopes))
    fields = (record.key_id, record.owner, scopes, record.created_at, state, record.label)
    return "  ".join(field for field in fields if field)


def _table(arguments: argparse.Namespace) -> Table:
    if arguments.table:
        session = boto3.Session(region_name=arguments.region)
        return Table(arguments.table, session.resource("dynamodb").meta.client)
    data = DataDir(arguments.data)
    if not data.has_identity or not port_is_taken(data.identity()["port"]):
        raise NoSuchServer(
            f"no server runs on {arguments.data}; start `dh serve --data {arguments.data}`, or "
            "name a table on AWS with --table"
        )
    ministack = Ministack(data)
    session = boto3.Session(
        aws_access_key_id=ministack.credentials["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=ministack.credentials["AWS_SECRET_ACCESS_KEY"],
        region_name=ministack.credentials["AWS_REGION"],
    )
    names = physical_ids(session.client("cloudformation", endpoint_url=ministack.url))
    client = session.resource("dynamodb", endpoint_url=ministack.url).meta.client
    return Table(names["Table"], client)


def _owner(text: str) -> str:
    if not OWNER.fullmatch(text):
        raise argparse.ArgumentTypeError(
            "1 to 64 lower-case letters, digits, dots, dashes and underscores"
        )
    return text


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(name.strip()) for name in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"choose among {', '.join(Scope)}") from error


def _seconds(text: str) -> int:
    match = re.fullmatch(r"([1-9][0-9]{0,4})([hd])", text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < seconds <= _MAX_SECONDS:
        raise argparse.ArgumentTypeError("a number of days or hours, as 90d or 12h; at most 3650d")
    return seconds
