"""Network namespaces that nobody else can see: they have no name, and end with the process that made them.

A cable joins two of them. Both its ends have one hardware address and no ARP, so that no packet waits for an answer
of a neighbour, and a name of their own choice.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE_NEWNET = 0x40000000
SIOCETHTOOL, ETHTOOL_GLINK = 0x8946, 0xA
LIBC = ctypes.CDLL(None, use_errno=True)
# A namespace begins with the settings of the machine: these are what a router of ours needs.
SETTINGS = {
    "ipv4/ip_forward": "1",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
    "ipv6/conf/all/disable_ipv6": "0",
    "ipv6/conf/default/disable_ipv6": "0",
    "ipv6/conf/all/forwarding": "1",
}


def run(command: list[str], script: str) -> None:
    done = subprocess.run(command, input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}\n{script}"


@dataclass
class Namespace:
    """One of them, with what is to be set up in it: nothing is done before `settle`."""

    handle: int
    wires: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """The calling thread, and every process and socket that it makes, is in this network meanwhile."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            enter(self.handle)
            yield
        finally:
            enter(home)
            os.close(home)

    def ip(self, *lines: str) -> None:
        """Adds lines for `ip -batch`."""
        self.lines += lines

    def nft(self, *rules: str) -> None:
        """Adds lines for `nft -f`."""
        self.rules += rules

    def settle(self) -> None:
        """Does what was asked."""
        with self.entered():
            run(["ip", "-batch", "-"], "\n".join(self.lines))
            if self.rules:
                run(["nft", "-f", "-"], "\n".join(self.rules))

    def sync(self) -> None:
        """Waits for the wires: the end that came up first drops packets until the kernel has seen to the other's news.

        To be asked for the state of a link makes the kernel see to it at once (linkwatch_sync_dev).
        """
        with self.entered(), socket.socket() as any_socket:
            for name in self.wires:
                answer = (ctypes.c_uint32 * 2)(ETHTOOL_GLINK, 0)
                request = struct.pack("16sP16x", name.encode(), ctypes.addressof(answer))
                fcntl.ioctl(any_socket, SIOCETHTOOL, request)
                assert answer[1], f"{name} has no link"


class Namespaces:
    """Those of one world."""

    def __init__(self) -> None:
        self._made: list[Namespace] = []
        self._cables = 0

    def close(self) -> None:
        for one in self._made:
            os.close(one.handle)

    def make(self) -> Namespace:
        """A new one, with its loopback up."""
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            if LIBC.unshare(CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "a network namespace needs root on Linux: sudo make roots")
            handle = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            for name, value in SETTINGS.items():
                Path("/proc/sys/net", name).write_text(value)
        finally:
            enter(home)
            os.close(home)
        made = Namespace(handle)
        made.ip("link set lo up")
        self._made.append(made)
        return made

    def cable(self, one: Namespace, name: str, other: Namespace, other_name: str) -> None:
        """A wire between two, up at both ends."""
        self._cables += 1
        address = f"02:00:00:00:{self._cables >> 8:02x}:{self._cables & 255:02x}"
        with one.entered():
            there = f"/proc/{os.getpid()}/fd/{other.handle}"
            ends = f"{name} address {address} type veth peer name {other_name} address {address} netns {there}"
            run(["ip", "-batch", "-"], f"link add {ends}")
        for end, its_name in ((one, name), (other, other_name)):
            end.wires.append(its_name)
            end.ip(f"link set {its_name} arp off addrgenmode none", f"link set {its_name} up")

    def settle(self) -> None:
        """Sets up all of them."""
        for one in self._made:
            one.settle()
        for one in self._made:
            one.sync()


def enter(handle: int) -> None:
    """The calling thread goes over."""
    if LIBC.setns(handle, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "the network cannot be entered")
