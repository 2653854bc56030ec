#!/bin/sh
# Fuzzes with clang's libFuzzer: fuzz.sh SECONDS SOURCE... Each target starts from its corpus and
# runs for SECONDS; what it finds stays in build/fuzz/NAME, what crashes it in build/fuzz/crashes.
set -u
seconds=$1
shift
build=build/fuzz
crashes=$build/crashes
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n); int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return d == 0 && n; }' |
    clang -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null || {
    echo "fuzzing needs clang with libFuzzer: 'make deps' installs it" >&2
    exit 1
}
failed=0
for source in "$@"; do
    name=$(basename "$source" .c)
    program=$build/tests/fuzzer/$name
    found=$build/$name
    mkdir -p "$found" "$crashes"
    make --no-print-directory CC=clang BUILD=$build SAN=fuzzer-no-link,address,undefined "$program" || exit 1
    if ! "$program" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -close_fd_mask=1 -print_final_stats=1 \
        -artifact_prefix="$crashes/$name-" "$found" "tests/fuzz/corpus/$name" >"$build/$name.log" 2>&1; then
        failed=$((failed + 1))
        tail -n 60 "$build/$name.log"
        echo "FAILED: $name; the input is in $crashes" >&2
        continue
    fi
    awk -v name="$name" '/number_of_executed_units/ { print name ": " $2 " inputs" }' "$build/$name.log"
done
echo "fuzzing: $(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
