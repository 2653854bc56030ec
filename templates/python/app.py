"""Two functions: `hello` answers HTTP requests, `tick` runs on a schedule."""

import json
import logging
import os

# The runtime has set up the root logger; what it writes is shown by `fnctl tail`.
log = logging.getLogger()
log.setLevel(logging.INFO)


def hello(event, context):
    """GET /hello/{name}: `event` is the request, what is returned is the answer."""
    # An event sent by `fnctl invoke hello` has no path.
    name = event.get("pathParameters", {}).get("name", "world")
    greeting = os.environ.get("GREETING", "Hello")
    log.info("saying %s to %s", greeting, name)
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": f"{greeting}, {name}!"}),
    }


def tick(event, context):
    """Once a minute: `event` is the schedule's `input` in fnctl.json."""
    seconds_left = context.get_remaining_time_in_millis() // 1000
    log.info("tick for %s, %d s left", event.get("city", "nobody"), seconds_left)
