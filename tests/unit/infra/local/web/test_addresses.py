"""Where `dh serve` listens, and what it says of it."""

from __future__ import annotations

import socket

import pytest

from infra.local.cli import main as cli
from infra.local.cli.greeting import OPEN_WARNING, greeting, qr_code
from infra.local.web import addresses
from infra.local.web.addresses import PortInUse, listen, url_of


def close(sockets: list[socket.socket]) -> list[tuple[str, int]]:
    names = [s.getsockname()[:2] for s in sockets]
    for one in sockets:
        one.close()
    return names


def test_only_loopback_is_listened_on_unless_more_is_asked_for():
    ((host, _),) = close(listen(0))
    assert host == "127.0.0.1"


def test_another_address_joins_loopback_on_the_same_port():
    (first, port), (second, other_port) = close(listen(0, "127.0.0.2"))
    assert (first, second, port) == ("127.0.0.1", "127.0.0.2", other_port)


def test_loopback_by_name_is_listened_on_once():
    assert len(close(listen(0, "127.0.0.1"))) == 1


def test_an_address_of_another_machine_is_refused_with_one_of_this_machines(monkeypatch):
    monkeypatch.setattr(addresses, "usual_address", lambda: "192.168.1.7")
    with pytest.raises(PortInUse, match=r"192.0.2.9 is no address of this machine.*192.168.1.7"):
        listen(0, "192.0.2.9")


def test_a_taken_port_says_which_address_has_it():
    taken = listen(0, "127.0.0.2")
    for one in taken:
        one.listen()
    port = taken[0].getsockname()[1]
    with pytest.raises(PortInUse, match=f"Port {port} cannot be used: Address already in use"):
        listen(port)
    taken[0].close()
    with pytest.raises(PortInUse, match=f"Port {port} cannot be used on 127.0.0.2"):
        listen(port, "127.0.0.2")
    taken[1].close()


def test_a_device_is_told_an_address_that_it_can_open(monkeypatch):
    monkeypatch.setattr(addresses, "usual_address", lambda: "192.168.1.7")
    assert url_of("0.0.0.0", 8000) == "http://192.168.1.7:8000"
    assert url_of("::", 8000) == "http://192.168.1.7:8000"
    assert url_of("10.0.0.3", 80) == "http://10.0.0.3:80"
    assert url_of("fd00::1", 8000) == "http://[fd00::1]:8000"
    monkeypatch.setattr(addresses, "usual_address", lambda: None)
    assert url_of("0.0.0.0", 8000) == "http://127.0.0.1:8000"


@pytest.mark.parametrize("text", ["example.com", "192.168.1", "", "http://10.0.0.1"])
def test_what_is_no_address_is_refused_in_words(text, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["serve", "--host", text])
    assert stopped.value.code == 2
    assert "an IP address of this machine, or 0.0.0.0" in capsys.readouterr().err


def test_alone_on_this_machine_only_the_missing_sign_in_is_told():
    assert greeting(None, "none") == [OPEN_WARNING]
    assert greeting(None, "token") == []


def test_open_to_others_it_says_where_to_whom_and_at_what_risk():
    text = " ".join(greeting("http://192.168.1.7:8000", "none"))
    assert "http://192.168.1.7:8000" in text
    assert "every machine and phone" in text
    assert "AUTH_MODE=none" in text
    assert "--auth token" in text
    guarded = " ".join(greeting("http://192.168.1.7:8000", "token"))
    assert "AUTH_MODE=none" not in guarded
    assert "dh keys create" in guarded


def test_the_code_for_the_camera_is_read_as_the_address():
    cv2 = pytest.importorskip("cv2")
    np = pytest.importorskip("numpy")
    url = "http://192.168.1.7:8000"
    halves = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
    lines = [line.split("m", 1)[1].split("\033")[0] for line in qr_code(url).splitlines()]
    rows = [[halves[c][half] for c in line] for line in lines for half in (0, 1)]
    picture = np.kron(np.array(rows, np.uint8), np.ones((6, 6), np.uint8))
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == url
