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
    # curl's own start is what loading libcurl costs on this machine, at this moment.
    peers = {name: median_of([name, "--version"], runs)
             for name, runs in (("curl", RUNS), ("aws", 5)) if shutil.which(name)}
    rows += [(f"{name} --version", figures) for name, figures in peers.items()]
    print(f"{'command':<18}{'ms':>8}{'MB':>8}" + "".join(f"{'/ ' + name:>8}" for name in peers))
    for name, (wall, size) in rows:
        ratios = "".join(f"{wall / figures[0]:>8.3f}" for figures in peers.values())
        print(f"{name:<18}{wall:>8.1f}{size:>8.1f}{ratios}")
    print(f"the bar for fnctl: {LIMIT_MS} ms, {LIMIT_MB} MB")


main()
