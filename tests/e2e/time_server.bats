# A web app from nothing but its code to an address that answers, changed, and followed.

load helper

@test "time server: a Flask app is initialised, deployed, updated, and its failure is in the log" {
    cat >app.py <<'PY'
from datetime import datetime, timezone

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/time")
def time():
    return jsonify(time=datetime.now(timezone.utc).isoformat())
PY
    succeeds fnctl init --yes
    succeeds fnctl deploy
    url=$output
    [[ $url == http://127.0.0.1:*/* ]]

    succeeds curl -sS --fail-with-body "$url/time"
    year=$(date -u +%Y)
    [[ $(jq -r .time <<<"$output") == $year-*+00:00 ]]

    cat >app.py <<'PY'
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.get("/time")
def time():
    zone = ZoneInfo(request.args.get("tz", "UTC"))
    return jsonify(time=datetime.now(zone).isoformat())
PY
    succeeds fnctl update
    succeeds curl -sS --fail-with-body "$url/time?tz=Asia/Tokyo"
    [[ $(jq -r .time <<<"$output") == $year-*+09:00 ]]

    succeeds curl -sS -o /dev/null -w '%{http_code}' "$url/time?tz=Mars/Olympus"
    same "$output" 500
    wait_for has_traceback
    # The traceback and the request it belongs to have the same stream, and the id is in REPORT.
    succeeds fnctl tail --no-follow --format raw
    id=$(grep -oE '^REPORT RequestId: [0-9a-f-]{36}' <<<"$output" | tail -n 1 | sed 's/.*: //')
    [ -n "$id" ]
    grep -q "START RequestId: $id" <<<"$output"
    sed -n "/START RequestId: $id/,/END RequestId: $id/p" <<<"$output" >"$T/request.log"
    grep -q "Traceback (most recent call last)" "$T/request.log"
    grep -q "ZoneInfoNotFoundError.*Mars/Olympus" "$T/request.log"
}

has_traceback() {
    fnctl tail --no-follow --format raw | grep -q "ZoneInfoNotFoundError.*Mars/Olympus"
}

@test "time server: what was deployed is removed, and its address answers no more" {
    printf 'from flask import Flask\napp = Flask(__name__)\n\n\n@app.get("/")\ndef index():\n    return "here"\n' >app.py
    succeeds fnctl init --yes --name clock
    succeeds fnctl deploy
    url=$output
    same "$(curl -sS "$url/")" here
    succeeds fnctl undeploy --yes
    succeeds curl -sS -o /dev/null -w '%{http_code}' "$url/"
    [[ $output == 4* ]]
    succeeds fnctl status --json
    same "$(jq '.functions | length' <<<"$output")" 0
}
