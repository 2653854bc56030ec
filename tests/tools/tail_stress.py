#!/usr/bin/env python3
"""`fnctl tail` against logs_stand_in.py: tail_stress.py FNCTL JSON [OPTION...]

Ends when every event of the story is printed once, in order as far as may be, and says what it
took; JSON as for the stand-in, and: patience (seconds after the story), memory (MB at most).
"""
import collections
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import logs_stand_in

fnctl, text, *arguments = sys.argv[1:]
options = {"seed": 1, "rate": 400, "seconds": 5, "late": 3, "streams": 20, "history": 500, "session": 3, "live": True,
    "faults": True, "patience": 40, "memory": 32, **json.loads(text)}
events = logs_stand_in.story(options)
expected = collections.Counter(e[4] for e in events)
times = {e[4]: e[0] for e in events}
prompt = {e[4] for e in events if e[2] - e[0] < 1600}
server = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "logs_stand_in.py"), json.dumps(options)],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
url = "http://127.0.0.1:" + server.stdout.readline().strip()
folder = tempfile.TemporaryDirectory()
with open(folder.name + "/fnctl.json", "w", encoding="utf-8") as file:
    json.dump({"project": "x", "functions": {"f": {"runtime": "python3.13", "handler": "m.h", "role": "arn:aws:iam::123456789012:role/r"}},
        "stages": {"prod": {"provider": "aws", "region": "us-east-1"}}}, file)
environment = {"PATH": os.environ["PATH"], "HOME": folder.name, "AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAX",
    "AWS_SECRET_ACCESS_KEY": "secretsecret"}
environment.update({n: v for n, v in os.environ.items() if n.endswith("SAN_OPTIONS")})
started = time.monotonic()
with open(folder.name + "/errors", "w", encoding="utf-8") as errors:
    tail = subprocess.Popen([fnctl, "tail", "prod", "--format", "raw", *arguments], cwd=folder.name, env=environment,
        stdout=subprocess.PIPE, stderr=errors, text=True)
printed = []


def read():
    for line in tail.stdout:
        printed.append(line.rstrip("\n"))


def status(name):
    with open(f"/proc/{tail.pid}/status", encoding="ascii") as lines:
        return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def processor():
    with open(f"/proc/{tail.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


reader = threading.Thread(target=read, daemon=True)
reader.start()
end = started + options["seconds"] + options["late"] + options["patience"]
while len(printed) < len(events) and time.monotonic() < end and tail.poll() is None:
    time.sleep(0.05)
whole = time.monotonic() - started
used = processor() if tail.poll() is None else 0
idle = float(os.environ.get("TAIL_IDLE", "1.5"))
time.sleep(idle)
failures = []
if tail.poll() is None:
    peak = status("VmHWM:") / 1024
    idling = (processor() - used) / idle * 100
else:
    peak = idling = 0
    failures.append(f"it ended with {tail.returncode}")
tail.send_signal(signal.SIGINT)
code = tail.wait(10)
reader.join(5)
counts = json.load(urllib.request.urlopen(url))
server.stdin.close()
server.wait(10)
seen = collections.Counter(printed)
missing, extra = expected - seen, seen - expected
if missing or extra:
    failures.append(f"{sum(missing.values())} missing {list(missing)[:5]}, {sum(extra.values())} too many {list(extra)[:5]}")
if code != 130:
    failures.append(f"Ctrl-C: {code}")
latest = latest_prompt = -10**9
for name in printed:
    at = times.get(name, 0)
    if at < latest - options["late"] * 1000 - 20000:
        failures.append(f"{name} is {latest - at} ms out of order")
        break
    if name in prompt and at < latest_prompt - 5000:
        failures.append(f"{name} came in time and is {latest_prompt - at} ms out of order")
        break
    latest = max(latest, at)
    latest_prompt = max(latest_prompt, at) if name in prompt else latest_prompt
if peak > options["memory"]:
    failures.append(f"{peak:.1f} MB of memory")
print(f"{len(printed)} of {len(events)} events in {whole:.1f} s, {used:.1f} s of processor, idle {idling:.1f} %, {peak:.1f} MB; {counts}")
if failures:
    with open(folder.name + "/errors", encoding="utf-8") as errors:
        print("\n".join(failures) + "\n" + errors.read()[-2000:])
sys.exit(1 if failures else 0)
