"""A network of this process's own, in which an address can vanish: what a pulled cable or a power cut looks like from the other side.

`pytest -p faults.own_network`: imported before any thread begins, because only then may a process leave for a user namespace of its own. The
network has a loopback interface, nothing else. Where that is not allowed, nothing changes and `WHY_NOT` says so.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCADDRT, _SIOCDELRT, _SIOCSIFFLAGS, _SIOCSIFADDR, _SIOCSIFNETMASK = 0x890B, 0x890C, 0x8914, 0x8916, 0x891C
_IFF_UP, _RTF_UP, _RTF_HOST = 1, 1, 4


def _unshare(flags: int) -> None:
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare: " + os.strerror(ctypes.get_errno()))


def _leave() -> None:
    user, group = os.getuid(), os.getgid()
    try:
        _unshare(_CLONE_NEWNET)
    except PermissionError:
        _unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        # The same user as before, with this namespace's rights until the next program.
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _set("lo", _SIOCSIFFLAGS, struct.pack("h", _IFF_UP))


def _set(interface: str, request: int, value: bytes) -> None:
    """A field of the interface: ioctls of netdevice(7)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, request, struct.pack("16s24s", interface.encode(), value))


def _address(address: str) -> bytes:
    """struct sockaddr_in."""
    return struct.pack("=HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))


def _route(request: int, address: str) -> None:
    """To this one address by way of lo: packets leave, and where they come in nobody has that address. struct rtentry of route(7)."""
    device = ctypes.create_string_buffer(b"lo")
    entry = struct.pack(
        "@L16s16s16sHhLPhPLLH",
        0,
        _address(address),
        _address("0.0.0.0"),
        _address("255.255.255.255"),
        _RTF_UP | _RTF_HOST,
        0,
        0,
        0,
        0,
        ctypes.addressof(device),
        0,
        0,
        0,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, request, entry)


try:
    _leave()
    WHY_NOT = ""
except OSError as error:
    WHY_NOT = f"no network of one's own is allowed here: {error}"


class Elsewhere:
    """A machine at `address`, which can be cut off and come back. Sockets are bound to it while it is there."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._routed = False
        self.come_back()

    def come_back(self) -> None:
        if self._routed:
            _route(_SIOCDELRT, self.address)
            self._routed = False
        _set("lo:1", _SIOCSIFADDR, _address(self.address))
        _set("lo:1", _SIOCSIFNETMASK, _address("255.255.255.255"))

    def vanish(self) -> None:
        """What is sent there goes nowhere, and nothing comes from there, no FIN and no RST either."""
        _set("lo:1", _SIOCSIFFLAGS, struct.pack("h", 0))
        _route(_SIOCADDRT, self.address)
        self._routed = True


@contextmanager
def elsewhere(address: str) -> Iterator[Elsewhere]:
    if WHY_NOT:
        pytest.skip(WHY_NOT)
    machine = Elsewhere(address)
    try:
        yield machine
    finally:
        machine.come_back()
