"""Says where two folders differ: same_tree.py A B.

Compared are files and symbolic links: names, contents, whether they may be executed, targets. Folders
are there for what is in them, so an empty one is not missed.
"""

import filecmp
import os
import stat
import sys

SHOWN = 20


def list_tree(top):
    """Path below top -> its lstat(), of all that is no folder; names are bytes."""
    found, todo = {}, [b""]
    while todo:
        folder = todo.pop()
        for item in os.scandir(os.path.join(top, folder)):
            path = os.path.join(folder, item.name)
            if item.is_dir(follow_symlinks=False):
                todo.append(path)
            else:
                found[path] = item.stat(follow_symlinks=False)
    return found


def describe(top, path, status):
    """What must be the same besides the contents."""
    if stat.S_ISLNK(status.st_mode):
        return b"a link to " + os.readlink(os.path.join(top, path))
    kind = b"a file" if stat.S_ISREG(status.st_mode) else b"something else"
    return kind + (b" to be executed" if status.st_mode & stat.S_IXUSR else b"") + b" of %d bytes" % status.st_size


def compare(a, b):
    left, right = list_tree(a), list_tree(b)
    for path in sorted(left.keys() | right.keys()):
        if path not in left or path not in right:
            yield path, b"only in " + (a if path in left else b)
            continue
        one, other = describe(a, path, left[path]), describe(b, path, right[path])
        if one != other:
            yield path, one + b", " + other
        elif stat.S_ISREG(left[path].st_mode) and not filecmp.cmp(
                os.path.join(a, path), os.path.join(b, path), shallow=False):
            yield path, b"contents differ"


def main():
    differences = list(compare(*map(os.fsencode, sys.argv[1:])))
    for path, text in differences[:SHOWN]:
        print(f"{os.fsdecode(path)!r}: {os.fsdecode(text)}")
    if len(differences) > SHOWN:
        print(f"and {len(differences) - SHOWN} more")
    sys.exit(bool(differences))


main()
