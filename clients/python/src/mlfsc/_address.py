"""Where a server is, as people write it: client/server_address.h is the same in C++."""

from __future__ import annotations

import re

_USUAL_PORT = "50051"
_SCHEMES = ("dns:", "ipv4:", "ipv6:", "unix:", "unix-abstract:", "xds:", "vsock:")


def check_server_address(server: str) -> None:
    """Raises ValueError, with what to write instead, for what is neither HOST:PORT nor a target of gRPC's own schemes."""
    found = _fault(server)
    if found is not None:
        fault, instead = found
        raise ValueError(f"server '{server}' {fault}; HOST:PORT is wanted, such as {instead}")


def _is_port(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,5}", text) is not None and 1 <= int(text) <= 65535


def _with_port(address: str) -> str:
    """`host:1` of `host:1/path`, with the usual port where it has none."""
    address = address.split("/", 1)[0]
    if not address:
        return f"localhost:{_USUAL_PORT}"
    host, colon, port = address.rpartition(":")
    if colon and _is_port(port):
        return address
    return f"{host if colon and not address.endswith(']') else address}:{_USUAL_PORT}"


def _fault(server: str) -> tuple[str, str] | None:
    if not server:
        return "is empty", _with_port("")
    if server.startswith(_SCHEMES):
        return None
    scheme, found, rest = server.partition("://")
    if found:
        secure = " (--tls encrypts)" if scheme.lower() == "https" else ""
        return f"is a web address{secure}", _with_port(rest)
    if re.search(r"[ \t\n\v\f\r]", server):
        return "has a space in it", _with_port("")
    if "/" in server:
        return "has a path behind it", _with_port(server)
    brackets = server.startswith("[")
    if not brackets and server.count(":") > 1:
        return "is an IPv6 address without brackets", f"[{server}]:{_USUAL_PORT}"
    if brackets and "]" not in server:
        return "has no ]", f"[::1]:{_USUAL_PORT}"
    split = server.index("]") + 1 if brackets else server.find(":")
    host, rest = (server, "") if split < 0 else (server[:split], server[split:])
    if not rest:
        return "has no port", f"{server}:{_USUAL_PORT}"
    if not host:
        return "has no host", f"localhost{rest}"
    if not rest.startswith(":") or not _is_port(rest[1:]):
        return f"has the port '{rest.removeprefix(':')}', which is none of 1 to 65535", f"{host}:{_USUAL_PORT}"
    return None
