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


def secrets(sm):
    made = sm.create_secret(Name="prod/db", SecretString='{"user": "me"}', Tags=[{"Key": "team", "Value": "weather"}])
    assert made["ARN"].startswith("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-")
    fails("ResourceExistsException", "prod/db", sm.create_secret, Name="prod/db", SecretString="x")
    assert sm.get_secret_value(SecretId=made["ARN"])["SecretString"] == '{"user": "me"}'
    first = sm.get_secret_value(SecretId=made["ARN"][:-7])
    assert first["VersionStages"] == ["AWSCURRENT"] and first["VersionId"] == made["VersionId"]
    token = "0123456789abcdef0123456789abcdef"
    for _ in range(2):
        again = sm.put_secret_value(SecretId="prod/db", SecretString="second", ClientRequestToken=token)
        assert again["VersionId"] == token and again["VersionStages"] == ["AWSCURRENT"]
    fails("ResourceExistsException", "", sm.put_secret_value, SecretId="prod/db", SecretString="third", ClientRequestToken=token)
    assert sm.get_secret_value(SecretId="prod/db", VersionStage="AWSPREVIOUS")["SecretString"] == '{"user": "me"}'
    sm.put_secret_value(SecretId="prod/db", SecretString="pending", VersionStages=["AWSPENDING"])
    assert sm.get_secret_value(SecretId="prod/db")["SecretString"] == "second"
    sm.update_secret(SecretId="prod/db", SecretString="third", Description="a ü")
    described = sm.describe_secret(SecretId="prod/db")
    stages = sorted(stage for version in described["VersionIdsToStages"].values() for stage in version)
    assert stages == ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"] and described["Description"] == "a ü"
    assert described["VersionIdsToStages"][token] == ["AWSPREVIOUS"]
    fails("ResourceNotFoundException", "AWSOTHER", sm.get_secret_value, SecretId="prod/db", VersionStage="AWSOTHER")
    fails("ResourceNotFoundException", "", sm.get_secret_value, SecretId="nope")
    fails("InvalidRequestException", "", sm.put_secret_value, SecretId="prod/db", SecretString="x", SecretBinary=b"y")

    sm.create_secret(Name="bytes", SecretBinary=b"\x00\xff")
    assert sm.get_secret_value(SecretId="bytes")["SecretBinary"] == b"\x00\xff"
    many = sm.batch_get_secret_value(SecretIdList=["bytes", "prod/db", "nope"])
    assert names(many, "SecretValues") == ["bytes", "prod/db"]
    assert [(e["SecretId"], e["ErrorCode"]) for e in many["Errors"]] == [("nope", "ResourceNotFoundException")]
    team = [{"Key": "tag-value", "Values": ["wea"]}]
    assert names(sm.batch_get_secret_value(Filters=team), "SecretValues") == ["prod/db"]
    assert names(sm.list_secrets(Filters=[{"Key": "name", "Values": ["!prod"]}]), "SecretList") == ["bytes"]
    sm.tag_resource(SecretId="bytes", Tags=[{"Key": "a", "Value": "b"}])
    sm.untag_resource(SecretId="prod/db", TagKeys=["team"])
    assert [s["Tags"] for s in sm.list_secrets()["SecretList"]] == [[], [{"Key": "a", "Value": "b"}]]

    fails("InvalidParameterException", "7", sm.delete_secret, SecretId="bytes", RecoveryWindowInDays=3)
    sm.delete_secret(SecretId="bytes", RecoveryWindowInDays=7)
    fails("InvalidRequestException", "deletion", sm.get_secret_value, SecretId="bytes")
    fails("InvalidRequestException", "deletion", sm.create_secret, Name="bytes", SecretString="x")
    assert names(sm.list_secrets(), "SecretList") == ["prod/db"]
    sm.restore_secret(SecretId="bytes")
    sm.delete_secret(SecretId="bytes", ForceDeleteWithoutRecovery=True)
    sm.delete_secret(SecretId="prod/db", ForceDeleteWithoutRecovery=True)
    assert sm.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


reading_parameters(client("ssm"))
changing_parameters(client("ssm"))
secrets(client("secretsmanager"))
fails("ValidationError", "Stack with id web does not exist", client("cloudformation").describe_stacks, StackName="web")
assert client("cloudformation").describe_stacks()["Stacks"] == []
