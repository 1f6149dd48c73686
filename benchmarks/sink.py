"""A mail server that takes everything and keeps nothing: as fast as can be, and it only counts.

It runs in a process of its own, so that its work is not the sender's, and ends with the process
that began it.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, ClassVar

LINES = 16
"""How many connections it has at once; it hangs up on more."""
LARGEST = 1024 * 1024
"""How many bytes of a mail it takes before it hangs up."""


@dataclass(frozen=True, slots=True)
class Sink:
    """The server at work, as whoever began it sees it."""

    asked: IO[str]
    answers: IO[str]
    port: int

    def count(self) -> int:
        """Give how many mails it has taken."""
        self.asked.write("\n")
        self.asked.flush()
        return int(self.answers.readline())


@contextmanager
def running_sink() -> Iterator[Sink]:
    """Run it on a free port of this machine."""
    command = [sys.executable, "-m", __name__]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield Sink(process.stdin, process.stdout, int(process.stdout.readline()))


class _Conversation(asyncio.Protocol):
    """One connection: lines until DATA, and then a mail until its lonely dot."""

    taken: ClassVar[int] = 0
    connected: ClassVar[int] = 0

    def __init__(self) -> None:
        self._buffer = b""
        self._in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        _Conversation.connected += 1
        if _Conversation.connected > LINES:
            transport.abort()
            return
        transport.write(b"220 sink\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        _Conversation.connected -= 1

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n.\r\n" if self._in_mail else b"\r\n")) >= 0:
            if self._in_mail:
                _Conversation.taken += 1
                self._in_mail = False
                self._buffer = self._buffer[end + 5 :]
                self._transport.write(b"250 taken\r\n")
            else:
                line, self._buffer = self._buffer[:end], self._buffer[end + 2 :]
                self._answer(line[:4].upper())
        if len(self._buffer) > LARGEST:
            self._transport.abort()

    def _answer(self, verb: bytes) -> None:
        self._in_mail = verb == b"DATA"
        if self._in_mail:
            self._transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._transport.write(b"221 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 fine\r\n")


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Conversation, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    # Each line asks how many there were; the end of the input is the end of all.
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(_Conversation.taken, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve())
