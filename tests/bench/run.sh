#!/bin/sh
# Measures fnctl against peers: start-up and memory, following logs, requests of a deploy, packaging. BUILD is where the
# programs are; BENCH_CACHE keeps the trees that are packaged.
set -eu
cd "$(dirname "$0")/../.."
bench=$PWD/tests/bench
bin=$(cd "${BUILD:-build/release}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/app"
printf 'def handler(event, context):\n    return {}\n' >"$work/app/main.py"
cat >"$work/fnctl.json" <<'JSON'
{
  "project": "bench",
  "functions": { "api": { "runtime": "python3.13", "handler": "main.handler", "source": "app" } }
}
JSON
(cd "$work" && python3 "$bench/startup.py" "$bin/fnctl")
echo
(cd "$work" && python3 "$bench/tail.py" "$bin/fnctl")
echo
(cd "$work" && python3 "$bench/requests.py" "$bin/fnctl")
echo
python3 -u "$bench/packaging.py" "$bin" "${BENCH_CACHE:-build/bench}"
