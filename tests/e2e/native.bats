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
