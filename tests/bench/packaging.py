"""Measures `fnctl package` on real trees against other ways to make a zip, and against its limits.

packaging.py BUILD CACHE: where fnctl and tests/bench/ are built; where the trees are kept. BENCH_RUNS
is how often each is run (5). All is done on two processors and in memory. Figures never fail the run;
a tree that is too small, an archive that others do not accept, or that differs from its tree, does.
"""

import hashlib
import json
import os
import shutil
import sys
import tempfile

import corpora
from measure import Way, measure, run_once

RUNS = int(os.environ.get("BENCH_RUNS", 5))
PEER_RUNS = min(RUNS, 3)
CORES = 2
SPACE = 1 << 30  # a tree, its zips, and a copy unpacked
HERE = os.path.dirname(os.path.abspath(__file__))

FUNCTIONS = {
    "python": {"runtime": "python3.11", "handler": "main.handler"},
    "node": {"runtime": "nodejs22.x", "handler": "index.handler"},
    "native": {"runtime": "provided.al2023", "handler": "bootstrap"},
}
FULL, CHANGED, SAME = "fnctl package", "  one file changed", "  nothing changed"
LIMIT, WALK, START = f"libdeflate -6 alone, {CORES} threads", "a look at every file", "fnctl --version"
ZIPFILE, ZIP = "Python's zipfile", "zip -6"

# What is compared, the figure, how it is written, the bar, and whether more is better.
BARS = [
    ("times faster than Python's zipfile", lambda at: at[ZIPFILE].wall / at[FULL].wall, 3.5, True),
    ("times faster than zip -6", lambda at: at[ZIP].wall / at[FULL].wall, 3.8, True),
    ("times the time of libdeflate alone", lambda at: at[FULL].wall / at[LIMIT].wall, 1.15, False),
    ("times the size of zip -6's", lambda at: at[FULL].size / at[ZIP].size, 1, False),
    ("MB of memory", lambda at: max(at[name].memory for name in (FULL, CHANGED, SAME)), 32, False),
    ("of a full build, one file changed", lambda at: at[CHANGED].wall / at[FULL].wall, 0.1, False),
    ("times a look at every file, nothing changed", lambda at: at[SAME].wall / at[WALK].wall, 2, False),
    ("the same, less the program's start", lambda at: (at[SAME].wall - at[START].wall) / at[WALK].wall, 2, False),
]


class Project:
    """A project in memory whose one function's source is a copy of a corpus."""

    def __init__(self, build, folder, name, source):
        self.name, self.folder = name, os.path.join(folder, name)
        self.tools = os.path.join(build, "tests/bench")
        self.fnctl = os.path.join(build, "fnctl")
        self.tree = os.path.join(self.folder, "tree")
        self.zip = os.path.join(self.folder, ".fnctl/package", f"{name}.zip")
        self.peer = os.path.join(self.folder, "peer.zip")
        self.changes = 0
        shutil.copytree(source, self.tree, symlinks=True)
        files = [path for path in corpora.walk(self.tree) if not os.path.islink(path)]
        self.middle = sorted(files, key=lambda path: (os.path.getsize(path), path))[len(files) // 2]
        # All of the tree, also what fnctl would leave out.
        function = dict(FUNCTIONS[name], source="tree", include=["**"])
        settings = {"project": "bench", "functions": {name: function}, "stages": {"dev": {"provider": "local"}}}
        with open(os.path.join(self.folder, "fnctl.json"), "w") as file:
            json.dump(settings, file)

    def keep(self):
        pass

    def forget(self):
        shutil.rmtree(os.path.join(self.folder, ".fnctl"), ignore_errors=True)

    def change(self):
        """Some bytes more in the file of the middle size."""
        self.changes += 1
        with open(self.middle, "a") as file:
            file.write(f"\n# {self.changes}\n")

    def clear(self):
        if os.path.exists(self.peer):
            os.unlink(self.peer)

    def of_fnctl(self, name, prepare):
        return Way(name, [self.fnctl, "package", "--quiet", "dev", self.name], self.folder, prepare, self.zip, RUNS)

    def of_limit(self, name, program, *arguments):
        return Way(name, [program, *arguments], self.folder, self.keep, None, RUNS)

    def of_peer(self, name, *argv):
        return Way(name, argv, self.tree, self.clear, self.peer, PEER_RUNS)

    def ways(self):
        found = [
            self.of_fnctl(FULL, self.forget),
            self.of_fnctl(SAME, self.keep),
            self.of_fnctl(CHANGED, self.change),
            self.of_limit(LIMIT, os.path.join(self.tools, "deflate"), str(CORES), "6", self.tree),
            self.of_limit(WALK, os.path.join(self.tools, "walk"), self.tree),
            self.of_limit(START, self.fnctl, "--version"),
            self.of_peer(ZIPFILE, sys.executable, os.path.join(HERE, "zappa_way.py"), ".", self.peer),
            self.of_peer(ZIP, "zip", "-q", "-r", "-y", "-6", self.peer, "."),
            self.of_peer("bsdtar", "bsdtar", "--format", "zip", "-cf", self.peer, "."),
            self.of_peer("7z", "7z", "a", "-tzip", "-mx=5", f"-mmt={CORES}", "-bso0", "-bsp0", self.peer, "."),
        ]
        return [way for way in found if shutil.which(way.argv[0])]

    def check_archive(self):
        """Ends the run when others do not take the archive, or find something else in it."""
        copy = os.path.join(self.folder, "copy")
        checks = [["unzip", "-tq", self.zip], ["7z", "t", "-bso0", "-bsp0", self.zip],
                  ["bsdtar", "-tf", self.zip], ["unzip", "-q", self.zip, "-d", copy],
                  [sys.executable, os.path.join(HERE, "../tools/same_tree.py"), self.tree, copy]]
        for argv in checks:
            corpora.run(argv, self.folder)
        shutil.rmtree(copy)

    def check_incremental(self, measured):
        """Ends the run when what was kept of earlier runs gives another zip than a full build."""
        digests = []
        for prepare in (self.forget, self.change, self.forget):
            run_once(self.of_fnctl(FULL, prepare), measured)
            with open(self.zip, "rb") as file:
                digests.append(hashlib.sha256(file.read()).digest())
        if digests[0] == digests[1] or digests[1] != digests[2]:
            sys.exit(f"{self.name}: with one file changed, the zip is not that of a full build")


def print_table(figures):
    print(f"{'':<32}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'zip MB':>9}{'/ fnctl':>9}{'others':>9}")
    for name, run in figures.items():
        size = f"{run.size / 1e6:.2f}" if run.size else ""
        print(f"{name:<32}{run.wall:>9.4f}{run.cpu:>9.4f}{run.memory:>9.1f}{size:>9}"
              f"{run.wall / figures[FULL].wall:>9.2f}{run.others:>9.2f}")


def print_bars(results):
    print(f"\n{'bar':<58}" + "".join(f"{name:>16}" for name in results))
    for text, figure, bar, more in BARS:
        cells = ""
        for figures in results.values():
            value = figure(figures)
            met = value >= bar if more else value <= bar
            cells += f"{value:>8.2f} {'met' if met else 'not met':<7}"
        print(f"{'at least' if more else 'at most':<9}{bar:<5} {text:<43}{cells}")


def find_memory():
    """A folder in memory, or, with a word about it, on disk."""
    if os.path.isdir("/dev/shm") and shutil.disk_usage("/dev/shm").free > SPACE:
        return "/dev/shm"
    print("there is no file system in memory with 1 GB free (/dev/shm): the disk is measured too")
    return None


def main():
    build, cache = (os.path.abspath(path) for path in sys.argv[1:])
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    measured, results = os.path.join(build, "tests/bench/measured"), {}
    trees = corpora.provide_all(cache)
    print(f"packaging: {len(os.sched_getaffinity(0))} processors, medians of {RUNS} runs, {PEER_RUNS} of peers")
    with tempfile.TemporaryDirectory(dir=find_memory(), prefix="fnctl-bench.") as folder:
        for corpus, tree in trees:
            print(f"\n{corpora.check(corpus, tree)}")
            project = Project(build, folder, corpus.name, tree)
            results[corpus.name] = measure(project.ways(), measured)
            project.check_incremental(measured)
            project.check_archive()
            print_table(results[corpus.name])
            shutil.rmtree(project.folder)
    print_bars(results)


main()
