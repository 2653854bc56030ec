# Projects made from what other tools have, deployed as they are.

load helper

@test "import: a Zappa project deploys to the engine, its app and its events" {
    cat >shop.py <<'PY'
import os


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("shop " + os.environ["GREETING"]).encode()]


def clean(event, context):
    return event
PY
    jq -n '{ base: { app_function: "shop.app", project_name: "Shop Ä", runtime: "python3.13", aws_region: "eu-west-1",
        environment_variables: { GREETING: "costs ${5}" }, keep_warm: true,
        events: [{ function: "shop.clean", expression: "rate(1 hour)", kwargs: { deep: true } }] },
        production: { extends: "base", memory_size: 1024, snap_start: "PublishedVersions" } }' >zappa_settings.json
    succeeds fnctl init --from zappa_settings.json
    [[ $output == *"wrote fnctl.json"*"without a counterpart, or to look at:"*"keep_warm: 'provisioned_concurrency'"*"next: fnctl deploy"* ]]
    same "$(jq -c '[.project, .default_stage, .stages.production.functions.web.memory, .functions.clean.schedules[0].rate]' fnctl.json)" \
        '["shop","local",1024,"rate(1 hour)"]'
    fails 1 "there is a fnctl.json already" fnctl init --from zappa_settings.json
    succeeds fnctl init --from zappa_settings.json --force --name other --json
    same "$(jq -c '[.project, (.notes | length > 0)]' <<<"$output")" '["other",true]'
    succeeds fnctl check
    succeeds fnctl deploy
    same "$(curl -sS "$output/any")" 'shop costs ${5}'
    succeeds fnctl invoke clean '{ "kwargs": {} }'
    same "$output" '{"kwargs": {}}'
    fails 2 "it takes zappa_settings.json" fnctl init --from serverless.yml --force
    fails 1 "cannot read 'none/zappa_settings.json'" fnctl init --from none/zappa_settings.json --force
    fails 2 "it takes no template" fnctl init python --from zappa_settings.json --force
}
