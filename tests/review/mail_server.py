"""A small mail server on a real socket, with the manners of an ill one."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Server(socketserver.ThreadingTCPServer):
    """`manner`: well, refuses, breaks off, breaks off after, silent, silent at data, silent after data;
    `delay`: seconds before each answer. One that is silent hangs up when it is `let_go`."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, manner: str, delay: float, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Talk)
        self.manner, self.delay = manner, delay
        self.mails: list[str] = []
        self.connections = 0
        self.let_go = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Talk(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        time.sleep(self.server.delay)
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever talks may be killed while they do
            self.talk()

    def talk(self) -> None:
        self.server.connections += 1
        if self.server.manner == "silent":
            self.server.let_go.wait()
            return
        self.say("220 mail.test")
        while line := self.rfile.readline().decode().strip():
            word = line.upper().split()[0]
            if word == "QUIT":
                self.say("221 bye")
                return
            if word == "RCPT" and self.server.manner == "refuses" and "nobody" in line:
                self.say("550 no such person")
            elif word == "DATA":
                if not self.take():
                    return
            else:
                self.say("250 mail.test")

    def take(self) -> bool:
        """Take one mail, and say whether the talk goes on."""
        if self.server.manner == "breaks off":
            return False
        if self.server.manner == "silent at data":
            self.server.let_go.wait()
            return False
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline().decode()) not in {".\r\n", ""}:
            lines.append(line)
        self.server.mails.append("".join(lines))
        if self.server.manner == "breaks off after":
            return False
        if self.server.manner == "silent after data":
            self.server.let_go.wait()
            return False
        self.say("250 taken")
        return True


@contextmanager
def mail_server(manner: str = "well", *, delay: float = 0.0, port: int = 0) -> Iterator[Server]:
    with Server(manner, delay, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.let_go.set()
            server.shutdown()
            thread.join()
