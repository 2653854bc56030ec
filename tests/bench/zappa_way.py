"""Zips a folder as most deployment tools in Python do: zappa_way.py FOLDER ZIP."""

import os
import sys
import zipfile


def main():
    folder, target = sys.argv[1:]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for top, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(top, name)
                entry = zipfile.ZipInfo(os.path.relpath(path, folder))
                entry.create_system = 3
                entry.external_attr = 0o755 << 16
                with open(path, "rb") as file:
                    archive.writestr(entry, file.read(), zipfile.ZIP_DEFLATED)


main()
