#!/usr/bin/env python3
"""Following and reading logs: tail.py FNCTL

On the local engine, reached as AWS is: how long a line takes from the log call to the terminal, against a poller that
asks once a second, in the same run; 21,000 events of history printed whole, against awscli where it
is installed; what following costs while nothing happens.
"""
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

CALLS, HISTORY, ROUNDS = 200, 21000, 5
fnctl = os.path.abspath(sys.argv[1])
followers = []
work = tempfile.mkdtemp()
environment = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "FNCTL_"))}
environment.update(HOME=work, FNCTL_STATE=work + "/state", AWS_PAGER="")
os.chdir(work)
with open("main.py", "w", encoding="utf-8") as file:
    file.write("import time\ndef handler(event, context):\n    print('at', repr(time.time()))\n    return {}\n")
with open("fnctl.json", "w", encoding="utf-8") as file:
    json.dump({"project": "bench", "functions": {"f": {"runtime": "python3.13", "handler": "main.handler"}},
        "default_stage": "aws", "stages": {"aws": {"provider": "aws", "region": "us-east-1"}}}, file)


def run(*command, **options):
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, **options).stdout


class Follower:
    """A `fnctl tail` and, of each of its lines, how old it was."""

    def __init__(self, *arguments):
        self.ages = []
        self.process = subprocess.Popen([fnctl, "tail", *arguments, "--since", "0", "--format", "raw"],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        followers.append(self.process)

    def read(self):
        for line in self.process.stdout:
            if line.startswith("at "):
                self.ages.append((time.time() - float(line[3:])) * 1000)

    def processor(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)


def say(name, ages):
    ages = sorted(ages)
    print(f"{name:<34} p50 {ages[len(ages) // 2]:7.1f} ms   p99 {ages[len(ages) * 99 // 100]:7.1f} ms   ({len(ages)} lines)")


def latency():
    live, poller = Follower(), Follower("--poll")
    time.sleep(2)
    for _ in range(CALLS):
        run(fnctl, "invoke", "f", "{}")
    time.sleep(3)
    say("tail, log call to terminal", live.ages)
    say("a poller once a second", poller.ages)
    poller.stop()
    before = live.processor()
    time.sleep(10)
    print(f"tail while nothing happens: {(live.processor() - before) * 10:.1f} % of a processor")
    live.stop()


def measure(command):
    started = time.monotonic()
    lines = run(*command).count("history ")
    assert lines == HISTORY, (command[0], lines)
    return time.monotonic() - started


def history(aws):
    group, now = "/aws/lambda/bench-aws-f", int(time.time() * 1000) - 300000
    run(aws, "logs", "create-log-stream", "--log-group-name", group, "--log-stream-name", "history")
    for start in range(0, HISTORY, 7000):
        with open("events.json", "w", encoding="utf-8") as file:
            json.dump([{"timestamp": now + i, "message": f"history {i} " + "x" * 60} for i in range(start, start + 7000)], file)
        run(aws, "logs", "put-log-events", "--log-group-name", group, "--log-stream-name", "history",
            "--log-events", "file://events.json")
    ours = [fnctl, "tail", "--no-follow", "--format", "raw", "--since", "1h"]
    theirs = [aws, "logs", "filter-log-events", "--log-group-name", group, "--start-time", str(now - 1000),
        "--query", "events[].[message]", "--output", "text"]
    ours, theirs = (statistics.median(times) for times in
        zip(*((measure(ours), measure(theirs)) for _ in range(ROUNDS))))
    print(f"{HISTORY} events of history: fnctl {ours:.2f} s, awscli {theirs:.2f} s, ratio {ours / theirs:.2f}")


try:
    run(fnctl, "local", "start")
    for line in run(fnctl, "local", "env").splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        environment[name] = value.strip("'\"")
    run(fnctl, "deploy")
    latency()
    command = shutil.which("aws")
    if command:
        history(command)
    else:
        print("history: awscli is not installed")
finally:
    for process in followers:
        process.kill()
        process.wait()
    subprocess.run([fnctl, "local", "stop"], env=environment, check=False, capture_output=True)
    shutil.rmtree(work)
