#!/bin/sh
# Start-up and memory of fnctl against awscli, as medians and ratios of one run; following logs.
set -eu
bin=$(cd "${BUILD:-build/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir app
printf 'def handler(event, context):\n    return {}\n' >app/main.py
cat >fnctl.json <<'JSON'
{
  "project": "bench",
  "functions": { "api": { "runtime": "python3.13", "handler": "main.handler", "source": "app" } }
}
JSON
python3 "$OLDPWD/tests/bench/startup.py" "$bin/fnctl"
python3 "$OLDPWD/tests/bench/tail.py" "$bin/fnctl"
