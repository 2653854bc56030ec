# Reading logs: Live Tail, history, and what is made of the lines.

load helper

@test "StartLiveTail answers boto3 with events as they are written" {
    "${PYTHON:-python3}" -c 'import boto3' 2>/dev/null || skip "boto3 is not installed"
    "$FNCTL_LOCAL" --state "$FNCTL_STATE" 3>&- 4>&-
    URL=http://127.0.0.1:$(cat "$FNCTL_STATE/port")
    timeout 60 "${PYTHON:-python3}" "$ROOT/tests/e2e/live_tail.py" "$FNCTL_STATE" "$URL"
}
