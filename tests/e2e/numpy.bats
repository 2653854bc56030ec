# Python modules in C whose libraries are the system's, as numpy's from a distribution: LAPACK, BLAS
# and the Fortran they are written in come from outside of the package.

load helper

setup_file() {
    export NUMPY NUMPY_RUNTIME
    NUMPY=$(/usr/bin/python3 -c 'import numpy, os; print(os.path.dirname(numpy.__file__))' 2>/dev/null) || true
    NUMPY_RUNTIME=$(/usr/bin/python3 -c 'import sys; print("python3.%d" % sys.version_info[1])' 2>/dev/null) || true
}

# The libraries that the modules of numpy named on standard input need, which are not in the runtime.
outside() {
    while read -r module; do
        ldd "$NUMPY/${module#*/numpy/}"
    done | awk '/=> \// { print $1 }' |
        grep -vE '^(libc|libm|libdl|librt|libpthread|libz|libgcc_s|libstdc\+\+)\.so' | sort -u
}

@test "numpy: its libraries are packaged, and the function runs with those of the layer" {
    [ -n "$NUMPY" ] || skip "numpy is not installed"
    [ ! -e /etc/alpine-release ] || skip "this machine's modules are for musl"
    settings lin "{ \"runtime\": \"$NUMPY_RUNTIME\", \"handler\": \"app.handler\", \"source\": \"s\u00f6 urce\", \"requirements\": \"p\u00e4 ckages\" }"
    mkdir "sö urce" "pä ckages"
    # Debian has its records as egg-info, others as dist-info.
    ln -s "$NUMPY" "$NUMPY"-*[gt]-info "pä ckages/"
    cat >"sö urce/app.py" <<'PY'
import numpy

def handler(event, context):
    solved = numpy.linalg.solve(numpy.array(event["a"]), numpy.array(event["b"]))
    with open("/proc/self/maps") as maps:
        files = {line.split(None, 5)[5].strip() for line in maps if ".so" in line}
    return {"solved": [round(x, 6) for x in solved.tolist()], "files": sorted(files)}
PY
    succeeds fnctl package --output "$T/packages"
    same "$(unzip -Z1 "$T/packages/lin.zip")" app.py
    unzip -Z1 "$T/packages/lin-layer.zip" | grep -qx 'python/numpy/linalg/_umath_linalg\..*\.so'
    layer=$(unzip -Z1 "$T/packages/lin-layer.zip" | sed -n 's,^lib/,,p' | sort)
    grep -q '^liblapack\.so\|^libopenblas\|^libflexiblas' <<<"$layer"

    succeeds fnctl deploy
    succeeds fnctl invoke lin '{"a": [[2, 1], [1, 3]], "b": [3, 5]}'
    same "$(jq -c .solved <<<"$output")" '[0.8,1.4]'
    # Where the kernel gives no namespaces, the layer is where the engine keeps it.
    opt=/opt/lib/
    ! grep -q 'namespaces are not allowed' "$FNCTL_STATE/engine.log" || opt=$FNCTL_STATE/
    modules=$(jq -r '.files[] | select(contains("/numpy/"))' <<<"$output")
    grep -q '/python/numpy/linalg/_umath_linalg' <<<"$modules"
    loaded=$(jq -r --arg opt "$opt" '.files[] | select(startswith($opt) and (contains("/numpy/") | not)) | sub(".*/"; "")' <<<"$output" | sort)
    same "$loaded" "$(outside <<<"$modules")"
    # None of them is taken from the machine.
    run grep -E "^/(usr/)?lib.*/($(tr '\n' '|' <<<"$loaded")nothing)" <<<"$(jq -r '.files[]' <<<"$output")"
    same "$status" 1
    # All of the layer is needed, if not by these modules, by others of numpy.
    for library in $loaded; do
        grep -qxF "$library" <<<"$layer"
    done
}
