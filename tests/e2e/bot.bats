# A function that a clock calls.

load helper

# bats test_tags=plain
@test "bot: a schedule calls the function within a minute, with its environment" {
    cat >bot.py <<'PY'
import os


def handler(event, context):
    print(f"{os.environ['GREETING']} from the schedule")
PY
    settings bot '{ "runtime": "python3.13", "handler": "bot.handler", "environment": { "GREETING": "good morning" },
                    "schedules": [ { "rate": "1 minute" } ] }'
    succeeds fnctl deploy
    succeeds fnctl status --json
    same "$(jq -r '.functions[0].schedules[0].expression' <<<"$output")" "rate(1 minute)"
    wait_for 75 was_called
    succeeds fnctl undeploy --yes
}

was_called() {
    fnctl tail --no-follow --format raw | grep -q '^good morning from the schedule'
}

@test "bot: a schedule may run once, at a time, and gives its input" {
    printf 'def handler(event, context):\n    print("event is", event["word"])\n' >main.py
    settings bot '{ "runtime": "python3.13", "handler": "main.handler" }' \
        "{ \"schedules\": [ { \"at\": \"$(date -u -d '+8 seconds' +%Y-%m-%dT%H:%M:%S)\", \"input\": { \"word\": \"swordfish\" } } ] }"
    succeeds fnctl deploy
    wait_for 30 eval 'fnctl tail --no-follow --format raw | grep -q "^event is swordfish"'
    succeeds fnctl tail --no-follow --format raw
    same "$(grep -c "^event is" <<<"$output")" 1
}
