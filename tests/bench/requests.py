#!/usr/bin/env python3
"""What a deploy asks for when nothing is to be changed: requests.py FNCTL

Through the tests' proxy, which adds 100 ms to each request: how many requests there are, and how many
round trips their time is. On the local engine, reached as AWS is; and where moto_server and osls (npm
package, the maintained fork of the Serverless Framework; OSLS names it when it is not in PATH) are
installed, both tools with the same functions on moto.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DELAY = 100  # ms
fnctl = os.path.abspath(sys.argv[1])
tools = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tools")
work = tempfile.mkdtemp()
clean = {n: v for n, v in os.environ.items() if not n.startswith(("AWS_", "FNCTL_"))}
clean.update(HOME=work, FNCTL_STATE=work + "/state", AWS_EC2_METADATA_DISABLED="true", SLS_TELEMETRY_DISABLED="1")
started = []


def run(command, environment, **options):
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, **options).stdout


def wait_for(find):
    for _ in range(600):
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit("a server did not start")


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


class Proxy:
    def __init__(self, target):
        self.folder = tempfile.mkdtemp(dir=work)
        started.append(subprocess.Popen([sys.executable, os.path.join(tools, "proxy.py"), self.folder, target]))
        self.url = "http://127.0.0.1:" + wait_for(lambda: read(self.folder + "/port"))

    def set(self, delay):
        with open(self.folder + "/faults", "w", encoding="utf-8") as file:
            file.write(f"* delay {delay}\n")
        with open(self.folder + "/log", "w", encoding="utf-8"):
            pass

    def count(self):
        return len(read(self.folder + "/log").splitlines())


def measure(proxy, command, environment, folder):
    """Requests and round trips of a command that has nothing to change; the best of three times."""
    times = []
    for delay in (0, DELAY):
        best = []
        for _ in range(3):
            proxy.set(delay)
            before = time.monotonic()
            run(command, environment, cwd=folder)
            best.append((time.monotonic() - before) * 1000)
        times.append(min(best))
    return proxy.count(), (times[1] - times[0]) / DELAY, times[1]


def say(name, figures):
    print(f"{name:<46} {figures[0]:4d} requests  {figures[1]:5.1f} round trips  {figures[2]:7.0f} ms")


def project(count, called):
    folder = tempfile.mkdtemp(dir=work)
    with open(folder + "/main.py", "w", encoding="utf-8") as file:
        file.write("def handler(event, context):\n    return {}\n")
    functions = {}
    for number in range(count):
        functions[f"f{number}"] = {"runtime": "python3.13", "handler": "main.handler"}
        if called:
            functions[f"f{number}"].update(routes=[f"GET /f{number}"], schedules=[{"rate": "1 hour"}])
    with open(folder + "/fnctl.json", "w", encoding="utf-8") as file:
        json.dump({"project": f"bench{count}", "functions": functions,
            "stages": {"prod": {"provider": "aws", "region": "us-east-1"}}}, file)
    with open(folder + "/serverless.yml", "w", encoding="utf-8") as file:
        file.write(f"service: bench{count}\nprovider:\n  name: aws\n  runtime: python3.13\n  region: us-east-1\n"
            "  deploymentBucket: {name: bench-bucket}\npackage: {patterns: ['!**', 'main.py']}\nfunctions:\n")
        for number in range(count):
            file.write(f"  f{number}:\n    handler: main.handler\n")
            if called:
                file.write(f"    events:\n      - httpApi: GET /f{number}\n      - schedule: rate(1 hour)\n")
    return folder


PROJECTS = (("1 function", 1, False), ("1 function with route and schedule", 1, True), ("20 functions with routes and schedules", 20, True))


def on_engine():
    environment = dict(clean)
    for line in run([fnctl, "local", "env"], clean).splitlines():
        if line.startswith("export "):
            name, _, value = line[7:].partition("=")
            environment[name] = value.strip("'\"")
    proxy = Proxy(environment["AWS_ENDPOINT_URL"].removeprefix("http://"))
    environment["AWS_ENDPOINT_URL"] = proxy.url
    for name, count, called in PROJECTS:
        folder = project(count, called)
        run([fnctl, "deploy"], environment, cwd=folder)
        say("deploy, " + name, measure(proxy, [fnctl, "deploy"], environment, folder))
        run([fnctl, "undeploy", "--yes"], environment, cwd=folder)


def on_moto(server, osls):
    log = open(work + "/moto.log", "w", encoding="utf-8")
    started.append(subprocess.Popen([server, "-H", "127.0.0.1", "-p", "0"], stdout=log, stderr=log))
    address = wait_for(lambda: read(work + "/moto.log").partition("Running on http://")[2].split("\n")[0].strip())
    proxy = Proxy(address)
    environment = dict(clean, AWS_ENDPOINT_URL=proxy.url, AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
        AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1")
    run(["curl", "-sS", "-X", "PUT", f"http://{address}/bench-bucket"], environment)
    # Without routes and schedules: moto's CloudFormation does not make those of osls.
    for name, count in (("1 function", 1), ("20 functions", 20)):
        folder = project(count, False)
        figures = []
        for tool, command in ((fnctl, [fnctl, "deploy"]), (osls, [osls, "deploy"])):
            proxy.set(0)
            run(command, environment, cwd=folder)
            figures.append(measure(proxy, command, environment, folder))
        say("moto, fnctl, " + name, figures[0])
        say("moto, osls, " + name, figures[1])
        print(f"  osls takes {figures[1][2] / figures[0][2]:.1f} times as long")


try:
    on_engine()
    server, osls = shutil.which("moto_server"), os.environ.get("OSLS") or shutil.which("osls")
    if server and osls:
        on_moto(server, os.path.abspath(osls))
    else:
        print("not compared with osls: moto_server and osls (npm install osls) have to be installed")
finally:
    subprocess.run([fnctl, "local", "stop"], env=clean, capture_output=True, check=False)
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait()
    shutil.rmtree(work, ignore_errors=True)
