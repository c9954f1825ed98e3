"""Clients that open many connections, and read slowly, send slowly or not at all."""
import contextlib
import socket
import struct
import threading
import time

from cases import connections
from exchange import Request, send

# Seconds that a flood lasts.
DURATION = 3


def connect(port, receive_buffer=None):
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(20)
    connection.connect(("127.0.0.1", port))
    return connection


def pour(port, text, count):
    """Repeats a text on many connections, and reads nothing."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(port, receive_buffer=4096)) for _ in range(count)]
        for connection in opened:
            connection.setblocking(False)
        end = time.monotonic() + DURATION
        while time.monotonic() < end:
            for connection in opened:
                with contextlib.suppress(OSError):
                    connection.send(text)
            time.sleep(0.05)


def asked(target, *fields):
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: 127.0.0.1", *fields, "", ""]).encode()


@connections
def queries_in_a_pipeline_without_reading(port):
    pour(port, asked("/api/v1/query") * 1000, 100)


@connections
def unknown_paths_in_a_pipeline_without_reading(port):
    pour(port, asked("/" + "a" * 1000) * 500, 100)


@connections
def pipelines_that_are_read(port):
    """Few connections, each with many requests, compete with the other client for the event loops."""
    def read(connection):
        with contextlib.suppress(OSError):
            while connection.recv(1 << 18):
                pass

    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(port)) for _ in range(8)]
        readers = [threading.Thread(target=read, args=(connection,), daemon=True) for connection in opened]
        for reader in readers:
            reader.start()
        text, end = asked("/api/v1/query?settings=s.1") * 200, time.monotonic() + DURATION

        def write(connection):
            with contextlib.suppress(OSError):
                while time.monotonic() < end:
                    connection.sendall(text)
        writers = [threading.Thread(target=write, args=(connection,), daemon=True) for connection in opened]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()


@connections
def slow_readers_of_large_responses(port):
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(port, receive_buffer=4096)) for _ in range(60)]
        for number, connection in enumerate(opened):
            # Each has a target of its own, so that the service cannot send copies of one response.
            connection.sendall(asked(f"/api/v1/query?context_filters=tenant:*,g{number}:*"))
            connection.setblocking(False)
        end = time.monotonic() + 2 * DURATION
        while time.monotonic() < end:
            for connection in opened:
                with contextlib.suppress(OSError):
                    connection.recv(200)
            time.sleep(0.1)


@connections
def connections_that_are_reset(port):
    end = time.monotonic() + DURATION
    while time.monotonic() < end:
        with connect(port) as connection:
            connection.sendall(asked("/api/v1/settings") * 3)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@connections
def connections_that_say_nothing(port):
    with contextlib.ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(connect(port))
        time.sleep(DURATION)


@connections
def heads_that_arrive_slowly(port):
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(connect(port)) for _ in range(300)]
        for connection in opened:
            connection.sendall(b"GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        end = time.monotonic() + DURATION
        while time.monotonic() < end:
            for connection in opened:
                with contextlib.suppress(OSError):
                    connection.send(b"A: b\r\n")
            time.sleep(0.2)


@connections
def requests_that_are_refused_by_many(port):
    """16 threads send requests as fast as they can."""
    end = time.monotonic() + DURATION

    def attack():
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                send(port, Request("POST", "/api/v1/rules", b'{"setting":"many"' + b" " * 1000).encoded())
    threads = [threading.Thread(target=attack) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
