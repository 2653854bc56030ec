"""What a request is, and whether it is as the service's model has it."""

import base64
import hashlib
import json
import re
import urllib.parse
import xml.etree.ElementTree

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import wire_value
import wire_xml

# Headers that any request may carry.
COMMON = {
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "content-type",
    "content-length",
    "transfer-encoding",
    "expect",
    "authorization",
    "connection",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-content-sha256",
    "amz-sdk-invocation-id",
    "amz-sdk-request",
    "x-amz-target",
    "x-amzn-query-mode",
    "content-md5",
}
CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, "
    r"SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})"
)


def split_target(request):
    path, _, query = request.line[1].partition("?")
    return path, query


def uri_pattern(operation):
    """An expression for the path of the model's requestUri, the names of its labels, its query."""
    uri, _, constant = operation.http["requestUri"].partition("?")
    labels, expression = [], ""
    for part in re.split(r"(\{[^}]+\})", uri):
        if part.startswith("{"):
            labels.append(part[1:-1].rstrip("+"))
            expression += "(.+)" if part.endswith("+}") else "([^/]+)"
        else:
            expression += re.escape(part)
    return expression, labels, dict(urllib.parse.parse_qsl(constant, keep_blank_values=True))


def rest_operation(request, model):
    """The operation whose method and path match, the most literal of them."""
    path, query = split_target(request)
    given = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        needed = needed_members(operation, request, given) if model.resolved_protocol == "rest-xml" else 0
        if needed is None:
            continue
        expression, labels, constant = uri_pattern(operation)
        if operation.http["method"] == request.line[0] and re.fullmatch(expression, path):
            if constant.items() <= given.items():
                found.append((-len(constant), -needed, len(labels), name))
    return model.operation_model(min(found)[3]) if found else None


def needed_members(operation, request, given):
    """How many members in query and headers the operation must have; None when one is missing. S3
    tells operations of one method and path apart by them."""
    if operation.deprecated:
        return None
    shape, count = operation.input_shape, 0
    for name in shape.required_members if shape else ():
        member = shape.members[name]
        where = {"querystring": given, "header": request.headers}.get(member.serialization.get("location"))
        if where is None:
            continue
        wire = wire_value.wire_name(name, member)
        if wire not in where and wire.lower() not in where:
            return None
        count += 1
    return count


def operation_of(request, models, findings):
    found = CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
    if not found:
        findings.add("has no Authorization of Signature Version 4", request.headers.get("authorization"))
        return None
    model = models.get(found.group(4))
    if model is None:
        findings.add("signs for an unknown service", found.group(4))
        return None
    if model.resolved_protocol in ("rest-json", "rest-xml"):
        operation = rest_operation(request, model)
    else:
        if model.resolved_protocol == "json":
            prefix, _, name = request.headers.get("x-amz-target", "").partition(".")
            if prefix != model.metadata["targetPrefix"]:
                name = ""
        else:
            form = urllib.parse.parse_qs(request.body.decode("latin-1"))
            name = form.get("Action", [""])[0]
        operation = model.operation_model(name) if name in model.operation_names else None
    if operation is None:
        findings.add(f"is no operation of {model.service_name}")
    return operation


def check(request, operation, findings):
    length = request.headers.get("content-length")
    if request.body and length != str(len(request.body)):
        findings.add("has another Content-Length than its body", length)
    if len(request.pairs) != len(request.headers):
        findings.add("has a header twice", request.pairs)
    if not request.headers.get("user-agent", "").startswith("fnctl/"):
        findings.add("does not say who sends it", request.headers.get("user-agent"))
    for name in request.headers:
        summed = operation.http_checksum and name.startswith("x-amz-checksum-")
        if name not in COMMON and name not in header_names(operation) and not summed:
            findings.add(f"has the header {name}, which is not in the model", request.headers[name])
    protocol = operation.service_model.resolved_protocol
    {"rest-json": check_rest, "rest-xml": check_rest, "json": check_json, "query": check_query}[protocol](request, operation, findings)


def header_names(operation):
    shape = operation.input_shape
    members = shape.members.items() if shape else ()
    return {
        wire_value.wire_name(name, member).lower()
        for name, member in members
        if member.serialization.get("location") == "header"
    }


def check_rest(request, operation, findings):
    shape = operation.input_shape
    path, query = split_target(request)
    if operation.service_model.resolved_protocol == "rest-xml":
        check_sums(request, operation, findings)
    expression, labels, constant = uri_pattern(operation)
    members = shape.members if shape else {}
    given = check_labels(re.fullmatch(expression, path).groups(), labels, members, operation, findings)
    given |= check_querystring(query, constant, members, findings)
    for name, member in members.items():
        if member.serialization.get("location") == "header":
            wire = wire_value.wire_name(name, member).lower()
            if wire in request.headers:
                given.add(name)
                wire_value.check_text(request.headers[wire], member, name, "rfc822", findings)
    for name in shape.required_members if shape else ():
        if members[name].serialization.get("location") and name not in given:
            findings.add(f"{name} is required and missing")
    check_rest_body(request, operation, findings)


def check_labels(values, labels, members, operation, findings):
    given = set()
    for label, value in zip(labels, values):
        name, member = next((n, m) for n, m in members.items() if wire_value.wire_name(n, m) == label)
        text = urllib.parse.unquote(value, errors="strict")
        greedy = f"{{{label}+}}" in operation.http["requestUri"]
        if urllib.parse.quote(text, safe="/-_.~" if greedy else "-_.~") != value:
            findings.add(f"{name} is not encoded as it should be in the path", value)
        wire_value.check_text(text, member, name, "iso8601", findings)
        given.add(name)
    return given


def check_querystring(query, constant, members, findings):
    given, values = set(), {}
    for pair in query.split("&") if query else []:
        key, _, value = pair.partition("=")
        text = urllib.parse.unquote(value, errors="strict")
        if urllib.parse.quote(text, safe="-_.~") != value:
            findings.add(f"{key} is not encoded as it should be in the query", value)
        values.setdefault(urllib.parse.unquote(key), []).append(text)
    known = {
        wire_value.wire_name(name, member): (name, member)
        for name, member in members.items()
        if member.serialization.get("location") == "querystring"
    }
    for key, texts in values.items():
        if key in constant and texts == [constant[key]]:
            continue
        if key not in known:
            findings.add(f"the query has {key}, which is not in the model", texts)
            continue
        name, member = known[key]
        given.add(name)
        if member.type_name == "list":
            wire_value.limits(texts, len(texts), member, name, findings)
            member = member.member
        elif len(texts) > 1:
            findings.add(f"{name} is more than once in the query", texts)
        for text in texts:
            wire_value.check_text(text, member, name, "iso8601", findings)
    return given


def check_rest_body(request, operation, findings):
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape else None
    inside = [m for m in shape.members.values() if not m.serialization.get("location")] if shape else []
    kind = request.headers.get("content-type", "")
    if operation.service_model.resolved_protocol == "rest-xml" and payload and "name" in shape.members[payload].serialization:
        if request.body:
            check_xml_body(request, shape.members[payload], findings)
        elif payload in shape.required_members:
            findings.add(f"{payload} is required and missing")
        return
    if operation.service_model.resolved_protocol == "rest-xml" and inside and "name" in shape.serialization:
        check_xml_body(request, shape, findings)
        return
    if payload and shape.members[payload].type_name in ("blob", "string"):
        wire_value.limits("", len(request.body), shape.members[payload], payload, findings)
        return
    if not inside:
        if request.body:
            findings.add("has a body, and the operation none", request.body)
        if kind and "content-type" not in header_names(operation):
            findings.add("has a Content-Type and no body", kind)
        return
    if kind != "application/json":
        findings.add("has a Content-Type that is not application/json", kind)
    value = read_json(request.body, findings)
    if value is not None and payload:
        wire_value.check(value, shape.members[payload], payload, "unixTimestamp", findings)
    elif value is not None:
        wire_value.check_structure(value, shape, "", "unixTimestamp", findings)


def check_sums(request, operation, findings):
    """The hashes that S3 wants of a body: in the signature, and where the model asks for one."""
    digest = hashlib.sha256(request.body)
    if request.headers.get("x-amz-content-sha256") != digest.hexdigest():
        findings.add("has another x-amz-content-sha256 than its body", request.headers.get("x-amz-content-sha256"))
    claimed = request.headers.get("x-amz-checksum-sha256")
    if claimed and claimed != base64.b64encode(digest.digest()).decode():
        findings.add("has another x-amz-checksum-sha256 than its body", claimed)
    if operation.http_checksum.get("requestChecksumRequired") and not claimed:
        findings.add("has no checksum, and the model wants one")


def check_xml_body(request, member, findings):
    space = member.serialization.get("xmlNamespace", {}).get("uri", "")
    try:
        root = xml.etree.ElementTree.fromstring(request.body.decode())
    except (ValueError, xml.etree.ElementTree.ParseError) as reason:
        findings.add("has a body that is no XML", f"{reason}: {request.body[:80]}")
        return
    if root.tag != f"{{{space}}}{member.serialization['name']}":
        findings.add(f"has another root than {member.serialization['name']} of {space}", root.tag)
    if request.headers.get("content-type") != "application/xml":
        findings.add("has a Content-Type that is not application/xml", request.headers.get("content-type"))
    wire_xml.check(root, member, "", findings)


def read_json(body, findings):
    try:
        return json.loads(body.decode("utf-8", errors="strict"))
    except ValueError as reason:
        findings.add("has a body that is no JSON in UTF-8", f"{reason}: {body[:80]}")
        return None


def check_root(request, findings):
    if request.line[:2] != ["POST", "/"]:
        findings.add("does not go to POST /", request.line)


def check_json(request, operation, findings):
    check_root(request, findings)
    version = operation.service_model.metadata["jsonVersion"]
    if request.headers.get("content-type") != f"application/x-amz-json-{version}":
        findings.add(f"has another Content-Type than JSON {version}", request.headers.get("content-type"))
    value = read_json(request.body, findings)
    if value is None:
        return
    if operation.input_shape:
        wire_value.check_structure(value, operation.input_shape, "", "unixTimestamp", findings)
    elif value:
        findings.add("has members, and the operation none", value)


def check_query(request, operation, findings):
    check_root(request, findings)
    kind = request.headers.get("content-type", "")
    if kind not in ("application/x-www-form-urlencoded; charset=utf-8", "application/x-www-form-urlencoded"):
        findings.add("has a Content-Type that is no form", kind)
    form = {}
    for pair in request.body.decode("ascii", errors="replace").split("&"):
        key, _, value = pair.partition("=")
        if key in form:
            findings.add(f"{key} is in the form twice")
        if not re.fullmatch(r"([A-Za-z0-9._~*+-]|%[0-9A-Fa-f]{2})*", value):
            findings.add(f"{key} is not encoded as a form's values are", value)
        form[key] = urllib.parse.unquote_plus(value, errors="strict")
    form.pop("Action")
    version = form.pop("Version", None)
    if version != operation.service_model.api_version:
        findings.add(f"has another Version than {operation.service_model.api_version}", version)
    if operation.input_shape:
        take_form(form, operation.input_shape, "", findings)
    for key in form:
        findings.add(f"{re.sub('[0-9]+', 'N', key)} is not in the model", form[key])


def take_form(form, shape, prefix, findings):
    """Takes what belongs to a structure out of the form."""
    for name, member in shape.members.items():
        key = prefix + wire_value.wire_name(name, member)
        if not take_value(form, member, key, findings) and name in shape.required_members:
            findings.add(f"{re.sub('[0-9]+', 'N', key)} is required and missing")


def take_value(form, shape, key, findings):
    parts = [k for k in form if k.startswith(key + ".")]
    if shape.type_name == "structure":
        if parts:
            take_form(form, shape, key + ".", findings)
        return bool(parts)
    if shape.type_name == "list":
        inner = key if shape.serialization.get("flattened") else f"{key}.{shape.member.serialization.get('name', 'member')}"
        count = 0
        while take_value(form, shape.member, f"{inner}.{count + 1}", findings):
            count += 1
        if count:
            wire_value.limits("", count, shape, key, findings)
        return count > 0
    if key not in form:
        return False
    wire_value.check_text(form.pop(key), shape, re.sub("[0-9]+", "N", key), "iso8601", findings)
    return True


def check_signature(request, operation, secret, findings):
    """Signs what was sent again, over the headers that were signed."""
    key, day, region, service, signed, signature = CREDENTIAL.fullmatch(request.headers["authorization"]).groups()
    path, query = split_target(request)
    names = signed.split(";")
    missing = {"host", "x-amz-date"} - set(names)
    missing |= {name for name in request.headers if name.startswith("x-amz-") and name not in names}
    if missing:
        findings.add("leaves headers unsigned", sorted(missing))
    again = botocore.awsrequest.AWSRequest(
        method=request.line[0],
        url=f"http://{request.headers['host']}{path}{'?' + query if query else ''}",
        data=request.body,
        headers={name: request.headers.get(name, "") for name in names},
    )
    again.context["timestamp"] = request.headers["x-amz-date"]
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer = kind(botocore.credentials.Credentials(key, secret), service, region)
    canonical = signer.canonical_request(again)
    if signer.signature(signer.string_to_sign(again, canonical), again) != signature:
        findings.add("has another signature than botocore makes", canonical)
    if not request.headers["x-amz-date"].startswith(day):
        findings.add("is signed for another day than its own", request.headers["x-amz-date"])
