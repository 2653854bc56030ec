#!/bin/sh
# The main job, shown: a web app and a cron job are deployed to the local engine, called, followed,
# updated and removed. Everything happens in a temporary folder; nothing is left behind.
set -eu
bin=$(cd "${BUILD:-build/release}" && pwd)
PATH=$bin:$PATH
work=$(mktemp -d)
export FNCTL_STATE="$work/state"
tail_pid=

finish() {
    status=$?
    [ -z "$tail_pid" ] || kill "$tail_pid" 2>/dev/null || true
    fnctl local stop >/dev/null 2>&1 || true
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
run() {
    printf '\033[2m$ %s\033[0m\n' "$*"
    "$@"
}

say 'A web app, as anyone would write it'
mkdir "$work/clock" && cd "$work/clock"
cat >app.py <<'PY'
from datetime import datetime, timezone

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/time")
def time():
    return jsonify(time=datetime.now(timezone.utc).isoformat())
PY
cat app.py
run fnctl init --yes --name clock

say 'Packaged and deployed: to the engine on this machine, with no account'
printf '\033[2m$ url=$(fnctl deploy)\033[0m\n'
url=$(fnctl deploy)
run curl -sS --fail-with-body "$url/time"

say 'The code changes; update uploads just that'
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
run fnctl update
run curl -sS --fail-with-body "$url/time?tz=Asia/Tokyo"

say 'A bad zone raises; the log tells why'
run curl -sS "$url/time?tz=Mars/Olympus" || true
echo
run fnctl tail --no-follow | tail -n 8

say 'A second project: a bot that a cron schedule calls every minute'
mkdir "$work/bot" && cd "$work/bot"
cat >bot.py <<'PY'
import os


def handler(event, context):
    print(f"{os.environ['GREETING']}, called by {event['caller']}")
    return {"ok": True}
PY
cat >fnctl.json <<'JSON'
{
  "project": "bot",
  "functions": {
    "bot": {
      "runtime": "python3.13",
      "handler": "bot.handler",
      "environment": { "GREETING": "good morning" },
      "schedules": [ { "cron": "* * * * *", "input": { "caller": "the schedule" } } ]
    }
  },
  "stages": { "dev": { "provider": "local" } }
}
JSON
run fnctl deploy
run fnctl invoke bot '{"caller": "hand"}'
run fnctl status

say 'Its log is followed until the schedule has called it (a minute at most)'
fnctl tail --since 10s >"$work/log" 2>/dev/null &
tail_pid=$!
for _ in $(seq 75); do
    sleep 1
    grep -q 'called by the schedule' "$work/log" && break
done
cat "$work/log"
grep -q 'called by the schedule' "$work/log"
kill "$tail_pid" && wait "$tail_pid" 2>/dev/null || true
tail_pid=

say 'Both are removed'
run fnctl undeploy --yes
cd "$work/clock" && run fnctl undeploy --yes
run fnctl local stop
say 'Done'
