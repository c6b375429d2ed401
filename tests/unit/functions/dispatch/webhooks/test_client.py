"""The client against a real server on this machine, and names that resolve to what we say."""

from __future__ import annotations

import datetime
import ssl
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from dh_core.access.callback_urls import CallbackUrl, parse
from dh_core.access.webhook_client import Answer, WebhookClient
from tests.unit.functions.dispatch.receiver import FakeResolver, receiving

HEADERS = {"Content-Type": "application/json"}


@pytest.fixture
def receiver():
    with receiving() as running:
        yield running


def post(url, **client):
    return WebhookClient(**client).post(parse(url, allow_loopback=True), HEADERS, b"{}")


def test_a_post_arrives_with_its_path_host_and_body(receiver):
    assert post(receiver.url + "?a=1", allow_loopback=True) == Answer(http_status=200)
    (call,) = receiver.calls
    assert (call.path, call.body) == ("/hook?a=1", b"{}")
    assert call.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert call.headers["Accept-Encoding"] == "identity"


def test_a_redirect_is_an_answer_and_is_not_followed(receiver):
    receiver.statuses = [302]
    receiver.extra_headers = {"Location": receiver.url + "/elsewhere"}
    assert post(receiver.url, allow_loopback=True) == Answer(http_status=302)
    assert len(receiver.calls) == 1


def test_an_answer_that_never_ends_is_cut_at_the_deadline(receiver):
    receiver.dribble_seconds = 5.0
    assert post(receiver.url, allow_loopback=True, total_seconds=0.3) == Answer(error="timeout")


def test_loopback_is_refused_where_the_setting_does_not_open_it(receiver):
    assert post(receiver.url) == Answer(error="address_refused")
    assert receiver.calls == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.1.2.3"],
        ["100.64.0.1"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:a00:1::"],
        ["fe80::1%eth0"],
        ["93.184.216.34", "10.0.0.1"],
    ],
)
def test_a_public_name_with_an_inner_address_is_not_called(addresses):
    resolver = FakeResolver([addresses])
    client = WebhookClient(resolve=resolver)
    answer = client.post(parse("https://rebind.example.com/"), HEADERS, b"{}")
    assert answer == Answer(error="address_refused")


def test_a_name_that_changes_its_address_is_looked_up_only_once(receiver):
    """DNS rebinding: the second answer, which the check never saw, must not be connected to."""
    resolver = FakeResolver([["127.0.0.1"], ["127.0.0.2"]])
    url = CallbackUrl("http", "rebind.example.com", receiver.port, "/hook")
    answer = WebhookClient(allow_loopback=True, resolve=resolver).post(url, HEADERS, b"{}")
    assert answer == Answer(http_status=200)
    assert resolver.asked == ["rebind.example.com"]
    assert receiver.calls[0].headers["Host"] == f"rebind.example.com:{receiver.port}"


def test_a_name_without_an_address_and_a_closed_port_are_told_apart(receiver):
    client = WebhookClient(resolve=FakeResolver([[]]))
    unknown = client.post(parse("https://nowhere.example.com/"), HEADERS, b"{}")
    assert unknown == Answer(error="name_not_resolved")
    assert post("http://127.0.0.1:1/", allow_loopback=True) == Answer(error="no_answer")


def test_a_name_server_that_never_answers_holds_nobody_up():
    asked = threading.Event()

    def silent(*_, **__):
        asked.set()
        threading.Event().wait(5)
        return []

    client = WebhookClient(resolve=silent, resolve_seconds=0.1)
    answer = client.post(parse("https://slow.example.com/"), HEADERS, b"{}")
    assert asked.is_set()
    assert answer == Answer(error="timeout")


@pytest.fixture
def certified(tmp_path):
    """An https server for `hooks.example.com` on loopback: its port, its certificate's file."""
    certificate, key = _certificate("hooks.example.com", tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1], certificate
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("hooks.example.com", Answer(http_status=204)),
        ("other.example.com", Answer(error="tls_failed")),
    ],
)
def test_the_certificate_is_checked_against_the_name_not_the_address(certified, host, expected):
    port, certificate = certified
    client = WebhookClient(
        allow_loopback=True,
        resolve=FakeResolver([["127.0.0.1"]]),
        tls=ssl.create_default_context(cafile=str(certificate)),
    )
    assert client.post(CallbackUrl("https", host, port, "/"), HEADERS, b"{}") == expected


def _certificate(name, folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
