"""Compares a policy of `fnctl policy` with what was really sent.

    check_policy.py WIRE POLICY... [--unused ACTION...]

WIRE            what tests/tools/proxy.py recorded
POLICY          policies that hold together: what one of them allows is allowed
--unused        actions that may stay without use

Each request is turned into the actions and resources that AWS asks for, as the Service Authorization
Reference has them; some ask for more than one. Says what was not allowed, and what was allowed and
never asked for; the status is 1 then.
"""

import argparse
import base64
import json
import re
import sys
import urllib.parse

ALL = "*"


class Request:
    def __init__(self, line):
        recorded = json.loads(line)
        head = base64.b64decode(recorded["request"]["head"]).decode("latin-1")
        self.service, _, self.operation = recorded["operation"].partition(".")
        self.method, target = head.split(" ")[:2]
        path, _, query = target.partition("?")
        self.path = [urllib.parse.unquote(part) for part in path.strip("/").split("/")]
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.region = re.search(r"Credential=[^/]+/\d+/([^/]+)/", head).group(1)
        body = base64.b64decode(recorded["request"]["body"])
        self.body = {}
        if body.startswith(b"{"):
            self.body = json.loads(body)
        elif self.service in ("iam", "cloudformation"):
            self.body = dict(urllib.parse.parse_qsl(body.decode()))


class Arns:
    """The ARNs of an account; the path of the roles is learnt from their making."""

    def __init__(self, account):
        self.account, self.role_path = account, "/"

    def of(self, request, service, resource):
        return f"arn:aws:{service}:{request.region}:{self.account}:{resource}"

    def role(self, name, path=None):
        return f"arn:aws:iam::{self.account}:role{path or self.role_path}{name}"


def passed_role(arn, service):
    return [("iam:PassRole", arn, {"iam:PassedToService": service})] if arn else []


def of_lambda(request, arns):
    operation, path, body = request.operation, request.path, request.body
    action = "lambda:" + {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"}.get(operation, operation)
    if path[1] == "tags":
        return [(action, path[2])]
    if path[1] == "layers":
        if operation in ("ListLayers", "ListLayerVersions"):
            return [(action, ALL)]
        return [(action, arns.of(request, "lambda", ":".join(["layer", path[2], *path[4:5]])))]
    if path[1] == "event-source-mappings":
        if len(path) == 2:
            tags = [("lambda:TagResource", arns.of(request, "lambda", "event-source-mapping:new"))] if "Tags" in body else []
            return [(action, ALL), *tags]
        return [(action, arns.of(request, "lambda", "event-source-mapping:" + path[2]))]
    if operation == "ListFunctions":
        return [(action, ALL)]
    name = body["FunctionName"] if operation == "CreateFunction" else path[2]
    function = arns.of(request, "lambda", "function:" + name)
    asked = [(action, function + (":" + request.query["Qualifier"] if "Qualifier" in request.query else ""))]
    if operation == "GetFunction":
        asked.append(("lambda:ListTags", function))
    if operation == "CreateFunction" and body.get("Tags"):
        asked.append(("lambda:TagResource", function))
    if operation in ("CreateFunction", "UpdateFunctionConfiguration"):
        asked += passed_role(body.get("Role"), "lambda.amazonaws.com")
        asked += [("lambda:GetLayerVersion", layer) for layer in body.get("Layers", [])]
        if body.get("VpcConfig", {}).get("SubnetIds"):
            asked += [("ec2:Describe" + kind, ALL) for kind in ("SecurityGroups", "Subnets", "Vpcs")]
    return asked


def of_iam(request, arns):
    operation, body = request.operation, request.body
    if operation == "ListRoles":
        return [("iam:ListRoles", ALL)]
    if operation == "SimulatePrincipalPolicy":
        return []  # it may be refused
    if operation == "CreateRole":
        arns.role_path = body["Path"]
    asked = [("iam:" + operation, arns.role(body["RoleName"]))]
    # Of a role that is not there its path is not known.
    if operation in ("GetRole", "GetRolePolicy"):
        asked.append(("iam:" + operation, arns.role(body["RoleName"], "/")))
    if operation == "CreateRole" and "Tags.member.1.Key" in body:
        asked.append(("iam:TagRole", asked[0][1]))
    return asked


LOG_DELIVERY = (
    "CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery", "ListLogDeliveries", "PutResourcePolicy",
    "DescribeResourcePolicies",
)


def of_apigateway(request, _):
    prefix = f"arn:aws:apigateway:{request.region}::/"
    if request.path[1] == "tags":
        tags, api = prefix + "tags/" + urllib.parse.quote(request.path[2], safe=""), request.path[2]
        if request.method == "DELETE":
            return [("apigateway:DELETE", tags), ("apigateway:UntagResource", api)]
        return [("apigateway:PUT", tags), ("apigateway:POST", tags), ("apigateway:PATCH", api), ("apigateway:TagResource", api)]
    asked = [("apigateway:" + request.method, prefix + "/".join(request.path[1:]))]
    if "accessLogSettings" in request.body or "/accesslogsettings" in "/".join(request.path):
        asked += [("logs:" + name, ALL) for name in LOG_DELIVERY]
    if request.body.get("tags"):
        api = prefix + "/".join(request.path[1:])
        asked += [("apigateway:POST", prefix + "tags/new"), ("apigateway:PUT", prefix + "tags/new"), ("apigateway:TagResource", api)]
    return asked


def of_scheduler(request, arns):
    action, path, body = "scheduler:" + request.operation, request.path, request.body
    if path[0] == "tags":
        return [(action, path[1])]
    if path[0] == "schedule-groups":
        group = arns.of(request, "scheduler", "schedule-group/" + path[1])
        asked = [(action, group)]
        if body.get("Tags"):
            asked.append(("scheduler:TagResource", group))
        if request.operation == "DeleteScheduleGroup":
            asked.append(("scheduler:DeleteSchedule", arns.of(request, "scheduler", f"schedule/{path[1]}/any")))
        return asked
    if len(path) == 1:
        return [(action, ALL)]
    group = body.get("GroupName") or request.query["groupName"]
    role = body.get("Target", {}).get("RoleArn")
    return [(action, arns.of(request, "scheduler", f"schedule/{group}/{path[1]}")), *passed_role(role, "scheduler.amazonaws.com")]


def of_logs(request, arns):
    action, body = "logs:" + request.operation, request.body
    if request.operation == "DescribeLogGroups":
        return [(action, arns.of(request, "logs", "log-group::log-stream:"))]
    groups = body.get("logGroupIdentifiers") or [body.get("resourceArn") or body["logGroupName"]]
    groups = [group if group.startswith("arn:") else arns.of(request, "logs", "log-group:" + group) for group in groups]
    asked = [(action, group) for group in groups]
    if request.operation == "CreateLogGroup" and body.get("tags"):
        asked.append(("logs:TagResource", groups[0]))
    return asked


def of_values(request, arns):
    body = request.body
    if request.service == "ssm":
        names = [name.split(":")[0].lstrip("/") for name in body["Names"]]
        return [("ssm:GetParameters", arns.of(request, "ssm", "parameter/" + name)) for name in names]
    if request.service == "cloudformation":
        return [("cloudformation:DescribeStacks", arns.of(request, "cloudformation", f"stack/{body['StackName']}/id"))]
    batch = [("secretsmanager:BatchGetSecretValue", ALL)] if "SecretIdList" in body else []
    names = body.get("SecretIdList") or [body["SecretId"]]
    return batch + [("secretsmanager:GetSecretValue", arns.of(request, "secretsmanager", f"secret:{name}-AbCdEf")) for name in names]


S3_ACTIONS = {
    "HeadBucket": "ListBucket", "PutPublicAccessBlock": "PutBucketPublicAccessBlock", "HeadObject": "GetObject",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration", "CreateMultipartUpload": "PutObject", "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject", "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketNotificationConfiguration": "GetBucketNotification", "PutBucketNotificationConfiguration": "PutBucketNotification", "ListParts": "ListMultipartUploadParts",
}


def of_s3(request, _):
    # A listing of a bucket's objects or uploads is asked of the bucket.
    return [("s3:" + S3_ACTIONS.get(request.operation, request.operation), "arn:aws:s3:::" + "/".join(request.path))]


SERVICES = {
    "lambda": of_lambda, "iam": of_iam, "apigateway": of_apigateway, "scheduler": of_scheduler, "logs": of_logs, "ssm": of_values,
    "secretsmanager": of_values, "cloudformation": of_values, "s3": of_s3,
    "monitoring": lambda request, _: [("cloudwatch:" + request.operation, ALL)],
    "sts": lambda request, _: [],  # GetCallerIdentity takes none
}


def fits(pattern, text):
    """As IAM has it: '*' is anything, '?' one character."""
    return re.fullmatch("".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in pattern), text) is not None


def allows(statement, action, resource, context):
    for key, values in statement.get("Condition", {}).get("StringEquals", {}).items():
        if context.get(key) not in values:
            return False
    return action in statement["Action"] and any(
        pattern == ALL if resource == ALL else fits(pattern, resource) for pattern in statement["Resource"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wire")
    parser.add_argument("policies", nargs="+")
    parser.add_argument("--account", required=True)
    parser.add_argument("--unused", nargs="*", default=[])
    arguments = parser.parse_args()

    statements = []
    for policy in arguments.policies:
        with open(policy) as file:
            statements += json.load(file)["Statement"]
    granted = {(statement["Sid"], action) for statement in statements for action in statement["Action"]}
    used, refused, arns = set(), set(), Arns(arguments.account)
    with open(arguments.wire) as lines:
        requests = [Request(line) for line in lines]
    for request in requests:
        if request.service not in SERVICES:
            refused.add(f"{request.service}: check_policy.py does not know this service yet")
            continue
        for action, resource, *context in SERVICES[request.service](request, arns):
            allowing = [s for s in statements if allows(s, action, resource, context[0] if context else {})]
            used |= {(statement["Sid"], action) for statement in allowing}
            if not allowing:
                refused.add(f"not allowed: {action} on {resource}, for {request.service}.{request.operation}")
    surplus = {f"never used: {action} in {title}" for title, action in granted - used if action not in arguments.unused}
    for line in sorted(refused | surplus):
        print(line)
    print(f"{len(requests)} requests, {len(granted)} permissions, {len(refused)} missing, {len(surplus)} too many")
    return 1 if refused or surplus or not requests else 0


if __name__ == "__main__":
    sys.exit(main())
