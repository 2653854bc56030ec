#!/bin/sh
# Proves the floors: each #include "..." is written from the root and goes to the same floor or below;
# packager/ and providers/ do not see each other; provider folders do not either, but local sees aws.
# The rooms of packager/ do not see what is above them, nor each other, but for the list of files.
set -eu
git ls-files -co --exclude-standard 'core/*.[ch]' 'packager/*.[ch]' 'providers/*.[ch]' 'cli/*.[ch]' | sort | xargs awk '
function place(path,  parts) {
    split(path, parts, "/")
    if (parts[1] != "providers" && parts[1] != "packager") return parts[1]
    if (parts[1] == "packager") return parts[3] == "" ? "packager" : "packager/" parts[2]
    return parts[3] == "" ? "providers" : "providers/" parts[2]
}
function allowed(from, to) {
    if (to == "core" || from == to) return 1
    if (from == "cli") return to == "packager" || to == "providers"
    if (from == "packager") return to ~ /^packager\//
    if (from ~ /^packager\//) return to == "packager/files"
    if (from ~ /^providers\//) return to == "providers" || (from == "providers/local" && to == "providers/aws")
    return 0
}
/^#include "/ {
    split($0, quoted, "\""); target = quoted[2]
    if (target !~ /^(core|packager|providers|cli)\//) { print FILENAME ": include from the root: " target; bad = 1; next }
    from = place(FILENAME); to = place(target)
    # The registry is the one file that lists the provider folders.
    if (FILENAME == "providers/registry.c" && to ~ /^providers\//) next
    if (!allowed(from, to)) { print FILENAME ": " from " may not include " target; bad = 1 }
}
END { exit bad }'
