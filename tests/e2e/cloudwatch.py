"""cloudwatch.py FUNCTION INVOCATIONS ERRORS: what boto3 reads of an engine's figures."""
import datetime
import sys

import boto3
from botocore.exceptions import ClientError

name, invocations, errors = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
cloudwatch = boto3.client("cloudwatch")
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)
times = {"StartTime": until - datetime.timedelta(hours=1), "EndTime": until}
dimensions = [{"Name": "FunctionName", "Value": name}]


def query(id, metric, statistic, period=3600, dimensions=dimensions, **more):
    metric = {"Namespace": "AWS/Lambda", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": id, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}, **more}


def values(*queries, **more):
    reply = cloudwatch.get_metric_data(MetricDataQueries=queries, **times, **more)
    return {result["Id"]: result["Values"] for result in reply["MetricDataResults"]}


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
    else:
        raise AssertionError(f"not refused with {code}: {arguments}")


read = values(
    query("a", "Invocations", "Sum"), query("b", "Errors", "Sum"), query("c", "Invocations", "Sum", dimensions=[]),
    query("d", "Invocations", "Sum", dimensions=[{"Name": "FunctionName", "Value": "nobody"}]),
    query("e", "Duration", "p50", ReturnData=False), query("f", "Invocations", "Sum", period=60))
assert sum(read["a"]) == sum(read["c"]) == sum(read["f"]) == invocations, read
assert sum(read["b"]) == errors and read["d"] == [] and "e" not in read, read
pages = list(cloudwatch.get_paginator("get_metric_data").paginate(
    MetricDataQueries=[query("a", "Invocations", "Sum"), query("b", "Duration", "Maximum")], MaxDatapoints=1, **times))
assert len(pages) == 2, pages

points = cloudwatch.get_metric_statistics(
    Namespace="AWS/Lambda", MetricName="Duration", Dimensions=dimensions, Period=3600, Statistics=["Sum", "SampleCount"], **times)
assert sum(point["SampleCount"] for point in points["Datapoints"]) == invocations, points
assert points["Datapoints"][0]["Unit"] == "Milliseconds", points
listed = cloudwatch.list_metrics(Namespace="AWS/Lambda", Dimensions=dimensions)["Metrics"]
assert {metric["MetricName"] for metric in listed} == {"Invocations", "Errors", "Throttles", "Duration"}, listed
assert cloudwatch.list_metrics(Namespace="AWS/EC2")["Metrics"] == []

refused("ValidationError", cloudwatch.get_metric_data, MetricDataQueries=[query("a", "Errors", "Most")], **times)
refused("ValidationError", cloudwatch.get_metric_data, MetricDataQueries=[query("A", "Errors", "Sum")], **times)
refused("ValidationError", cloudwatch.get_metric_data, MetricDataQueries=[query("a", "Errors", "Sum", period=61)], **times)
refused("ValidationError", cloudwatch.get_metric_data, MetricDataQueries=[{"Id": "a", "Expression": "1+1"}], **times)
refused("InvalidNextToken", cloudwatch.get_metric_data, MetricDataQueries=[query("a", "Errors", "Sum")], NextToken="9", **times)
refused("InvalidParameterCombination", cloudwatch.get_metric_statistics, Namespace="AWS/Lambda", MetricName="Errors",
        Period=60, Statistics=["Sum"], StartTime=until - datetime.timedelta(days=3), EndTime=until)
