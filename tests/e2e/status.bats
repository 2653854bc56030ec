# What `fnctl status` says beyond what the provider has stored.

load helper

@test "status: each schedule with its next run, where it can be told" {
    python_project clocked '{ "schedules": [
        { "cron": "0 9 * * *", "timezone": "Asia/Tokyo" }, { "rate": "1 hour" },
        { "at": "2090-01-01T00:00:00" }, { "cron": "0 9 * * *", "enabled": false } ] }'
    succeeds fnctl deploy
    succeeds fnctl status --json
    # Nine in the morning in Tokyo is midnight in UTC.
    same "$(jq -c '[.functions[0].schedules[].next]' <<<"$output")" \
        "[\"$(date -u -d tomorrow +%F)T00:00:00.000Z\",null,\"2090-01-01T00:00:00.000Z\",null]"
    [[ $(fnctl status) == *"at(2090-01-01T00:00:00) UTC, next 2090-01-01T00:00:00.000Z"* ]]
}
