#!/bin/sh
# Runs unit test programs: run-unit.sh PROGRAM... A program's output is shown only when it fails.
set -u
log=$BUILD/unit.log
failed=0
for program in "$@"; do
    if ! "$program" >"$log" 2>&1; then
        failed=$((failed + 1))
        cat "$log"
        echo "FAILED: $program" >&2
    fi
done
echo "unit: $(($# - failed)) passed, $failed failed"
[ "$failed" -eq 0 ]
