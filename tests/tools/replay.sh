#!/bin/sh
# Runs fuzz targets over their corpora: replay.sh PROGRAM... Each one's is tests/fuzz/corpus/NAME.
# Output is shown only of what fails.
set -u
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for program in "$@"; do
    if ! "$program" "tests/fuzz/corpus/$(basename "$program")" >"$log" 2>&1; then
        failed=$((failed + 1))
        tail -n 40 "$log"
        echo "FAILED: $program" >&2
    fi
done
echo "fuzz: $(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
