"""Runs commands in turn and takes medians: struct-like Way and Run, and measure()."""

import collections
import os
import statistics
import subprocess
import sys

QUIET = 0.25    # processors that others may use during a run; with more it is repeated
ATTEMPTS = 2
NOTICED = 0.3   # seconds: of a shorter run the system's counters do not tell what others did

# A command: its folder; what to do before each run; the file it writes, or None; how many runs.
Way = collections.namedtuple("Way", "name argv folder prepare result runs")
# Seconds, seconds, MiB, processors that others used, bytes.
Run = collections.namedtuple("Run", "wall cpu memory others size")


def busy_seconds():
    """What all processors have worked since the machine started."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    return (sum(ticks) - ticks[3] - ticks[4]) / os.sysconf("SC_CLK_TCK")


def run_once(way, measured):
    """One run, by the program `measured`."""
    way.prepare()
    before = busy_seconds()
    done = subprocess.run([measured, *way.argv], cwd=way.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        sys.exit(f"{way.name} could not be measured: status {done.returncode}\n{done.stderr.decode(errors='replace')}")
    wall, user, system, memory, status = (float(word) for word in done.stdout.split())
    others = max(0, busy_seconds() - before - user - system) / wall if wall > NOTICED else 0
    if status:
        sys.exit(f"{way.name} ended with status {status:.0f}:\n{done.stderr.decode(errors='replace')[-2000:]}")
    return Run(wall, user + system, memory / 1024, others, os.path.getsize(way.result) if way.result else 0)


def run_quietly(way, measured):
    """Of up to ATTEMPTS runs the one that others disturbed least."""
    tries = []
    while not tries or (tries[-1].others > QUIET and len(tries) < ATTEMPTS):
        tries.append(run_once(way, measured))
    return min(tries, key=lambda run: run.others)


def measure(ways, measured):
    """Name -> medians. The ways take turns, so that a machine that slows down slows all of them."""
    runs = {way.name: [] for way in ways}
    for turn in range(max(way.runs for way in ways)):
        for way in ways:
            if turn < way.runs:
                runs[way.name].append(run_quietly(way, measured))
    return {name: Run(*map(statistics.median, zip(*taken))) for name, taken in runs.items()}
