#!/bin/sh
# Runs unit test programs: run-unit.sh PROGRAM... What a program prints is shown only when it fails;
# a test that was skipped is always named.
set -u
log=$BUILD/unit.log
failed=0
skipped=0
# No test asks whether the machine that it runs on is an instance of EC2.
export AWS_EC2_METADATA_DISABLED=true
for program in "$@"; do
    if ! "$program" >"$log" 2>&1; then
        failed=$((failed + 1))
        cat "$log"
        echo "FAILED: $program" >&2
    fi
    # cmocka lists each skipped test a second time, below a heading.
    names=$(sed -n 's/^\[  SKIPPED \] \([A-Za-z0-9_]*\)$/\1/p' "$log" | sort -u)
    for name in $names; do
        skipped=$((skipped + 1))
        echo "ok unit $(basename "$program"): $name # skip"
    done
done
echo "unit: $(($# - failed)) passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
