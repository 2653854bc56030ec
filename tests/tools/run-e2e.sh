#!/bin/sh
# Runs the end-to-end tests: run-e2e.sh [FILE.bats...], all by default. BUILD is where the programs
# are. Says a line for each failed or skipped test, and a sum. With SAN, tests tagged "plain" (they
# wait long, or bring their own checker) are left out.
set -u
cd "$(dirname "$0")/../.." || exit 1
case ${BUILD:=build/release} in
/*) FNCTL=$BUILD/fnctl ;;
*) FNCTL=$PWD/$BUILD/fnctl ;;
esac

# Version managers put wrappers in PATH that look into HOME, which the tests replace: the programs
# themselves are found first.
PYTHON=$(python3 -c 'import sys; print(sys.executable)')
beside() {
    found=${PYTHON%/*}/$1
    [ -x "$found" ] || found=$(command -v "$1" || true)
    echo "$found"
}
MOTO_SERVER=$(beside moto_server)
AWSCLI=$(beside aws)
export FNCTL PYTHON MOTO_SERVER AWSCLI

[ $# -gt 0 ] || set -- tests/e2e/*.bats
[ -z "${SAN:-}" ] || set -- --filter-tags '!plain' "$@"
! parallel --version 2>/dev/null | grep -q '^GNU' || set -- --jobs $(($(nproc) + 1)) "$@"

{
    bats --tap "$@" </dev/null
    echo "# bats ended with $?"
} | awk '
    /^# bats ended with / { ended = $5; next }
    /^1\.\./ { planned = substr($0, 4); next }
    /^ok .*# skip/ { print; fflush(); skipped++; failing = 0; next }
    /^ok / { passed++; failing = 0; next }
    /^not ok / { failed++; failing = 1 }
    failing || !/^#/ { print; fflush() }
    END {
        lost = planned - passed - failed - skipped
        if (lost > 0) { print lost " tests did not run"; failed += lost }
        if (ended > 0 && !failed) { print "bats ended with status " ended; failed++ }
        printf "e2e: %d passed, %d failed, %d skipped\n", passed, failed, skipped
        exit failed > 0 || passed == 0
    }'
