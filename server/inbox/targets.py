"""Where the server may connect to when it sends for people: the open internet, and what the settings allow besides.

Addresses of private, loopback, link-local, shared and metadata ranges are refused twice: when a channel is set (its name is
resolved), and at the moment of connecting, when the address is a number and no name can be another one any more (DNS rebinding).
The second check is Python's own audit event of `connect`, raised before the system is asked; it sees every library in the thread
(docs/decisions/0029).
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_of_thread = threading.local()
_once = threading.Lock()
_watching: list[bool] = []


class TargetRefused(OSError):
    """The server may not connect there."""


class TargetUnknown(OSError):
    """There is no such host, or nobody can say just now."""


@functools.lru_cache(maxsize=16)
def allowed_networks(listed: str) -> tuple[Network, ...]:
    """OUTPOST_ALLOW_PRIVATE_TARGETS: networks or addresses with commas between. Raises ValueError for what is neither."""
    return tuple(ipaddress.ip_network(one.strip(), strict=False) for one in listed.split(",") if one.strip())


def may_connect(address: str, allowed: tuple[Network, ...]) -> bool:
    """Whether this number may be connected to. An IPv4 address inside an IPv6 one is judged as the IPv4 address it is."""
    try:
        ip: IpAddress = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    for one in (ip, _inside(ip)):
        if one is not None and any(one.version == network.version and one in network for network in allowed):
            return True
    inner = _inside(ip)
    return _is_open(ip if inner is None else inner)


def _inside(ip: IpAddress) -> IpAddress | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.sixtofour


def _is_open(ip: IpAddress) -> bool:
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)


def check_host(host: str, port: int, allowed: tuple[Network, ...]) -> None:
    """Raise TargetRefused when any address of this host is refused, TargetUnknown when it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise TargetUnknown(f"no address is known for {host}") from None
    for *_, where in found:
        if not may_connect(str(where[0]), allowed):
            raise TargetRefused(f"{host} leads into a private range")


@contextmanager
def guarded(allowed: tuple[Network, ...]) -> Iterator[None]:
    """Within it this thread connects to nothing that is refused, whatever library does it."""
    _watch()
    before = getattr(_of_thread, "allowed", None)
    _of_thread.allowed = allowed
    try:
        yield
    finally:
        _of_thread.allowed = before


def _watch() -> None:
    with _once:
        if not _watching:
            sys.addaudithook(_heard)
            _watching.append(True)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" and event != "socket.sendto":
        return
    allowed = getattr(_of_thread, "allowed", None)
    if allowed is None:
        return
    where = arguments[1]
    # a path (a local socket), or a name that would be resolved after this check, is refused as it stands
    if not isinstance(where, tuple) or not may_connect(str(where[0]), allowed):
        raise TargetRefused("this address is in a private range")
