"""Makes a tree that archives get wrong: tricky_tree.py FOLDER."""

import os
import random
import sys

MIB = 1 << 20
DEPTH = 100

NAMES = ["with space", " leading and trailing ", "-n", ".hidden", "...", "~", "100%", "star*", "what?", "[set]", "$HOME",
         "'single' \"double\"", "semi;colon|pipe&", "#comment", "back\\slash", "comma,", "UPPER", "upper",
         "naïve.txt", "файл.bin", "日本語/ファイル.txt", "עברית", "🙂/🙃.txt", "\u200bzero width",
         "n" * 255, "é" * 127]
SIZES = [0, 1, 2, 65535, 65536, MIB - 1, MIB, MIB + 1, 2 * MIB, 2 * MIB + 1]


def put(folder, name, data, mode=0o644):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    os.chmod(path, mode)


def link(folder, name, target):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def main():
    folder = sys.argv[1]
    chance = random.Random(1)
    text = b"".join(b"line %d of a text that compresses\n" % chance.randrange(1000) for _ in range(180_000))
    for name in NAMES:
        put(folder, "names/" + name, name.encode())
    for size in SIZES:
        put(folder, f"sizes/text-{size}", (text * 2)[:size])
        put(folder, f"sizes/random-{size}", chance.randbytes(size))
        put(folder, f"sizes/zeros-{size}", bytes(size))
    put(folder, "large/text", text[:5 * MIB])
    put(folder, "large/random", chance.randbytes(5 * MIB))
    # Text, noise, text: pieces that compress differently, in one file.
    put(folder, "large/mixed", text[:MIB + 7] + chance.randbytes(MIB) + text[:MIB - 7])
    put(folder, "/".join(["deep"] + [f"{level:02}" for level in range(DEPTH)] + ["file"]), b"deep")
    for mode in (0o755, 0o700, 0o644, 0o600, 0o775, 0o444, 0o555):
        put(folder, f"modes/{mode:o}", b"#!/bin/sh\n", mode)
    link(folder, "links/file", "../large/text")
    link(folder, "links/folder", "../large")
    link(folder, "links/link", "file")
    link(folder, "links/with space", "../names/with space")
    link(folder, "links/日本", "../names/日本語/ファイル.txt")
    link(folder, "links/deep/beside", "../file")
    # What sorts apart although it belongs together: "a" is a folder, "a-" and "a.b" come before "a/".
    for name in ("order/a/z", "order/a-", "order/a.b", "order/a0"):
        put(folder, name, name.encode())


main()
