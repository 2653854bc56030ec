#!/bin/sh
# For AWS: puts the app and its packages into build/, which fnctl then packages. The packages are
# those for the runtime's machine and Python, whatever this machine has.
set -eu
rm -rf build
python3 -m pip install --quiet --target build --only-binary=:all: \
    --platform manylinux2014_x86_64 --python-version 3.13 -r requirements.txt
cp ./*.py build/
