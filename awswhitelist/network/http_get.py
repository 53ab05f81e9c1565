"""One small HTTPS request over a chosen address family, with urllib3."""

from __future__ import annotations

import socket
from base64 import b64encode
from collections.abc import Callable, Mapping
from urllib.parse import unquote

from urllib3 import PoolManager, ProxyManager, Timeout
from urllib3.exceptions import HTTPError
from urllib3.util import parse_url

HttpGet = Callable[[str, socket.AddressFamily, float], str]
"""(url, family, timeout in seconds) -> the body as text; raises OSError where there is none."""

LARGEST_ANSWER = 2048
"""Bytes; an address needs 45 at most, and nobody may fill our memory."""

_ANY_ADDRESS = {socket.AF_INET: ("0.0.0.0", 0), socket.AF_INET6: ("::", 0)}
"""A socket bound to one of these can only connect within its family."""

_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
_HEADERS = {"User-Agent": "awswhitelist", "Accept": "text/plain", "Accept-Encoding": "identity"}


def _is_exempt(host: str, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names the host, a domain that it is in, or everything (``*``)."""
    entries = (entry.strip().lstrip(".").lower() for entry in no_proxy.split(","))
    return any(entry in ("*", host) or host.endswith(f".{entry}") for entry in entries if entry)


def proxy_for(url: str, environ: Mapping[str, str]) -> str | None:
    """The proxy that the environment names for an https URL, unless ``NO_PROXY`` exempts it."""
    target = parse_url(url)
    proxy = next((environ[name] for name in _PROXY_VARIABLES if environ.get(name)), None)
    exempt = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if proxy is None or target.scheme != "https":
        return None
    if _is_exempt(target.host or "", exempt):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def _manager(proxy: str | None, family: socket.AddressFamily) -> PoolManager:
    if proxy is not None:  # the family of the way to the proxy tells nothing of the way beyond
        headers = _proxy_headers(proxy)
        return ProxyManager(proxy, proxy_headers=headers, cert_reqs="CERT_REQUIRED")
    return PoolManager(cert_reqs="CERT_REQUIRED", source_address=_ANY_ADDRESS[family])


def _proxy_headers(proxy: str) -> dict[str, str]:
    """Who we are to a proxy whose URL says it: urllib3 alone would not tell (RFC 7617)."""
    user = parse_url(proxy).auth
    if user is None:
        return {}
    return {"Proxy-Authorization": f"Basic {b64encode(unquote(user).encode()).decode()}"}


def _fetch(manager: PoolManager, url: str, timeout: float) -> str:
    with manager.request(
        "GET",
        url,
        headers=_HEADERS,
        redirect=False,
        retries=False,
        timeout=Timeout(total=timeout),
        preload_content=False,
    ) as response:
        if response.status != 200:
            raise OSError("not answered with 200")
        body = response.read(LARGEST_ANSWER + 1)
    if len(body) > LARGEST_ANSWER:
        raise OSError("answered with too much")
    return body.decode("ascii", errors="replace")


def http_getter(environ: Mapping[str, str]) -> HttpGet:
    """A getter that checks certificates, follows no redirect and honours the proxy variables."""

    def http_get(url: str, family: socket.AddressFamily, timeout: float) -> str:
        try:
            with _manager(proxy_for(url, environ), family) as manager:
                return _fetch(manager, url, timeout)
        except HTTPError as error:
            raise OSError("not reached") from error

    return http_get
