"""Refuse every connection and name lookup that would leave this machine.

Imports nothing but the standard library, because it runs before anything else does.
"""

import ipaddress
import socket
import sys

_CONNECTS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_INTERNET = {socket.AF_INET, socket.AF_INET6}


class NetworkAccessRefused(RuntimeError):
    """Not an OSError: libraries catch those and go on, for example with another mirror."""


def _is_this_machine(host):
    if isinstance(host, bytes):
        host = host.decode("idna")
    if host is None or host in ("", "localhost", socket.gethostname()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name, not an address
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    # Unspecified (0.0.0.0) is what a server binds to; as a destination it means this machine.
    return address.is_loopback or address.is_unspecified


def _refuse(event, arguments):
    if event in _LOOKUPS:
        host = arguments[0]
    elif event in _CONNECTS:
        connection, address = arguments[0], arguments[1]
        if connection.family not in _INTERNET or address is None:
            return
        host = address[0]
    else:
        return
    if not _is_this_machine(host):
        raise NetworkAccessRefused(
            f"The course works without a network: {event} to {host!r} was refused. "
            "Take the data from a package that ships it (see largemodels.data)."
        )


sys.addaudithook(_refuse)
