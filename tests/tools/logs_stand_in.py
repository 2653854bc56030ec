#!/usr/bin/env python3
"""CloudWatch Logs on a bad day, for tests of `fnctl tail`: logs_stand_in.py JSON

Tells a story of events that `story()` makes from a seed, from the first request on: many streams,
equal milliseconds, equal lines, events that show up late. FilterLogEvents answers in small pages,
some of them empty with a token, throttles, and breaks connections; it sees events a little after
Live Tail. Live Tail's sessions end, by time or by a break; more than 500 events a second become a
sample. The frames are written here, by struct and zlib.

Prints its port, ends with its standard input. JSON: seed, rate, seconds, late, streams, history,
session (seconds), live (bool), faults (bool).
"""
import bisect
import http.server
import json
import random
import struct
import sys
import threading
import time
import zlib


def story(options):
    """The events: (ms, seen by Live Tail, seen by polls, stream, message), in order; times from 0."""
    chance = random.Random(options["seed"])
    events = []
    for i in range(options["history"]):
        at = -500000 + i * 490000 // max(options["history"], 1)
        events.append((at, -1000, -1000, i % options["streams"], f"history {i}"))
    count = int(options["rate"] * options["seconds"])
    for i in range(count):
        at = int(i * 1000 / options["rate"]) // 10 * 10
        delay = chance.randrange(60)
        if chance.random() < 0.05:
            delay = chance.randrange(int(options["late"] * 1000))
        stream = chance.randrange(options["streams"])
        seen = at + delay
        events.append((at, seen, seen + chance.randrange(1500), stream, f"event {i}"))
        if chance.random() < 0.01:
            events.append((at, seen, seen + chance.randrange(1500), stream, f"event {i}"))
    events.sort(key=lambda e: e[0])
    return events


def frame(headers, payload):
    head = b"".join(bytes([len(name)]) + name.encode() + b"\x07" + struct.pack(">H", len(value)) + value.encode()
        for name, value in headers.items())
    start = struct.pack(">II", len(head) + len(payload) + 16, len(head))
    start += struct.pack(">I", zlib.crc32(start))
    return start + head + payload + struct.pack(">I", zlib.crc32(start + head + payload))


def message(kind, name, value):
    return frame({":message-type": kind, f":{kind}-type": name, ":content-type": "application/json"},
        json.dumps(value).encode())


class World:
    def __init__(self, options):
        self.options = options
        self.events = story(options)
        self.times = [e[0] for e in self.events]
        self.by_seen = sorted(range(len(self.events)), key=lambda i: self.events[i][1])
        self.seen_times = [self.events[i][1] for i in self.by_seen]
        self.chance = random.Random(options["seed"] + 1)
        self.lock = threading.Lock()
        self.zero = None
        self.counts = {"polls": 0, "sessions": 0, "throttled": 0, "broken": 0, "empty": 0, "sampled": 0}

    def now(self):
        with self.lock:
            if self.zero is None:
                self.zero = int(time.time() * 1000)
                self.texts = [json.dumps({"logStreamName": f"stream{s}", "timestamp": self.zero + at, "message": text,
                    "ingestionTime": self.zero + seen, "eventId": f"{i:056d}"})
                    for i, (at, seen, _, s, text) in enumerate(self.events)]
            return int(time.time() * 1000) - self.zero


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def log_message(self, *_):
        pass

    def answer(self, status, body, broken=False):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:len(body) // 2] if broken else body)
        self.close_connection = broken

    def do_GET(self):
        self.answer(200, self.server.world.counts)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers.get("X-Amz-Target", "")
        world = self.server.world
        if b"GetCallerIdentity" in body:
            self.answer(200, b"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>"
                b"<Arn>arn:aws:iam::123456789012:user/x</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>")
        elif target.endswith(".FilterLogEvents"):
            self.filter(world, json.loads(body))
        elif target.endswith(".StartLiveTail") and world.options["live"]:
            self.live(world, json.loads(body))
        else:
            self.answer(400, {"__type": "AccessDeniedException", "message": "not for you"})

    def filter(self, world, request):
        now = world.now()
        world.counts["polls"] += 1
        fault = world.chance.random() if world.options["faults"] else 1
        if fault < 0.03:
            world.counts["throttled"] += 1
            self.answer(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
            return
        at = bisect.bisect_left(world.times, request["startTime"] - world.zero)
        if "nextToken" in request:
            at = int(request["nextToken"])
        limit = min(request.get("limit", 10000), world.chance.randrange(1500, 6000))
        found = []
        if fault < 0.10:
            limit = 0
            world.counts["empty"] += 1
        while at < len(world.events) and len(found) < limit:
            if world.events[at][2] <= now:
                found.append(world.texts[at])
            elif world.events[at][0] > now:
                at = len(world.events)
                break
            at += 1
        more = f', "nextToken": "{at}"' if at < len(world.events) and world.times[at] <= now else ""
        broken = 0.10 < fault < 0.12
        world.counts["broken"] += broken
        self.answer(200, ('{"events": [' + ",".join(found) + "]" + more + ', "searchedLogStreams": []}').encode(), broken)

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def update(self, world, start, end):
        first, last = (bisect.bisect_right(world.seen_times, t) for t in (start, end))
        picked = [world.by_seen[i] for i in range(first, last)]
        sampled = len(picked) > 500
        world.counts["sampled"] += sampled
        if sampled:
            picked = picked[::len(picked) // 500 + 1]
        results = [dict(json.loads(world.texts[i]), logGroupIdentifier=world.group) for i in picked]
        for result in results:
            del result["eventId"]
        return message("event", "sessionUpdate",
            {"sessionMetadata": {"sampled": sampled}, "sessionResults": results})

    def live(self, world, request):
        world.counts["sessions"] += 1
        number = world.counts["sessions"]
        world.group = "123456789012:" + request["logGroupIdentifiers"][0].rsplit(":", 1)[1]
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        last = world.now()
        ends = last + world.options["session"] * 1000
        self.close_connection = True
        try:
            self.chunk(message("event", "initial-response", {}))
            self.chunk(message("event", "sessionStart", {"sessionId": "1"}))
            while True:
                time.sleep(0.5)
                now = world.now()
                data = self.update(world, last, now)
                if now >= ends:
                    break
                for at in range(0, len(data), 50000):
                    self.chunk(data[at:at + 50000])
                last = now
            if number % 3 == 0:
                self.chunk(data[:len(data) // 2])
                return
            name = "SessionTimeoutException" if number % 3 == 1 else "SessionStreamingException"
            self.chunk(message("exception", name, {"message": "over"}))
            self.chunk(b"")
        except OSError:
            pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


if __name__ == "__main__":
    server = Server(("127.0.0.1", 0), Handler)
    server.world = World(json.loads(sys.argv[1]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
