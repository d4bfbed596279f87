"""Which addresses are everyone's."""

from __future__ import annotations

import pytest

from semstyle.storage.addresses import is_public

PRIVATE = {
    "loopback": ["127.0.0.1", "127.255.255.254", "::1"],
    "private": ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"],
    "link-local, where clouds keep their machines' keys": ["169.254.169.254", "fe80::1", "fe80::1%eth0"],
    "unique-local": ["fc00::1", "fd00:ec2::254"],
    "site-local": ["fec0::1"],
    "shared": ["100.64.0.1", "100.100.100.200"],
    "unspecified": ["0.0.0.0", "::", "0.1.2.3"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "192.0.0.192", "198.18.0.1", "192.0.2.1", "2001:db8::1"],
    "a cloud's own": ["168.63.129.16", "::ffff:168.63.129.16"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:169.254.169.254", "::ffff:0:0"],
    "compatible": ["::127.0.0.1", "::10.0.0.1"],
    "through a gateway": ["64:ff9b::127.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:a00:1::1"],
    "other spellings": ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "0x7f000001", "127.0.0.1.", " 127.0.0.1"],
    "no address": ["", "localhost", "example.org", "8.8.8.8/32"],
}
PUBLIC = ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("kind", PRIVATE)
def test_private(kind: str) -> None:
    assert [address for address in PRIVATE[kind] if is_public(address)] == []


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert is_public(address)
