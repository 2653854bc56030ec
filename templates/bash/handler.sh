# The function: reads the event on standard input, writes the answer to standard output.
# What it writes to standard error goes to the log. It runs with `set -eu`: a command that fails
# fails the invocation.

handler() {
    local event words
    event=$(cat)
    words=$(wc -w <<<"$event")
    echo "counted $words ${UNIT:-words} in ${#event} characters" >&2
    printf '{"%s": %d}\n' "${UNIT:-words}" "$words"
}
