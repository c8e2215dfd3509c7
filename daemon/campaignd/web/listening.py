"""The address that the API is served at."""

import socket

_BACKLOG = 2048


class CannotListen(Exception):
    """The address cannot be listened at: another program has it, or this machine does not."""

    def __init__(self, host: str, port: int, why: str) -> None:
        super().__init__(
            f"cannot listen at {host} port {port}: {why}; set CAMPAIGND_API__HOST and "
            "CAMPAIGND_API__PORT to an address of this machine that is free"
        )


def listen(host: str, port: int) -> socket.socket:
    """Take an address; port 0 takes a free one. Raises CannotListen."""
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise CannotListen(host, port, error.strerror or str(error)) from None
