# `strip`: symbols are taken out of copies.

load helper

# A program with a library of its own in the layer, both with symbols of debuggers.
project() {
    mkdir -p lib
    echo 'int answer(void) { return 42; } static int unused = 1; int *keep = &unused;' >answer.c
    cat >bot.c <<'C'
#include <stdio.h>
int answer(void);
int main(void) { return printf("%d\n", answer()) < 0; }
C
    cc -g -shared -fPIC -Wl,-soname,libanswer.so -o lib/libanswer.so answer.c
    cc -g -o bot bot.c -Llib -lanswer -Wl,-rpath,"$PWD/lib"
    settings bot '{ "runtime": "provided.al2023", "handler": "bot", "include": ["lib/"], "strip": true }' "$@"
}

sections() {
    readelf -SW "$1" | grep -c '\.debug_\|\.symtab'
}

@test "programs and libraries go in without symbols, the files of the user keep theirs" {
    command -v readelf >/dev/null || skip "readelf is not installed"
    project
    local before
    before=$(cat bot lib/libanswer.so | sha256sum)
    succeeds fnctl package dev --list
    [[ $stderr == *"function 'bot': 2 files stripped, "* ]]
    [[ $output == *"bootstrap  (handler, stripped)"* ]]
    same "$(cat bot lib/libanswer.so | sha256sum)" "$before"
    mkdir "$T/out"
    unzip -q .fnctl/package/bot.zip -d "$T/out"
    [ "$(sections bot)" -gt 0 ]
    same "$(sections "$T/out/bootstrap")" 0
    same "$(sections "$T/out/lib/libanswer.so")" 0
    same "$(LD_LIBRARY_PATH=$T/out/lib "$T/out/bootstrap")" 42
    same "$(stat -c %a "$T/out/bootstrap")" 755

    # The copies are kept; another content makes another one.
    local first
    first=$(ls .fnctl/dependencies)
    sha256sum .fnctl/package/bot.zip >sum
    succeeds fnctl package dev
    sha256sum -c sum
    same "$(ls .fnctl/dependencies)" "$first"
    echo 'int more(void) { return 1; }' >>answer.c
    cc -g -shared -fPIC -Wl,-soname,libanswer.so -o lib/libanswer.so answer.c
    succeeds fnctl package dev
    [ "$(ls .fnctl/dependencies | wc -l)" -eq 3 ]
    settings bot '{ "runtime": "provided.al2023", "handler": "bot", "include": ["lib/"] }'
    succeeds fnctl package dev --output plain
    unzip -p plain/bot.zip bootstrap | cmp - bot
}

@test "a missing or failing tool is said; check makes nothing" {
    project
    mkdir "$T/bin"
    fails 6 "there is no program for x86_64: install strip" env PATH="$T/bin" "$FNCTL" package dev
    printf '#!/bin/sh\necho "no such section" >&2\nexit 1\n' >"$T/bin/strip"
    chmod +x "$T/bin/strip"
    fails 6 "strip ended with status 1: no such section" env PATH="$T/bin:$PATH" "$FNCTL" package dev
    [ -z "$(ls .fnctl/dependencies)" ]
    rm -r .fnctl
    succeeds fnctl check
    [ ! -e .fnctl/dependencies ]
}
