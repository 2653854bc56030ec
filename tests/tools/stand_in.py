#!/usr/bin/env python3
"""A server that misbehaves on request, for tests of the HTTP client.

Prints its port, serves on loopback, and ends when its standard input is closed.
The path says what to do:

  /ok                     200 "hello"; X-Connection numbers the connections
  /echo                   200, the request as JSON: method, target, headers, body
  /status/N               that status
  /slow/MS                200 after a while
  /hang                   nothing, ever
  /close                  closes without a byte
  /partial                announces 100 bytes, sends 10, closes
  /garbage                something that is not HTTP
  /storm/STATUS/N/KEY     N times that status, then 200 (counted by the whole path)
  /after/MS/KEY           503 with x-amz-retry-after, then 200
  /trailers               a chunked body with a trailer
  /huge                   a body without end
  /headers                a header block without end
  /drip/N                 N bytes, one each 50 ms
  /stall                  some bytes, then silence

With STAND_IN_TLS set to a folder it speaks TLS, with the cert.pem and key.pem in there.

POST /_script takes a JSON list of {status, headers, body, close}: from then on
each request to a path that does not start with "/_" gets the next one, and the
last one again. GET /_requests tells what came since the script was set.
"""
import json
import os
import socket
import ssl
import sys
import threading
import time

lock = threading.Lock()
counters = {}
connections = 0
script = []
seen = []


def read_request(stream):
    line = stream.readline(65536).decode("latin-1").split()
    if len(line) != 3:
        return None
    headers = []
    while True:
        header = stream.readline(65536).decode("latin-1").rstrip("\r\n")
        if not header:
            break
        name, _, value = header.partition(":")
        headers.append([name.lower(), value.strip()])
    length = int(dict(headers).get("content-length", 0))
    body = stream.read(length) if length else b""
    return line[0], line[1], headers, body


def answer(connection, status, body=b"", headers=(), close=False):
    head = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    head += [f"{name}: {value}" for name, value in headers]
    if close:
        head.append("Connection: close")
    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return not close


def count(key):
    with lock:
        counters[key] = counters.get(key, 0) + 1
        return counters[key]


def describe(method, target, headers, body):
    return {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")}


def do_ok(connection, parts, request, number):
    return answer(connection, 200, b"hello", [("X-Connection", number), ("Content-Type", "text/plain")])


def do_echo(connection, parts, request, number):
    return answer(connection, 200, json.dumps(describe(*request)).encode())


def do_status(connection, parts, request, number):
    return answer(connection, int(parts[1]), b"status")


def do_slow(connection, parts, request, number):
    time.sleep(int(parts[1]) / 1000)
    return answer(connection, 200, b"slow")


def do_hang(connection, parts, request, number):
    connection.recv(1)
    return False


def do_close(connection, parts, request, number):
    return False


def do_partial(connection, parts, request, number):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
    return False


def do_garbage(connection, parts, request, number):
    connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\nnot at all\r\n")
    return False


def do_storm(connection, parts, request, number):
    if count(request[1]) <= int(parts[2]):
        return answer(connection, int(parts[1]), b"storm")
    return answer(connection, 200, b"calm")


def do_after(connection, parts, request, number):
    if count(request[1]) == 1:
        return answer(connection, 503, b"later", [("x-amz-retry-after", parts[1])])
    return answer(connection, 200, b"now")


def do_trailers(connection, parts, request, number):
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Last\r\n\r\n"
                       b"5\r\nhello\r\n6\r\n world\r\n0\r\nX-Last: the end\r\n\r\n")
    return True


def do_huge(connection, parts, request, number):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def do_headers(connection, parts, request, number):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"x" * 8000 + b"\r\n")


def do_drip(connection, parts, request, number):
    length = int(parts[1])
    connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n".encode())
    for _ in range(length):
        connection.sendall(b".")
        time.sleep(0.05)
    return True


def do_stall(connection, parts, request, number):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome")
    connection.recv(1)
    return False


def do_script(connection, request):
    with lock:
        seen.append(describe(*request))
        step = script.pop(0) if len(script) > 1 else script[0]
    return answer(connection, step.get("status", 200), step.get("body", "").encode(),
                  list(step.get("headers", {}).items()), step.get("close", False))


def control(connection, request):
    with lock:
        if request[1] == "/_script":
            script[:] = json.loads(request[3])
            seen.clear()
            body = b""
        else:
            body = json.dumps(seen).encode()
    return answer(connection, 200, body)


def handle(connection, request, number):
    path = request[1].split("?")[0]
    if path.startswith("http://"):  # as a proxy gets it
        path = path.split("/", 3)[3]
    parts = path.strip("/").split("/")
    if request[1].startswith("/_"):
        return control(connection, request)
    if script:
        return do_script(connection, request)
    return globals()["do_" + parts[0]](connection, parts, request, number)


def secure(connection):
    folder = os.environ.get("STAND_IN_TLS")
    if not folder:
        return connection
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/cert.pem", folder + "/key.pem")
    return context.wrap_socket(connection, server_side=True)


def serve(connection, number):
    try:
        connection = secure(connection)
        with connection, connection.makefile("rb") as stream:
            while request := read_request(stream):
                if not handle(connection, request, number):
                    break
    except OSError:
        pass


def accept(listener):
    global connections
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connections += 1
        threading.Thread(target=serve, args=(connection, connections), daemon=True).start()


def main():
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=accept, args=(listener,), daemon=True).start()
    sys.stdin.read()
    os._exit(0)


main()
