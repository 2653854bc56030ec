"""Makes a wheel: wheel.py FOLDER NAME VERSION TAG [PATH=TEXT | PATH=@FILE | requires=REQUIREMENT]...

TAG is "py3-none-any" or "cp313-cp313-manylinux_2_28_x86_64". A NAME-VERSION.dist-info with METADATA,
WHEEL and RECORD is added, entry_points.txt among the paths goes into it.
"""
import base64
import hashlib
import sys
import zipfile

folder, name, version, tag = sys.argv[1:5]
info = "%s-%s.dist-info/" % (name, version)
files, requires = {}, []
for argument in sys.argv[5:]:
    path, _, text = argument.partition("=")
    if path == "requires":
        requires.append(text)
        continue
    if text.startswith("@"):
        with open(text[1:], "rb") as file:
            content = file.read()
    else:
        content = text.encode()
    files[info + path if path == "entry_points.txt" else path] = content
files[info + "METADATA"] = "".join(
    ["Metadata-Version: 2.1\nName: %s\nVersion: %s\n" % (name, version)]
    + ["Requires-Dist: %s\n" % requirement for requirement in requires]).encode()
files[info + "WHEEL"] = ("Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: %s\n" % tag).encode()
record = ""
for path, content in files.items():
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    record += "%s,sha256=%s,%d\n" % (path, digest, len(content))
files[info + "RECORD"] = (record + info + "RECORD,,\n").encode()
with zipfile.ZipFile("%s/%s-%s-%s.whl" % (folder, name, version, tag), "w") as wheel:
    for path, content in files.items():
        wheel.writestr(path, content)
