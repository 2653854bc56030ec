"""Times whole commands: median wall time and peak memory of each, and its ratio to awscli."""

import os
import shutil
import statistics
import sys
import time

RUNS = 21
LIMIT_MS, LIMIT_MB = 10, 16


def measure(argv):
    """The wall time in ms and the peak memory in MB of one run."""
    null = os.open(os.devnull, os.O_RDWR)
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(argv[0], argv)
    _, status, usage = os.wait4(pid, 0)
    os.close(null)
    if status != 0:
        sys.exit(f"{' '.join(argv)} failed")
    return (time.perf_counter() - started) * 1000, usage.ru_maxrss / 1024


def median_of(argv, runs):
    measure(argv)
    times, sizes = zip(*(measure(argv) for _ in range(runs)))
    return statistics.median(times), statistics.median(sizes)


def main():
    fnctl = sys.argv[1]
    rows = [(name, median_of([fnctl, *words], RUNS))
            for name, words in (("fnctl --version", ["--version"]), ("fnctl check", ["check"]))]
    peer = median_of(["aws", "--version"], 5) if shutil.which("aws") else None
    if peer:
        rows.append(("aws --version", peer))
    print(f"{'command':<18}{'ms':>8}{'MB':>8}" + ("   of awscli's time" if peer else ""))
    for name, (wall, size) in rows:
        ratio = f"{wall / peer[0]:>12.3f}" if peer else ""
        print(f"{name:<18}{wall:>8.1f}{size:>8.1f}{ratio}")
    print(f"the bar for fnctl: {LIMIT_MS} ms, {LIMIT_MB} MB")


main()
