"""StartLiveTail as boto3 sees it: live_tail.py STATE URL"""
import itertools
import json
import sys
import threading
import time

import boto3
import botocore.config
import botocore.exceptions

state, url = sys.argv[1:]
with open(state + "/credentials.json", encoding="utf-8") as file:
    keys = json.load(file)


def client():
    return boto3.client("logs", endpoint_url=url, region_name="eu-central-1",
        aws_access_key_id=keys["access_key_id"], aws_secret_access_key=keys["secret_access_key"],
        config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=30, inject_host_prefix=False))


logs = client()
for name in ("/a", "/b", "/c"):
    logs.create_log_group(logGroupName=name)
    logs.create_log_stream(logGroupName=name, logStreamName="one")
    logs.create_log_stream(logGroupName=name, logStreamName="two")
arns = {g["logGroupName"]: g["logGroupArn"] for g in logs.describe_log_groups()["logGroups"]}


def put(group, stream, *messages):
    now = int(time.time() * 1000)
    client().put_log_events(logGroupName=group, logStreamName=stream,
        logEvents=[{"timestamp": now, "message": m} for m in messages])


def fails(code, **arguments):
    try:
        logs.start_live_tail(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, (code, e.response)
        return
    raise AssertionError(code + " expected")


fails("ResourceNotFoundException", logGroupIdentifiers=[arns["/a"] + "x"])
fails("InvalidParameterException", logGroupIdentifiers=["/a"])
fails("InvalidParameterException", logGroupIdentifiers=[arns["/a"] + ":*"])
fails("InvalidParameterException", logGroupIdentifiers=[arns["/a"]], logEventFilterPattern='"')
fails("InvalidParameterException", logGroupIdentifiers=[arns["/a"], arns["/b"]], logStreamNames=["one"])
fails("InvalidParameterException", logGroupIdentifiers=[arns["/a"]], logStreamNames=["one"], logStreamNamePrefixes=["o"])


def session(wanted, writer, **arguments):
    """The first `wanted` events of a session, as (group, stream, message), while `writer` writes."""
    response = logs.start_live_tail(**arguments)
    assert response["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/vnd.amazon.eventstream"
    stream = iter(response["responseStream"])
    start = next(stream)["sessionStart"]
    assert start["sessionId"] and start["logGroupIdentifiers"] == arguments["logGroupIdentifiers"], start
    threading.Thread(target=writer, daemon=True).start()
    events = []
    for update in itertools.islice(stream, 1000):
        update = update["sessionUpdate"]
        assert update["sessionMetadata"]["sampled"] is False and len(update["sessionResults"]) <= 500
        events += update["sessionResults"]
        if len(events) >= wanted:
            break
    response["responseStream"].close()
    for event in events:
        assert abs(event["ingestionTime"] - time.time() * 1000) < 20000 and event["timestamp"] <= event["ingestionTime"]
    return [(e["logGroupIdentifier"].rsplit(":", 1)[1], e["logStreamName"], e["message"]) for e in events]


put("/a", "one", "history")


def write_some():
    put("/a", "one", "first", "ünïcode \u20ac")
    put("/c", "one", "elsewhere")
    put("/b", "two", "second", "skipped ERROR")


assert session(3, lambda: (write_some(), put("/b", "two", "ERROR last")),
    logGroupIdentifiers=[arns["/a"], arns["/b"]], logEventFilterPattern="-skipped") == [
        ("/a", "one", "first"), ("/a", "one", "ünïcode \u20ac"), ("/b", "two", "second"), ("/b", "two", "ERROR last")][:3]
assert session(1, lambda: (put("/a", "one", "no"), put("/a", "two", "yes")),
    logGroupIdentifiers=[arns["/a"]], logStreamNames=["two"]) == [("/a", "two", "yes")]
assert session(1, lambda: (put("/a", "two", "no"), put("/a", "one", "yes")),
    logGroupIdentifiers=[arns["/a"]], logStreamNamePrefixes=["on"]) == [("/a", "one", "yes")]

many = ["line %d" % i for i in range(2345)]
assert session(len(many), lambda: put("/a", "one", *many), logGroupIdentifiers=[arns["/a"]]) == \
    [("/a", "one", m) for m in many]

# A client that reads nothing: what is left out is told, and the engine does not keep it all.
idle = logs.start_live_tail(logGroupIdentifiers=[arns["/c"]])
stream = iter(idle["responseStream"])
next(stream)
for _ in range(12):
    put("/c", "one", *["x" * 100000] * 9)
sampled = False
for update in stream:
    sampled = sampled or update["sessionUpdate"]["sessionMetadata"]["sampled"]
    if sampled:
        break
assert sampled
idle["responseStream"].close()
