"""The engine's control plane as boto3 sees it: engine_api.py STATE URL make|kept|remove"""
import http.client
import io
import json
import sys
import time
import urllib.request
import zipfile

import boto3
import botocore.config
import botocore.exceptions

state, url, phase = sys.argv[1:]
with open(state + "/credentials.json", encoding="utf-8") as file:
    keys = json.load(file)

def client(name, secret=None):
    return boto3.client(name, endpoint_url=url, region_name="eu-central-1", aws_access_key_id=keys["access_key_id"],
        aws_secret_access_key=secret or keys["secret_access_key"],
        config=botocore.config.Config(retries={"max_attempts": 1}, read_timeout=30))

iam, lam, logs, api, sched, sts = (client(n) for n in ("iam", "lambda", "logs", "apigatewayv2", "scheduler", "sts"))

def fails(code, call, **arguments):
    try:
        call(**arguments)
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, (code, e.response)
        return e.response
    raise AssertionError(code + " expected")

def archive(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name, text in files.items():
            z.writestr(name, text)
    return out.getvalue()

def status(response):
    return response["ResponseMetadata"]["HTTPStatusCode"]

TRUST = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": ["lambda.amazonaws.com", "scheduler.amazonaws.com"]}, "Action": "sts:AssumeRole"}]})
ARN = "arn:aws:lambda:eu-central-1:000000000000:function:hello"

def test_identity():
    assert sts.get_caller_identity()["Account"] == "000000000000"
    assert fails("SignatureDoesNotMatch", client("sts", "x" * 40).get_caller_identity)["ResponseMetadata"]["HTTPStatusCode"] == 403
    fails("InvalidSignatureException", client("lambda", "x" * 40).list_functions)

def raw(headers, path="/2015-03-31/functions"):
    connection = http.client.HTTPConnection(url.split("//")[1])
    connection.putrequest("GET", path, skip_host=True)
    for k, v in headers.items():
        connection.putheader(k, v)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers

def test_refused():
    assert raw({"Host": "evil.example"})[0] == 403
    assert raw({"Host": "127.0.0.1", "Origin": "http://evil.example"})[0] == 403
    s, body, headers = raw({"Host": "127.0.0.1"})
    assert s == 403 and headers["x-amzn-errortype"] == "MissingAuthenticationTokenException", (s, body)
    s, body, headers = raw({"Host": "localhost:1"}, "/_fnctl/health")
    assert s == 200 and json.loads(body)["status"] == "ok" and headers["x-amzn-RequestId"] and headers["Date"]

def test_role():
    fails("MalformedPolicyDocument", iam.create_role, RoleName="r", AssumeRolePolicyDocument="no")
    role = iam.create_role(RoleName="r", Path="/fnctl/", AssumeRolePolicyDocument=TRUST, Description="a & b <c>", Tags=[{"Key": "k", "Value": "v"}])["Role"]
    assert role["Arn"] == "arn:aws:iam::000000000000:role/fnctl/r" and role["Tags"] == [{"Key": "k", "Value": "v"}]
    assert role["AssumeRolePolicyDocument"] == json.loads(TRUST) and role["Description"] == "a & b <c>"
    fails("EntityAlreadyExists", iam.create_role, RoleName="r", AssumeRolePolicyDocument=TRUST)
    fails("NoSuchEntity", iam.get_role, RoleName="none")
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(policy))
    assert iam.get_role_policy(RoleName="r", PolicyName="p")["PolicyDocument"] == policy
    assert iam.list_role_policies(RoleName="r")["PolicyNames"] == ["p"]
    iam.attach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    assert iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"][0]["PolicyName"] == "AWSLambdaBasicExecutionRole"
    fails("DeleteConflict", iam.delete_role, RoleName="r")
    iam.tag_role(RoleName="r", Tags=[{"Key": "a", "Value": "1"}, {"Key": "k", "Value": "w"}])
    iam.untag_role(RoleName="r", TagKeys=["a"])
    assert iam.list_role_tags(RoleName="r")["Tags"] == [{"Key": "k", "Value": "w"}]
    assert [r["RoleName"] for r in iam.list_roles(PathPrefix="/fnctl/")["Roles"]] == ["r"]
    assert iam.list_roles(PathPrefix="/other/")["Roles"] == []
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == []
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=TRUST)

ROLE = "arn:aws:iam::000000000000:role/fnctl/r"
CODE = archive({"app.py": "def handler(e, c): return e\n"})

def test_layer():
    layer = lam.publish_layer_version(LayerName="libs", Content={"ZipFile": archive({"lib/a.so": "x"})}, CompatibleRuntimes=["python3.12"])
    assert status(layer) == 201 and layer["Version"] == 1 and layer["LayerVersionArn"].endswith(":layer:libs:1")
    got = lam.get_layer_version(LayerName="libs", VersionNumber=1)
    assert zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(got["Content"]["Location"]).read())).namelist() == ["lib/a.so"]
    assert lam.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["Content"]["CodeSha256"] == layer["Content"]["CodeSha256"]
    assert lam.list_layers()["Layers"][0]["LatestMatchingVersion"]["Version"] == 1
    assert len(lam.list_layer_versions(LayerName="libs")["LayerVersions"]) == 1
    fails("ResourceNotFoundException", lam.get_layer_version, LayerName="libs", VersionNumber=9)

def test_function():
    good = dict(FunctionName="hello", Runtime="python3.12", Handler="app.handler", Role=ROLE, Code={"ZipFile": CODE})
    def bad(code, **changed):
        return fails(code, lam.create_function, **{**good, **changed})
    bad("InvalidParameterValueException", Role="arn:aws:iam::000000000000:role/none")
    bad("InvalidParameterValueException", Runtime="python1.0")
    bad("ValidationException", Timeout=901)
    bad("ValidationException", MemorySize=20000)
    bad("InvalidParameterValueException", Code={"ZipFile": b"no zip"})
    assert "leads out" in bad("InvalidParameterValueException", Code={"ZipFile": archive({"../x": "y"})})["Error"]["Message"]
    bad("InvalidParameterValueException", Layers=["arn:aws:lambda:eu-central-1:000000000000:layer:libs:9"])
    bad("InvalidParameterValueException", Environment={"Variables": {"AA": "x" * 5000}})
    bad("InvalidParameterValueException", Environment={"Variables": {"AWS_REGION": "x"}})
    bad("InvalidParameterValueException", Code={"S3Bucket": "bucket", "S3Key": "k"})
    made = lam.create_function(**good, Tags={"a": "b"}, Environment={"Variables": {"XX": "é"}}, Layers=["arn:aws:lambda:eu-central-1:000000000000:layer:libs:1"])
    assert status(made) == 201 and made["FunctionArn"] == ARN and made["State"] == "Active" and made["Layers"][0]["CodeSize"] > 0
    bad("ResourceConflictException")
    lam.get_waiter("function_active_v2").wait(FunctionName="hello")
    got = lam.get_function(FunctionName="hello")
    assert got["Tags"] == {"a": "b"} and got["Configuration"]["Environment"]["Variables"] == {"XX": "é"}
    assert urllib.request.urlopen(got["Code"]["Location"]).read() == CODE
    assert lam.get_function_configuration(FunctionName=ARN)["CodeSha256"] == made["CodeSha256"]
    fails("ResourceNotFoundException", lam.get_function, FunctionName="none")
    changed = lam.update_function_configuration(FunctionName="hello", Timeout=7, MemorySize=256)
    assert changed["Timeout"] == 7 and changed["RevisionId"] != made["RevisionId"]
    fails("PreconditionFailedException", lam.update_function_configuration, FunctionName="hello", Timeout=8, RevisionId=made["RevisionId"])
    one = lam.publish_version(FunctionName="hello")
    assert status(one) == 201 and one["Version"] == "1" and lam.publish_version(FunctionName="hello")["Version"] == "1"
    lam.update_function_code(FunctionName="hello", ZipFile=archive({"app.py": "def handler(e, c): return 2\n"}))
    fails("InvalidParameterValueException", lam.publish_version, FunctionName="hello", CodeSha256=made["CodeSha256"])
    assert lam.publish_version(FunctionName="hello", Description="two")["Version"] == "2"
    assert [v["Version"] for v in lam.list_versions_by_function(FunctionName="hello")["Versions"]] == ["$LATEST", "1", "2"]
    assert [f["FunctionName"] for f in lam.list_functions()["Functions"]] == ["hello"]

def test_alias():
    alias = lam.create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    assert status(alias) == 201 and alias["AliasArn"] == ARN + ":live"
    fails("ResourceConflictException", lam.create_alias, FunctionName="hello", Name="live", FunctionVersion="1")
    fails("ResourceNotFoundException", lam.create_alias, FunctionName="hello", Name="next", FunctionVersion="7")
    changed = lam.update_alias(FunctionName="hello", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.25}})
    assert changed["RoutingConfig"]["AdditionalVersionWeights"] == {"1": 0.25}
    assert "RoutingConfig" not in lam.update_alias(FunctionName="hello", Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    assert lam.get_function_configuration(FunctionName="hello", Qualifier="live")["Version"] == "2"
    fails("ResourceConflictException", lam.delete_function, FunctionName="hello", Qualifier="2")
    assert [a["Name"] for a in lam.list_aliases(FunctionName="hello")["Aliases"]] == ["live"]
    fails("ResourceNotFoundException", lam.get_alias, FunctionName="hello", Name="none")

def test_settings():
    lam.tag_resource(Resource=ARN, Tags={"c": "d"})
    lam.untag_resource(Resource=ARN, TagKeys=["a", "z"])
    assert lam.list_tags(Resource=ARN)["Tags"] == {"c": "d"}
    lam.put_function_concurrency(FunctionName="hello", ReservedConcurrentExecutions=3)
    assert lam.get_function(FunctionName="hello")["Concurrency"]["ReservedConcurrentExecutions"] == 3
    lam.delete_function_concurrency(FunctionName="hello")
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName="hello")
    fails("InvalidParameterValueException", lam.put_function_concurrency, FunctionName="hello", ReservedConcurrentExecutions=950)
    put = lam.put_function_event_invoke_config(FunctionName="hello", MaximumRetryAttempts=1)
    assert put["MaximumRetryAttempts"] == 1 and "MaximumEventAgeInSeconds" not in put
    assert lam.update_function_event_invoke_config(FunctionName="hello", MaximumEventAgeInSeconds=100)["MaximumRetryAttempts"] == 1
    assert lam.get_function_event_invoke_config(FunctionName="hello")["MaximumEventAgeInSeconds"] == 100
    lam.delete_function_event_invoke_config(FunctionName="hello")
    fails("ResourceNotFoundException", lam.get_function_event_invoke_config, FunctionName="hello")
    assert lam.get_function_code_signing_config(FunctionName="hello")["FunctionName"] == "hello"
    assert lam.get_account_settings()["AccountUsage"]["FunctionCount"] == 1
    assert lam.list_event_source_mappings()["EventSourceMappings"] == []

def test_url():
    made = lam.create_function_url_config(FunctionName="hello", AuthType="NONE", Cors={"AllowOrigins": ["*"], "MaxAge": 60})
    assert status(made) == 201 and made["FunctionUrl"].startswith(url + "/_fnctl/url/")
    fails("ResourceConflictException", lam.create_function_url_config, FunctionName="hello", AuthType="NONE")
    assert lam.update_function_url_config(FunctionName="hello", InvokeMode="RESPONSE_STREAM")["Cors"]["MaxAge"] == 60
    assert lam.get_function_url_config(FunctionName="hello")["FunctionUrl"] == made["FunctionUrl"]
    assert len(lam.list_function_url_configs(FunctionName="hello")["FunctionUrlConfigs"]) == 1
    add = dict(FunctionName="hello", StatementId="public", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    statement = json.loads(lam.add_permission(**add)["Statement"])
    assert statement["Condition"] == {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}
    fails("ResourceConflictException", lam.add_permission, **add)
    policy = lam.get_policy(FunctionName="hello")
    assert json.loads(policy["Policy"])["Statement"] == [statement]
    lam.remove_permission(FunctionName="hello", StatementId="public")
    fails("ResourceNotFoundException", lam.get_policy, FunctionName="hello")
    fails("ResourceNotFoundException", lam.remove_permission, FunctionName="hello", StatementId="public")

def test_api():
    made = api.create_api(Name="a", ProtocolType="HTTP", Tags={"t": "1"})
    i = made["ApiId"]
    assert status(made) == 201 and made["ApiEndpoint"] == url + "/_fnctl/api/" + i
    integration = api.create_integration(ApiId=i, IntegrationType="AWS_PROXY", IntegrationUri=ARN, PayloadFormatVersion="2.0")
    target = "integrations/" + integration["IntegrationId"]
    route = api.create_route(ApiId=i, RouteKey="GET /x/{p+}", Target=target)
    fails("ConflictException", api.create_route, ApiId=i, RouteKey="GET /x/{p+}", Target=target)
    fails("BadRequestException", api.create_route, ApiId=i, RouteKey="FETCH x", Target=target)
    fails("BadRequestException", api.create_route, ApiId=i, RouteKey="GET /", Target="integrations/none")
    stage = api.create_stage(ApiId=i, StageName="$default", AutoDeploy=True, Tags={"s": "1"})
    assert stage["DeploymentId"] and api.get_stage(ApiId=i, StageName="$default")["AutoDeploy"]
    assert api.update_route(ApiId=i, RouteId=route["RouteId"], RouteKey="POST /y")["RouteKey"] == "POST /y"
    assert [r["RouteKey"] for r in api.get_routes(ApiId=i)["Items"]] == ["POST /y"]
    fails("ConflictException", api.delete_integration, ApiId=i, IntegrationId=integration["IntegrationId"])
    arn = "arn:aws:apigateway:eu-central-1::/apis/" + i
    api.tag_resource(ResourceArn=arn, Tags={"u": "2"})
    api.untag_resource(ResourceArn=arn, TagKeys=["t"])
    assert api.get_tags(ResourceArn=arn)["Tags"] == {"u": "2"}
    assert api.update_api(ApiId=i, CorsConfiguration={"AllowOrigins": ["*"]})["CorsConfiguration"]["AllowOrigins"] == ["*"]
    assert api.get_apis()["Items"][0]["Name"] == "a"
    fails("NotFoundException", api.get_api, ApiId="none")
    quick = api.create_api(Name="q", ProtocolType="HTTP", Target=ARN)
    assert [r["RouteKey"] for r in api.get_routes(ApiId=quick["ApiId"])["Items"]] == ["$default"]
    assert status(api.delete_api(ApiId=quick["ApiId"])) == 204

def test_schedule():
    good = dict(Name="tick", ScheduleExpression="rate(5 minutes)", FlexibleTimeWindow={"Mode": "OFF"}, Target={"Arn": ARN, "RoleArn": ROLE, "Input": "{}"})
    def bad(code, **changed):
        fails(code, sched.create_schedule, **{**good, **changed})
    bad("ValidationException", ScheduleExpression="cron(* * * * *)")
    bad("ValidationException", ScheduleExpressionTimezone="Mars/Phobos")
    bad("ValidationException", FlexibleTimeWindow={"Mode": "FLEXIBLE"})
    bad("ValidationException", Target={"Arn": ARN, "RoleArn": "arn:aws:iam::000000000000:role/none"})
    bad("ResourceNotFoundException", GroupName="none")
    sched.create_schedule_group(Name="g", Tags=[{"Key": "k", "Value": "v"}])
    fails("ConflictException", sched.create_schedule_group, Name="g")
    arn = sched.create_schedule(**good, GroupName="g", State="DISABLED")["ScheduleArn"]
    assert arn == "arn:aws:scheduler:eu-central-1:000000000000:schedule/g/tick"
    bad("ConflictException", GroupName="g")
    got = sched.get_schedule(Name="tick", GroupName="g")
    assert got["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 185 and got["ScheduleExpressionTimezone"] == "UTC"
    sched.update_schedule(**{**good, "ScheduleExpression": "cron(0 9 * * ? *)"}, GroupName="g", State="DISABLED", ScheduleExpressionTimezone="Europe/Berlin")
    assert sched.get_schedule(Name="tick", GroupName="g")["CreationDate"] == got["CreationDate"]
    assert [s["Name"] for s in sched.list_schedules(GroupName="g")["Schedules"]] == ["tick"]
    group = sched.get_schedule_group(Name="g")["Arn"]
    sched.tag_resource(ResourceArn=group, Tags=[{"Key": "x", "Value": "y"}])
    sched.untag_resource(ResourceArn=group, TagKeys=["k"])
    assert sched.list_tags_for_resource(ResourceArn=group)["Tags"] == [{"Key": "x", "Value": "y"}]
    assert [g["Name"] for g in sched.list_schedule_groups()["ScheduleGroups"]] == ["default", "g"]
    fails("ResourceNotFoundException", sched.get_schedule, Name="none")

def test_logs():
    logs.create_log_group(logGroupName="/t", tags={"a": "b"})
    fails("ResourceAlreadyExistsException", logs.create_log_group, logGroupName="/t")
    logs.put_retention_policy(logGroupName="/t", retentionInDays=7)
    fails("InvalidParameterException", logs.put_retention_policy, logGroupName="/t", retentionInDays=2)
    group = logs.describe_log_groups(logGroupNamePrefix="/t")["logGroups"][0]
    assert group["retentionInDays"] == 7 and group["arn"].endswith(":log-group:/t:*")
    logs.create_log_stream(logGroupName="/t", logStreamName="s")
    now = int(time.time() * 1000)
    lines = ["INFO start", "ERROR went wrong", '{"level": "error", "n": 3}', '{"level": "info"}']
    logs.put_log_events(logGroupName="/t", logStreamName="s", logEvents=[{"timestamp": now + i, "message": m} for i, m in enumerate(lines)])
    fails("ResourceNotFoundException", logs.put_log_events, logGroupName="/t", logStreamName="none", logEvents=[{"timestamp": now, "message": "x"}])
    assert [e["message"] for e in logs.get_log_events(logGroupName="/t", logStreamName="s", startFromHead=True)["events"]] == lines
    def found(pattern):
        return [e["message"] for e in logs.filter_log_events(logGroupName="/t", filterPattern=pattern)["events"]]
    assert found("") == lines and found("ERROR") == lines[1:2] and found('"went wrong"') == lines[1:2]
    assert found("?INFO ?ERROR") == lines[:2] and found("-INFO -ERROR") == lines[2:]
    assert found('{ $.level = "error" }') == lines[2:3] and found("{ $.n = 3 }") == lines[2:3] and found('{ $.level != "error" }') == lines[3:]
    fails("InvalidParameterException", logs.filter_log_events, logGroupName="/t", filterPattern="[a, b]")
    pages, token = [], {}
    while True:
        page = logs.filter_log_events(logGroupName="/t", limit=3, **token)
        pages.append([e["message"] for e in page["events"]])
        if "nextToken" not in page:
            break
        token = {"nextToken": page["nextToken"]}
    assert pages == [lines[:3], lines[3:]], pages
    tail = logs.get_log_events(logGroupName="/t", logStreamName="s", limit=1)
    assert tail["events"][0]["message"] == lines[3]
    assert logs.get_log_events(logGroupName="/t", logStreamName="s", limit=1, nextToken=tail["nextBackwardToken"])["events"][0]["message"] == lines[2]
    assert logs.get_log_events(logGroupName="/t", logStreamName="s", nextToken=tail["nextForwardToken"])["nextForwardToken"] == tail["nextForwardToken"]
    assert logs.describe_log_streams(logGroupName="/t")["logStreams"][0]["lastEventTimestamp"] == now + 3
    arn = group["logGroupArn"]
    logs.tag_resource(resourceArn=arn, tags={"c": "d"})
    logs.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"c": "d"}
    fails("ResourceNotFoundException", logs.filter_log_events, logGroupName="/none")

def test_kept():
    assert lam.get_alias(FunctionName="hello", Name="live")["FunctionVersion"] == "2"
    assert sched.get_schedule(Name="tick", GroupName="g")["State"] == "DISABLED"
    assert api.get_apis()["Items"][0]["Name"] == "a"
    assert logs.describe_log_groups(logGroupNamePrefix="/t")["logGroups"][0]["retentionInDays"] == 7
    assert iam.get_role(RoleName="r")["Role"]["Arn"] == ROLE
    assert lam.get_layer_version(LayerName="libs", VersionNumber=1)["Version"] == 1
    assert urllib.request.urlopen(lam.get_function(FunctionName="hello")["Code"]["Location"]).status == 200

def test_removed():
    sched.delete_schedule(Name="tick", GroupName="g")
    sched.delete_schedule_group(Name="g")
    api.delete_api(ApiId=api.get_apis()["Items"][0]["ApiId"])
    lam.delete_function_url_config(FunctionName="hello")
    lam.delete_alias(FunctionName="hello", Name="live")
    assert status(lam.delete_function(FunctionName="hello")) in (200, 204)
    fails("ResourceNotFoundException", lam.delete_function, FunctionName="hello")
    lam.delete_layer_version(LayerName="libs", VersionNumber=1)
    iam.detach_role_policy(RoleName="r", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole")
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")
    logs.delete_log_group(logGroupName="/t")
    assert lam.list_functions()["Functions"] == [] and iam.list_roles()["Roles"] == []

PHASES = {
    "make": [test_identity, test_refused, test_role, test_layer, test_function, test_alias, test_settings, test_url, test_api, test_schedule,
             test_logs, test_kept],
    "kept": [test_kept],
    "remove": [test_removed],
}
for test in PHASES[phase]:
    test()
    print("ok", test.__name__)
