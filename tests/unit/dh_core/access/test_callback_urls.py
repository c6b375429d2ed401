from __future__ import annotations

import ipaddress

import pytest

from dh_core.access.callback_urls import is_allowed, parse
from dh_core.errors import InvalidRequest


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://example.com", "https://example.com/"),
        ("https://example.com/a?b=1", "https://example.com/a?b=1"),
        ("https://example.com?b=1", "https://example.com/?b=1"),
        ("https://EXAMPLE.com:8443/x", "https://example.com:8443/x"),
        ("https://例子.中国/回调".replace("回调", "hook"), "https://xn--fsqu00a.xn--fiqs8s/hook"),
        ("https://93.184.216.34/", "https://93.184.216.34/"),
        ("https://[2606:2800:220:1::1]/", "https://[2606:2800:220:1::1]/"),
    ],
)
def test_a_public_https_address_is_taken_in_its_normal_form(text, normal):
    assert str(parse(text)) == normal


@pytest.mark.parametrize(
    "text",
    [
        "http://example.com/",
        "ftp://example.com/",
        "//example.com/",
        "https:example.com",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "https://example.com\\@127.0.0.1/",
        "https://example.com:22/",
        "https://example.com:99999/",
        "https://example.com:/".replace(":/", ":80/"),
        "https://example.com/ x",
        "https://example.com/\r\nHost: other",
        "https://example.com/\x00",
        "https://example.com/#fragment",
        "https://localhost/",
        "https://printer/",
        "https://a.localhost/",
        "https://db.internal/",
        "https://metadata.google.internal/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://0x7f.1/",
        "https://2130706433/",
        "https://0177.0.0.1/",
        "https://１２７.０.０.１/",
        "https://127。0。0。1/",
        "https://10.0.0.1/",
        "https://100.64.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://100.100.100.200/",
        "https://168.63.129.16/",
        "https://224.0.0.1/",
        "https://255.255.255.255/",
        "https://0.0.0.0/",
        "https://[::1]/",
        "https://[::]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::ffff:7f00:1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::]/",
        "https://[2001:0:7f00:1::]/",
        "https://[fe80::1]/",
        "https://[fc00::1]/",
        "https://[fd00:ec2::254]/",
        "https://[ff02::1]/",
        "https://exa_mple.com/",
        "https://-a.com/",
        "https://" + "a" * 64 + ".com/",
        "https://example.com/" + "a" * 2048,
        "",
    ],
)
def test_an_address_that_could_lead_inside_is_refused(text):
    with pytest.raises(InvalidRequest) as refused:
        parse(text)
    assert refused.value.error_code == "callback_url_refused"


def test_loopback_opens_this_machine_only():
    assert str(parse("http://127.0.0.1:9000/h", allow_loopback=True)) == "http://127.0.0.1:9000/h"
    assert str(parse("http://localhost:9000", allow_loopback=True)) == "http://localhost:9000/"
    for inner in ("http://10.0.0.1/", "http://example.com/", "https://169.254.169.254/"):
        with pytest.raises(InvalidRequest):
            parse(inner, allow_loopback=True)


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("192.168.1.1", False),
        ("198.18.0.1", False),
        ("192.0.0.192", False),
        ("240.0.0.1", False),
        ("239.1.1.1", False),
        ("::ffff:93.184.216.34", False),
        ("64:ff9b::5db8:d822", False),
        ("2002:5db8:d822::", False),
        ("fe80::1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
    ],
)
def test_only_public_unicast_addresses_may_be_connected_to(address, allowed):
    assert is_allowed(ipaddress.ip_address(address)) is allowed
