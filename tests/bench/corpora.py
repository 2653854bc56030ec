"""Makes the trees that packaging is measured on, from packages of Debian and npm, and keeps them.

CACHE/NAME-HASH is a finished tree; HASH is that of its recipe, so that a changed recipe is another
tree. A tree is made in a folder beside it and renamed when it is whole and large enough.
"""

import collections
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

Corpus = collections.namedtuple("Corpus", "name recipe make least")
Least = collections.namedtuple("Least", "files size libraries")

PYTHON_DEBS = ["python3-numpy", "python3-scipy", "python3-pandas", "python3-pandas-lib", "python3-matplotlib",
               "python3-cryptography"]
# What the modules above need besides the C library; the layout of a layer: lib/ beside the packages.
PYTHON_LIBRARIES = ["libblas3", "liblapack3", "libgfortran5", "libquadmath0", "liblbfgsb0", "libqhull-r8.0",
                    "libfreetype6", "libbrotli1", "libpng16-16", "libssl3", "zlib1g", "libc6", "libgcc-s1",
                    "libstdc++6"]
NODE_PACKAGES = ["aws-sdk@2.1692.0", "webpack@5.97.1", "typescript@5.7.2", "date-fns@3.6.0", "rxjs@7.8.1",
                 "core-js@3.39.0", "eslint@8.57.1", "jest@29.7.0", "@babel/preset-env@7.26.0"]
NODE_DATE = "2025-03-01"  # nothing published later is taken, so that the dependencies stay the same
NATIVE_PROGRAM = "ffmpeg"
# Alternatives to libblas3 and liblapack3, of which the closure wants one.
NATIVE_LEAVE = ("libopenblas", "libblis", "libatlas")


def run(argv, folder, **options):
    """Runs a command in the folder; what it says is shown when it fails."""
    done = subprocess.run(argv, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)
    if done.returncode:
        sys.exit(f"{' '.join(argv[:6])} ... failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def unpack_debs(names, folder):
    """Downloads Debian packages and unpacks them into a folder of their own, which is returned."""
    debs, root = os.path.join(folder, "debs"), os.path.join(folder, "root")
    os.makedirs(debs)
    run(["apt-get", "download", "-q", *names], debs)
    for deb in sorted(os.listdir(debs)):
        run(["dpkg-deb", "-x", deb, root], debs)
    return root


def walk(tree):
    for folder, folders, files in os.walk(tree):
        for name in [name for name in folders if os.path.islink(os.path.join(folder, name))] + files:
            yield os.path.join(folder, name)


def is_elf(path):
    with open(path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def find_libraries(root):
    """Soname or file name -> path, of all libraries in the usual folders; the first one stays."""
    found = {}
    for top in ("lib", "usr/lib"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in files:
                if ".so" in name:
                    found.setdefault(name, os.path.join(folder, name))
    return found


def resolve(path, root):
    """The file that a path means below root, whose absolute links mean root's own."""
    while os.path.islink(path):
        target = os.readlink(path)
        path = root + target if target.startswith("/") else os.path.join(os.path.dirname(path), target)
    return path


def copy_closure(programs, root, target):
    """Copies the libraries that the programs need, and those need, flat into the target folder."""
    libraries, todo, done = find_libraries(root), list(programs), set()
    os.makedirs(target)
    while todo:
        for line in run(["readelf", "-d", todo.pop()], root).splitlines():
            name = line.split("[")[1].split("]")[0] if "(NEEDED)" in line else None
            if not name or name in done:
                continue
            if name not in libraries:
                sys.exit(f"the library {name} is in none of the packages")
            done.add(name)
            todo.append(resolve(libraries[name], root))
            shutil.copy(todo[-1], os.path.join(target, name))


def make_python(tree, folder):
    root = unpack_debs(PYTHON_DEBS + PYTHON_LIBRARIES, folder)
    packages = os.path.join(root, "usr/lib/python3/dist-packages")
    os.rename(packages, tree)
    for path in list(walk(tree)):  # links of Debian lead to folders that are not part of the tree
        if os.path.islink(path):
            os.unlink(path)
    with open(os.path.join(tree, "main.py"), "w") as file:
        file.write("def handler(event, context):\n    return {}\n")
    run([sys.executable, "-m", "compileall", "-q", "-j2", "--invalidation-mode", "unchecked-hash", "."], tree)
    modules = [path for path in walk(tree) if path.endswith(".so") and is_elf(path)]
    copy_closure(modules, root, os.path.join(tree, "lib"))


def make_node(tree, folder):
    os.makedirs(tree)
    with open(os.path.join(tree, "package.json"), "w") as file:
        json.dump({"name": "corpus", "version": "1.0.0", "private": True}, file)
    run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"--before={NODE_DATE}", *NODE_PACKAGES], tree)
    with open(os.path.join(tree, "index.js"), "w") as file:
        file.write("exports.handler = async () => ({});\n")


def make_native(tree, folder):
    listed = run(["apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts",
                  "--no-breaks", "--no-replaces", "--no-enhances", NATIVE_PROGRAM], folder)
    names = {line.strip() for line in listed.splitlines() if line[:1].isalnum()}
    root = unpack_debs(sorted(name for name in names if not name.startswith(NATIVE_LEAVE)), folder)
    os.makedirs(tree)
    program = shutil.copy(os.path.join(root, "usr/bin", NATIVE_PROGRAM), os.path.join(tree, "bootstrap"))
    copy_closure([program], root, os.path.join(tree, "lib"))


CORPORA = [
    Corpus("python", PYTHON_DEBS + PYTHON_LIBRARIES, make_python, Least(4000, 200_000_000, 150)),
    Corpus("node", NODE_PACKAGES + [NODE_DATE], make_node, Least(20_000, 150_000_000, 0)),
    Corpus("native", [NATIVE_PROGRAM, *NATIVE_LEAVE], make_native, Least(200, 200_000_000, 200)),
]
UNZIPPED_MAX = 250 * 1024 * 1024  # what Lambda takes, so that the whole command can be measured


def check(corpus, tree):
    """Ends the run when the tree is smaller than what is to be measured; says what it is."""
    files = [path for path in walk(tree) if not os.path.islink(path)]
    size = sum(os.path.getsize(path) for path in files)
    have = Least(len(files), size, sum(".so" in os.path.basename(path) and is_elf(path) for path in files))
    if any(a < b for a, b in zip(have, corpus.least)) or size > UNZIPPED_MAX:
        sys.exit(f"the {corpus.name} tree has {have}; wanted: {corpus.least}, size up to {UNZIPPED_MAX}")
    return f"{corpus.name}: {have.files} files, {have.size / 1e6:.1f} MB, {have.libraries} libraries"


def provide(corpus, cache):
    """The path of the corpus's tree, made when it is missing."""
    digest = hashlib.sha256(json.dumps(corpus.recipe).encode()).hexdigest()[:8]
    tree = os.path.join(cache, f"{corpus.name}-{digest}")
    if os.path.isdir(tree):
        return tree
    print(f"making the {corpus.name} tree", file=sys.stderr)
    with tempfile.TemporaryDirectory(dir=cache, prefix=f"{corpus.name}.") as folder:
        made = os.path.join(folder, "tree")
        corpus.make(made, folder)
        check(corpus, made)
        os.rename(made, tree)
    return tree


def provide_all(cache):
    """(corpus, its tree) of each."""
    os.makedirs(cache, exist_ok=True)
    missing = [tool for tool in ("apt-get", "apt-cache", "dpkg-deb", "readelf", "npm") if not shutil.which(tool)]
    if missing:
        sys.exit(f"the trees are made from packages of Debian and npm; missing here: {', '.join(missing)}")
    return [(corpus, provide(corpus, cache)) for corpus in CORPORA]
