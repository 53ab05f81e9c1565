"""Our public address: sources must agree, and only public addresses count."""

from __future__ import annotations

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address, IPv6Address

import pytest

from awswhitelist.config import PublicIpConfig
from awswhitelist.exceptions import PublicAddressError
from awswhitelist.network.http_get import LARGEST_ANSWER, HttpGet, http_getter, proxy_for
from awswhitelist.network.public_ip import (
    PublicAddressFinder,
    SourceProblem,
    SourceReport,
)

ONE, TWO, THREE = "https://one.example", "https://two.example", "https://three.example"
MINE, OTHER, MINE6 = "8.8.4.4", "1.1.1.1", "2600::7"


def _settings(agree: int = 2, timeout: float = 3.0) -> PublicIpConfig:
    return PublicIpConfig(sources=(ONE, TWO, THREE), agree=agree, timeout=timeout)


def _answers(ipv4: Mapping[str, str], ipv6: Mapping[str, str] | None = None) -> HttpGet:
    """A getter whose sources say that; a source that says nothing is unreachable."""
    told = {socket.AF_INET: ipv4, socket.AF_INET6: ipv6 or {}}

    def http_get(url: str, family: socket.AddressFamily, _timeout: float) -> str:
        if url not in told[family]:
            raise OSError("unreachable")
        return told[family][url]

    return http_get


def test_both_addresses_are_found_where_the_sources_agree() -> None:
    same = {url: f" {MINE}\n" for url in (ONE, TWO, THREE)}
    same6 = {url: MINE6 for url in (ONE, TWO)}
    found = PublicAddressFinder(_answers(same, same6), _settings()).find()
    assert (found.ipv4, found.ipv6) == (IPv4Address(MINE), IPv6Address(MINE6))
    assert found.agree
    assert found.sources == (
        SourceReport("one.example", 4, IPv4Address(MINE)),
        SourceReport("two.example", 4, IPv4Address(MINE)),
        SourceReport("three.example", 4, IPv4Address(MINE)),
        SourceReport("one.example", 6, IPv6Address(MINE6)),
        SourceReport("two.example", 6, IPv6Address(MINE6)),
        SourceReport("three.example", 6, problem=SourceProblem.UNREACHABLE),
    )


def test_a_source_outvoted_by_two_is_shown_as_disagreeing() -> None:
    finder = PublicAddressFinder(_answers({ONE: MINE, TWO: OTHER, THREE: MINE}), _settings())
    found = finder.find()
    assert found.ipv4 == IPv4Address(MINE)
    assert found.ipv6 is None
    assert not found.agree


@pytest.mark.parametrize(
    ("told", "agree"),
    [
        ({}, 1),
        ({ONE: MINE}, 2),
        ({ONE: MINE, TWO: OTHER}, 1),
        ({ONE: MINE, TWO: OTHER}, 2),
        ({ONE: "10.0.0.1", TWO: "10.0.0.1"}, 2),
        ({ONE: "<html>", TWO: "<html>"}, 2),
        ({ONE: MINE6, TWO: MINE6}, 2),
    ],
    ids=["silence", "one of two", "a tie", "two voices", "private", "no address", "wrong family"],
)
def test_without_enough_agreement_there_is_no_address(told: dict[str, str], agree: int) -> None:
    with pytest.raises(PublicAddressError) as caught:
        PublicAddressFinder(_answers(told), _settings(agree)).find()
    assert len(caught.value.details["sources"]) == 6


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ("10.0.0.1", SourceProblem.NOT_PUBLIC),
        ("100.64.0.1", SourceProblem.NOT_PUBLIC),
        ("203.0.113.7", SourceProblem.NOT_PUBLIC),
        ("", SourceProblem.NOT_AN_ADDRESS),
        ("8.8.8.8/24", SourceProblem.NOT_AN_ADDRESS),
        (MINE6, SourceProblem.WRONG_FAMILY),
    ],
)
def test_an_answer_that_does_not_count_is_told_with_its_problem(
    answer: str, problem: SourceProblem
) -> None:
    told = {ONE: MINE, TWO: MINE, THREE: answer}
    found = PublicAddressFinder(_answers(told), _settings()).find()
    assert found.sources[2] == SourceReport("three.example", 4, problem=problem)
    assert found.agree


def test_a_source_that_is_too_slow_is_not_waited_for() -> None:
    never = threading.Event()

    def http_get(url: str, family: socket.AddressFamily, _timeout: float) -> str:
        if url == THREE:
            never.wait(30)
        if family == socket.AF_INET6:
            raise OSError("unreachable")
        return MINE

    found = PublicAddressFinder(http_get, _settings(timeout=0.2)).find()
    never.set()
    assert found.ipv4 == IPv4Address(MINE)
    assert found.sources[2].problem is SourceProblem.TOO_SLOW


def test_a_source_named_twice_has_one_voice() -> None:
    settings = PublicIpConfig(sources=(ONE, ONE, TWO), agree=2)
    with pytest.raises(PublicAddressError):
        PublicAddressFinder(_answers({ONE: MINE}), settings).find()


class _Source(BaseHTTPRequestHandler):
    """Answers ``/ip`` with an address, and in other ways elsewhere."""

    def do_GET(self) -> None:  # http.server calls it by this name
        answers = {
            "/ip": (200, MINE.encode() + b"\n"),
            "/full": (200, b"x" * LARGEST_ANSWER),
            "/large": (200, b"x" * (LARGEST_ANSWER + 1)),
            "/binary": (200, b"\xff"),
            "/moved": (302, b""),
        }
        status, body = answers.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Location", "/ip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def source() -> Iterator[str]:
    """The URL of a real source on the loopback address."""
    server = HTTPServer(("127.0.0.1", 0), _Source)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_real_getter_reaches_a_source(source: str) -> None:
    settings = PublicIpConfig(sources=(f"{source}/ip",), agree=1)
    found = PublicAddressFinder(http_getter({}), settings).find()
    assert found.ipv4 == IPv4Address(MINE)
    assert found.sources[1] == SourceReport("127.0.0.1", 6, problem=SourceProblem.UNREACHABLE)


@pytest.mark.parametrize("path", ["/large", "/moved", "/missing"])
def test_the_real_getter_takes_small_plain_answers_alone(source: str, path: str) -> None:
    with pytest.raises(OSError, match="not answered|too much"):
        http_getter({})(source + path, socket.AF_INET, 3.0)


def test_the_real_getter_takes_an_answer_of_exactly_the_limit(source: str) -> None:
    assert len(http_getter({})(f"{source}/full", socket.AF_INET, 3.0)) == LARGEST_ANSWER


def test_an_answer_that_is_no_text_is_no_crash(source: str) -> None:
    assert http_getter({})(f"{source}/binary", socket.AF_INET, 3.0) == "\ufffd"


def test_the_family_asked_for_is_the_family_used(source: str) -> None:
    with pytest.raises(OSError, match="not reached"):
        http_getter({})(f"{source}/ip", socket.AF_INET6, 3.0)


def test_an_https_source_that_speaks_no_tls_is_not_reached(source: str) -> None:
    secure = source.replace("http://", "https://")
    with pytest.raises(OSError, match="not reached"):
        http_getter({})(f"{secure}/ip", socket.AF_INET, 3.0)


def test_the_proxy_of_the_environment_is_used(source: str) -> None:
    with pytest.raises(OSError, match="not reached"):  # it answers CONNECT with an error
        http_getter({"https_proxy": source})("https://one.example/ip", socket.AF_INET, 3.0)


def test_a_proxy_is_told_the_user_in_its_url() -> None:
    heard: list[bytes] = []

    def serve(proxy: socket.socket) -> None:
        connection, _ = proxy.accept()
        with connection:
            heard.append(connection.recv(4096))
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as proxy:
        thread = threading.Thread(target=serve, args=(proxy,))
        thread.start()
        url = f"http://al%40ice:p%C3%A4ss@127.0.0.1:{proxy.getsockname()[1]}"
        with pytest.raises(OSError, match="not reached"):
            http_getter({"https_proxy": url})("https://one.example/ip", socket.AF_INET, 3.0)
        thread.join()
    user = b64encode("al@ice:päss".encode())
    assert b"Proxy-Authorization: Basic " + user + b"\r\n" in heard[0]


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        (ONE, {}, None),
        (ONE, {"HTTPS_PROXY": "http://proxy.example:3128"}, "http://proxy.example:3128"),
        (ONE, {"https_proxy": "proxy.example:3128"}, "http://proxy.example:3128"),
        (ONE, {"ALL_PROXY": "http://proxy.example"}, "http://proxy.example"),
        (ONE, {"https_proxy": "http://p.example", "NO_PROXY": "one.example"}, None),
        (ONE, {"https_proxy": "http://p.example", "no_proxy": " x.test, .EXAMPLE"}, None),
        (ONE, {"https_proxy": "http://p.example", "no_proxy": "*"}, None),
        (ONE, {"https_proxy": "http://p.example", "no_proxy": "e.example,"}, "http://p.example"),
        ("http://127.0.0.1/ip", {"https_proxy": "http://p.example"}, None),
    ],
)
def test_the_proxy_variables_are_honoured(
    url: str, environ: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, environ) == proxy
