"""The engine's Parameter Store and Secrets Manager as boto3 sees them: engine_values.py. The engine
is where AWS_ENDPOINT_URL says."""
import boto3
import botocore.config
import botocore.exceptions


def client(service):
    return boto3.client(service, region_name="us-east-1", config=botocore.config.Config(retries={"max_attempts": 1}))


def fails(code, words, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, (code, e.response)
        assert words in e.response["Error"]["Message"], e.response
        return
    raise AssertionError(code + " expected")


def names(reply, key="Parameters"):
    return [item["Name"] for item in reply[key]]


def reading_parameters(ssm):
    team = [{"Key": "team", "Value": "weather"}]
    for name in ("/a/b/c", "/a/b/d", "/a/e", "/x"):
        made = ssm.put_parameter(Name=name, Type="String", Value="of " + name, Description="a ü", Tags=team)
        assert made["Version"] == 1 and made["Tier"] == "Standard"
    assert ssm.put_parameter(Name="/a/list", Type="StringList", Value="one,two", Tier="Advanced")["Tier"] == "Advanced"
    ssm.put_parameter(Name="/a/sealed", Type="SecureString", Value="tiger")

    assert names(ssm.get_parameters_by_path(Path="/a")) == ["/a/e", "/a/list", "/a/sealed"]
    everything = ["/a/b/c", "/a/b/d", "/a/e", "/a/list", "/a/sealed"]
    assert names(ssm.get_parameters_by_path(Path="/a/", Recursive=True)) == everything
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/a", Recursive=True, MaxResults=2)
    assert [names(page) for page in pages] == [everything[:2], everything[2:4], everything[4:]]
    secure = [{"Key": "Type", "Values": ["SecureString"]}]
    assert names(ssm.get_parameters_by_path(Path="/a", ParameterFilters=secure)) == ["/a/sealed"]
    described = ssm.describe_parameters(ParameterFilters=[
        {"Key": "tag:team", "Values": ["weather"]}, {"Key": "Name", "Option": "BeginsWith", "Values": ["/a"]}])
    assert names(described) == everything[:3] and described["Parameters"][0]["Description"] == "a ü"
    below = [{"Key": "Path", "Option": "Recursive", "Values": ["/a/b"]}]
    assert names(ssm.describe_parameters(ParameterFilters=below)) == everything[:2]

    assert ssm.get_parameter(Name="/a/sealed", WithDecryption=True)["Parameter"]["Value"] == "tiger"
    assert "tiger" not in ssm.get_parameter(Name="/a/sealed")["Parameter"]["Value"]
    arn = ssm.get_parameter(Name="/a/e")["Parameter"]["ARN"]
    assert arn == "arn:aws:ssm:us-east-1:000000000000:parameter/a/e"
    assert ssm.get_parameter(Name=arn)["Parameter"]["Value"] == "of /a/e"
    many = ssm.get_parameters(Names=["/x", "/nope", "/x:1", "/x:2", arn + ":1"])
    assert [(p["Name"], p.get("Selector")) for p in many["Parameters"]] == [("/x", None), ("/x", ":1"), ("/a/e", ":1")]
    assert many["InvalidParameters"] == ["/nope", "/x:2"]


def changing_parameters(ssm):
    fails("ParameterAlreadyExists", "overwrite", ssm.put_parameter, Name="/x", Type="String", Value="more")
    fails("ParameterNotFound", "", ssm.get_parameter, Name="/nope")
    fails("ParameterVersionNotFound", "/x:9", ssm.get_parameter, Name="/x:9")
    fails("ValidationException", "fully qualified", ssm.put_parameter, Name="a/b", Type="String", Value="x")
    fails("ValidationException", "type is required", ssm.put_parameter, Name="/n", Value="x")
    fails("ValidationException", "4096", ssm.put_parameter, Name="/n", Type="String", Value="x" * 4097)
    fails("AccessDeniedException", "reserved", ssm.put_parameter, Name="/aws/n", Type="String", Value="x")
    fails("HierarchyLevelLimitExceededException", "15", ssm.put_parameter, Name="/n" * 16, Type="String", Value="x")
    fails("ParameterPatternMismatchException", "^[0-9]+$", ssm.put_parameter, Name="/n", Type="String", Value="x",
        AllowedPattern="^[0-9]+$")

    assert ssm.put_parameter(Name="/x", Overwrite=True, Value="second")["Version"] == 2
    ssm.label_parameter_version(Name="/x", ParameterVersion=1, Labels=["good"])
    assert ssm.get_parameter(Name="/x:good")["Parameter"]["Value"] == "of /x"
    ssm.label_parameter_version(Name="/x", Labels=["good"])
    history = ssm.get_parameter_history(Name="/x")["Parameters"]
    assert [(v["Version"], v.get("Labels"), v["Value"]) for v in history] == [(1, None, "of /x"), (2, ["good"], "second")]
    tags = {"ResourceType": "Parameter", "ResourceId": "/x"}
    ssm.add_tags_to_resource(**tags, Tags=[{"Key": "a", "Value": "b"}])
    ssm.remove_tags_from_resource(**tags, TagKeys=["team"])
    assert ssm.list_tags_for_resource(**tags)["TagList"] == [{"Key": "a", "Value": "b"}]
    fails("InvalidResourceId", "/nope", ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/nope")
    gone = ssm.delete_parameters(Names=["/x", "/nope"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["/x"], ["/nope"])
    ssm.delete_parameter(Name="/a/e")
    fails("ParameterNotFound", "", ssm.delete_parameter, Name="/a/e")


reading_parameters(client("ssm"))
changing_parameters(client("ssm"))
