"""Which addresses of the network are everyone's, and which lead to this machine or the network that it is in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
CLOUDS_OWN = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"))
"""Where machines in Azure and Oracle's cloud ask about themselves; older versions of Python call these global."""


def is_public(text: str) -> bool:
    """Whether ``text`` is the address of a host that anyone on the Internet could ask.

    Loopback, private, link-local, unique-local, shared, multicast, unspecified and reserved addresses are not, however
    they are embedded in IPv6, and neither is any other spelling than the usual one.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.is_site_local:
            return False
        address = embedded(address) or address
    if any(address in network for network in CLOUDS_OWN):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def embedded(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address to which packets for ``address`` would go in the end."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
