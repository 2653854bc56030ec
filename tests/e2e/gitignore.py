"""Folders full of .gitignore files: `fnctl package` with "gitignore" must take what git would track.

gitignore.py FNCTL FOLDER: makes the folders below FOLDER, asks both, prints how many paths agreed.
"""

import json
import os
import random
import subprocess
import sys

FNCTL, FOLDER = sys.argv[1:3]
TREES, MINIMUM = 40, 500  # folders; paths that must be compared in all
NAMES = ["a", "b", "c.txt", "d.log", "build", "lib", "x y", "ü", "keep", "K", "#n", "[q]"]
PIECES = ["*", "**", "**/", "/", "a", "b", "c.txt", "*.log", "build", "lib", "x y", "?", "keep", "[a-c]", "[!a]", "k*", "ü",
          "\\#n", "\\[q]", "x\\ y"]


def pattern(rng):
    text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 4)))
    return ("!" if rng.random() < 0.3 else "") + text + ("/" if rng.random() < 0.2 else "")


def fill(rng, folder, depth):
    if rng.random() < 0.4:
        lines = [pattern(rng) for _ in range(rng.randint(1, 4))]
        with open(f"{folder}/.gitignore", "w", encoding="utf-8") as file:
            file.write(rng.choice(["\n", "\r\n"]).join(lines) + rng.choice(["", "\n", "\n# end\n"]))
    for name in rng.sample(NAMES, rng.randint(2, 6)):
        path = f"{folder}/{name}"
        if depth and rng.random() < 0.5:
            os.mkdir(path)
            fill(rng, path, depth - 1)
        elif rng.random() < 0.1:
            os.symlink(".", path)
        else:
            with open(path, "w", encoding="utf-8") as file:
                file.write(path)


def git(folder, *arguments):
    return subprocess.run(["git", "-c", "core.excludesFile=/dev/null", *arguments], cwd=folder, check=True,
                          stdout=subprocess.PIPE).stdout


def tracked(source):
    names = git(source, "ls-files", "--others", "--exclude-standard", "-z").decode().split("\0")
    return {name for name in names if name and os.path.basename(name) != ".gitignore"}


def packaged(project, source):
    function = {"runtime": "python3.13", "handler": "zz_main.handler", "source": source, "gitignore": True,
                "include": ["/zz_main.py"]}
    with open(f"{project}/fnctl.json", "w", encoding="utf-8") as file:
        json.dump({"project": "p", "functions": {"f": function}, "stages": {"dev": {}}}, file)
    answer = subprocess.run([FNCTL, "package", "--list", "--json", "--quiet"], cwd=project, check=True, stdout=subprocess.PIPE)
    return {file["path"] for file in json.loads(answer.stdout)["functions"]["f"]["files"]}


def compare(number):
    rng = random.Random(number)
    project = f"{FOLDER}/{number}"
    source = rng.choice([".", "src", "src/deep"])
    os.makedirs(f"{project}/{source}")
    git(project, "init", "-q", ".")
    fill(rng, f"{project}/{source}", 3)
    if source != ".":
        fill(rng, project, 0)
    with open(f"{project}/{source}/zz_main.py", "w", encoding="utf-8") as file:
        file.write("def handler(event, context): pass\n")
    theirs, ours = tracked(f"{project}/{source}"), packaged(project, source)
    for path in ["zz_main.py", "fnctl.json"]:
        theirs.discard(path)
        ours.discard(path)
    if theirs != ours:
        sys.exit(f"{project}/{source}:\nonly git has {sorted(theirs - ours)}\nonly fnctl has {sorted(ours - theirs)}")
    return sum(len(files) for _, _, files in os.walk(f"{project}/{source}"))


paths = sum(compare(number) for number in range(TREES))
if paths < MINIMUM:
    sys.exit(f"only {paths} paths were compared")
print(paths)
