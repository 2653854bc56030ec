# A handler in C with shared libraries: what is packaged is what it runs with.

load helper

# What provided.al2023 has, of what a C program may need.
RUNTIME_HAS='^(linux-vdso|ld-linux-x86-64|ld-linux-aarch64|libc|libm|libdl|librt|libpthread|libutil|libresolv|libanl|libz|libgcc_s|libstdc\+\+)\.so'

needed() {
    ldd build/bootstrap | awk '/=> \// { print $1 }' | grep -vE "$RUNTIME_HAS" | sort
}

layer() {
    unzip -Z1 "$1" | sed -n 's,^lib/,,p' | sort
}

@test "native: the layer holds the libraries that the runtime lacks, and the handler runs with them" {
    succeeds fnctl init c --yes --name native
    succeeds fnctl package --output "$T/packages"
    same "$(layer "$T/packages/zip-layer.zip")" "$(needed)"
    for library in libcurl libjansson libzip; do
        layer "$T/packages/zip-layer.zip" | grep -q "^$library.so"
    done
    same "$(unzip -Z1 "$T/packages/zip.zip")" bootstrap

    succeeds fnctl deploy
    succeeds curl -sS --fail-with-body "$output?maps=true"
    # All libraries of the layer are mapped from /opt/lib, and nothing else is. Where the kernel gives
    # no namespaces, they are mapped from where the engine keeps the layer.
    opt=/opt/lib/
    ! grep -q 'namespaces are not allowed' "$FNCTL_STATE/engine.log" || opt=$FNCTL_STATE/
    same "$(jq -r --arg opt "$opt" '.libraries[] | select(startswith($opt)) | sub(".*/"; "")' <<<"$output" | sort)" \
        "$(layer "$T/packages/zip-layer.zip")"
    for library in libcurl libjansson libzip; do
        jq -e --arg opt "$opt" --arg library "/lib/$library.so" \
            'any(.libraries[]; startswith($opt) and contains($library))' <<<"$output"
    done
    ! jq -r '.libraries[]' <<<"$output" | grep -v '^/opt/lib/' | sed 's,.*/,,' | grep -vE "$RUNTIME_HAS"
}

@test "native: packaging twice gives the same bytes" {
    succeeds fnctl init c --yes --name native
    succeeds fnctl package --output "$T/one"
    touch -d 2001-01-01 build/bootstrap
    succeeds fnctl package --output "$T/two"
    cmp "$T/one/zip.zip" "$T/two/zip.zip"
    cmp "$T/one/zip-layer.zip" "$T/two/zip-layer.zip"
}

# programs: programs of C, for machine $1, that need libx.so.1, which only its sysroot has.
programs() {
    command -v clang >/dev/null && command -v ld.lld >/dev/null || skip "clang and lld are not installed"
    echo 'int x(void) { return 1; }' >x.c
    echo 'int x(void); void _start(void) { x(); }' >bot.c
    mkdir -p root/usr/lib/real root/etc
    clang --target="$1" -nostdlib -shared -fPIC -fuse-ld=lld -Wl,-soname,libx.so.1 -o root/usr/lib/real/libx.so.1.2 x.c
    # As Debian's alternatives: by absolute links, which mean a place in the sysroot.
    ln -s usr/lib root/lib
    ln -s /etc/libx root/usr/lib/libx.so.1
    ln -s /usr/lib/real/libx.so.1.2 root/etc/libx
    clang --target="$1" -nostdlib -fuse-ld=lld -pie -fPIE -o bot bot.c root/usr/lib/real/libx.so.1.2
}

@test "native: a program for arm64 takes its libraries from the sysroot" {
    programs aarch64-linux-gnu
    settings bot '{ "runtime": "provided.al2023", "architecture": "arm64", "handler": "bot" }'
    fails 6 "the library 'libx.so.1' that '" fnctl package
    [[ $stderr == *'set `sysroot` to a folder with the libraries of such a system' ]]
    settings bot '{ "runtime": "provided.al2023", "handler": "bot" }'
    fails 6 "bot' is for arm64, and function 'bot' runs on x86_64" fnctl package
    settings bot '{ "runtime": "provided.al2023", "architecture": "arm64", "handler": "bot", "sysroot": "root" }'
    succeeds fnctl package
    same "$(unzip -Z1 .fnctl/package/bot-layer.zip)" lib/libx.so.1
    unzip -p .fnctl/package/bot-layer.zip lib/libx.so.1 | cmp - root/usr/lib/real/libx.so.1.2
    readelf -h root/usr/lib/real/libx.so.1.2 | grep -q AArch64
}

@test "native: a program for i386 is refused" {
    programs i386-linux-gnu
    settings bot '{ "runtime": "provided.al2023", "handler": "bot", "sysroot": "root" }'
    fails 6 "the handler 'bot' is for 32-bit i386, and function 'bot' runs on x86_64" fnctl package
}

@test "native: a library of a library that is too new is named before the upload" {
    # arc4random came with glibc 2.36; an older one here has nothing that Lambda lacks.
    echo '#include <stdlib.h>
int late(void) { return (int)arc4random(); }' >late.c
    echo 'int late(void); int middle(void) { return late(); }' >middle.c
    echo 'int middle(void); int main(void) { return middle(); }' >bot.c
    mkdir libs
    cc -shared -fPIC -Wl,-soname,liblate.so.1 -o libs/liblate.so.1 late.c || skip "glibc is too old to be too new"
    cc -shared -fPIC -Wl,-soname,libmiddle.so.1,-rpath,'$ORIGIN' -o libs/libmiddle.so.1 middle.c libs/liblate.so.1
    cc -Wl,-rpath,'$ORIGIN/libs',-rpath-link,libs -o bot bot.c libs/libmiddle.so.1
    settings bot '{ "runtime": "provided.al2023", "handler": "bot" }'
    fails 6 "/libs/liblate.so.1' needs GLIBC_2.36, provided.al2023 has 2.34: it would not load; build it on Amazon Linux 2023" fnctl package prod
    [ ! -e .fnctl/package/bot.zip ]
    succeeds fnctl package
    [[ $stderr == *"GLIBC_2.36, provided.al2023 has 2.34: it will not load on AWS"* ]]
    same "$(unzip -Z1 .fnctl/package/bot-layer.zip)" $'lib/liblate.so.1\nlib/libmiddle.so.1'
}

@test "native: static programs need nothing, programs for musl a loader that Lambda lacks" {
    echo 'int main(void) { return 0; }' >bot.c
    settings bot '{ "runtime": "provided.al2", "handler": "bot" }'
    for option in -static -static-pie; do
        cc $option -o bot bot.c 2>/dev/null || skip "the C library's static form is not installed"
        succeeds fnctl package prod
        [[ $stderr != *warning* ]]
        same "$(unzip -Z1 .fnctl/package/bot.zip)" bootstrap
        [ ! -e .fnctl/package/bot-layer.zip ]
    done
    command -v musl-gcc || skip "musl-gcc is not installed"
    musl-gcc -o bot bot.c
    fails 6 "is loaded by '/lib/ld-musl-" fnctl package prod
    succeeds fnctl package
    [[ $stderr == *"is loaded by '/lib/ld-musl-"*"which provided.al2 lacks on AWS: link it statically"* ]]
    musl-gcc -static -o bot bot.c
    succeeds fnctl package prod
}

@test "native: scripts are told what keeps them from starting" {
    settings bot '{ "runtime": "provided.al2023", "handler": "run it.sh" }'
    fails 3 "must have no white space" fnctl package
    settings bot '{ "runtime": "provided.al2023", "handler": "rün.sh" }'
    printf '#!/bin/sh\r\necho\r\n' >rün.sh
    fails 6 "rün.sh' ends like a line of Windows (CR LF)" fnctl package
    printf '#!/usr/bin/env php\n' >rün.sh
    fails 6 "rün.sh' is a script for 'php', which provided.al2023 lacks" fnctl package prod
    printf '#!/usr/bin/env bash\n' >rün.sh
    chmod 644 rün.sh
    succeeds fnctl package prod
    [[ $stderr == *"rün.sh' is not executable; in the package it is"* ]]
    unzip -Z .fnctl/package/bot.zip | grep -q '^-rwxr-xr-x.* bootstrap$'
}
