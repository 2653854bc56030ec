"""Whether an answer is as the service's model has it."""

import json
import re
import xml.etree.ElementTree

import botocore.eventstream
import botocore.exceptions
import botocore.parsers
import wire_value
import wire_xml

# Errors that any operation of any service may answer, with their statuses.
COMMON_ERRORS = {
    "AccessDenied": {403},
    "AccessDeniedException": {400, 403},
    "ExpiredToken": {403},
    "ExpiredTokenException": {400, 403},
    "IncompleteSignature": {400},
    "IncompleteSignatureException": {400, 403},
    "InternalFailure": {500},
    "InternalServerErrorException": {500},
    "InvalidAction": {400},
    "InvalidClientTokenId": {403},
    "InvalidParameterValue": {400},
    "InvalidSignatureException": {400, 403},
    "MissingAuthenticationToken": {403},
    "MissingAuthenticationTokenException": {400, 403},
    "MissingParameter": {400},
    "RequestEntityTooLargeException": {413},
    "SerializationException": {400},
    "ServiceUnavailable": {503},
    "SignatureDoesNotMatch": {403},
    "Throttling": {400},
    "ThrottlingException": {400, 429},
    "UnknownOperationException": {400, 404},
    "UnrecognizedClientException": {400, 403},
    "ValidationError": {400},
    "ValidationException": {400},
}
# S3's model names hardly any errors; these are its documentation's.
S3_ERRORS = {
    "BadDigest": {400},
    "BucketNotEmpty": {409},
    "EntityTooSmall": {400},
    "Forbidden": {403},
    "IllegalLocationConstraintException": {400},
    "IncompleteBody": {400},
    "InvalidArgument": {400},
    "InvalidBucketName": {400},
    "InvalidLocationConstraint": {400},
    "InvalidPart": {400},
    "InvalidPartOrder": {400},
    "InvalidRange": {416},
    "InvalidRequest": {400},
    "InvalidURI": {400},
    "KeyTooLongError": {400},
    "MalformedXML": {400},
    "NoSuchBucket": {404},
    "NoSuchLifecycleConfiguration": {404},
    "NoSuchPublicAccessBlockConfiguration": {404},
    "NoSuchTagSet": {404},
    "NoSuchUpload": {404},
    "NotImplemented": {501},
    "PreconditionFailed": {412},
    "XAmzContentSHA256Mismatch": {400},
    "301": {301},
    "304": {304},
    "403": {403},
    "404": {404},
    "412": {412},
}
# Answered with another status than the model's: these have nothing to say, or a part of it.
STATUSES = {("PutBucketTagging", 204), ("GetObject", 206)}
for _name in ("DeleteBucket", "DeleteBucketLifecycle", "DeleteBucketTagging", "DeletePublicAccessBlock"):
    STATUSES.add((_name, 204))
# What AWS answers besides the model's members.
UNMODELLED = {"__type", "message", "Message", "code", "Type", "type"}


def check(answer, operation, findings):
    status, protocol = int(answer.line[1]), operation.service_model.resolved_protocol
    if not any(name in answer.headers for name in ("x-amzn-requestid", "x-amz-request-id", "apigw-requestid")):
        findings.add("has no x-amzn-RequestId")
    if "date" not in answer.headers:
        findings.add("has no Date, which clients set their clocks by")
    parsed = parse(answer, operation, findings)
    if parsed is None:
        return
    if status >= 300:
        check_error(answer, operation, status, parsed, findings)
        return
    check_status(operation, status, findings)
    if protocol == "query":
        check_xml(answer, operation, findings)
    elif protocol == "rest-xml":
        check_rest_xml(answer, operation, findings)
    else:
        check_body(answer, operation, protocol, findings)


def parse(answer, operation, findings):
    """As botocore reads it."""
    parser = botocore.parsers.create_parser(operation.service_model.resolved_protocol)
    response = {"headers": answer.headers, "status_code": int(answer.line[1]), "body": answer.body, "context": {}}
    try:
        if operation.has_streaming_output and response["status_code"] < 300:
            return {}
        return parser.parse(response, operation.output_shape)
    except (botocore.exceptions.BotoCoreError, botocore.parsers.ResponseParserError, ValueError) as reason:
        findings.add("cannot be parsed by botocore", f"{reason}: {answer.body[:200]}")
        return None


def check_status(operation, status, findings):
    """A status that is itself a member of the answer may be any."""
    wanted = operation.http.get("responseCode", 200)
    members = operation.output_shape.members.values() if operation.output_shape else ()
    if (operation.name, status) in STATUSES:
        return
    told = any(member.serialization.get("location") == "statusCode" for member in members)
    if status != wanted and not told:
        findings.add(f"has another status than the model's {wanted}")


def check_body(answer, operation, protocol, findings):
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    check_headers(answer, shape, findings)
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return
    if int(answer.line[1]) == 204:
        if answer.body:
            findings.add("has a body, and 204 none", answer.body)
        return
    members = [m for m in shape.members.values() if not m.serialization.get("location")] if shape else []
    if not answer.body:
        if members or shape is not None and protocol == "rest-json":
            findings.add("has no body")
        return
    if payload and shape.members[payload].serialization.get("eventstream"):
        check_events(answer, shape.members[payload], findings)
        return
    version = operation.service_model.metadata.get("jsonVersion")
    kind = "application/json" if protocol == "rest-json" else f"application/x-amz-json-{version}"
    if answer.headers.get("content-type") != kind:
        findings.add(f"has another Content-Type than {kind}", answer.headers.get("content-type"))
    value = json.loads(answer.body.decode())
    if shape is None:
        if value:
            findings.add("has members, and the operation none", value)
    else:
        target = shape.members[payload] if payload else shape
        wire_value.check_structure(value, target, "", "unixTimestamp", findings)


def check_events(answer, shape, findings):
    """A body of events: each is a member of the model, the last one says how it ended."""
    if answer.headers.get("content-type") != "application/vnd.amazon.eventstream":
        findings.add("has another Content-Type than an event stream's", answer.headers.get("content-type"))
    buffer = botocore.eventstream.EventStreamBuffer()
    buffer.add_data(answer.body)
    names = []
    for message in buffer:
        name = message.headers.get(":event-type")
        names.append(name)
        if name not in shape.members or message.headers.get(":message-type") != "event":
            findings.add(f"has an event {name}, which is not in the model")
            continue
        members = shape.members[name].members
        raw = any(m.serialization.get("eventpayload") and m.type_name == "blob" for m in members.values())
        kind = "application/octet-stream" if raw else "application/json"
        if message.headers.get(":content-type") != kind:
            findings.add(f"has events {name} that are not {kind}", message.headers)
        if not raw:
            wire_value.check_structure(json.loads(message.payload), shape.members[name], "", "unixTimestamp", findings)
    if not names:
        findings.add("has no events")
    elif "InvokeComplete" in shape.members and (names.count("InvokeComplete"), names[-1]) != (1, "InvokeComplete"):
        findings.add("does not end with one InvokeComplete", names)


def check_headers(answer, shape, findings):
    known, prefixes = {}, []
    for name, member in shape.members.items() if shape else ():
        if member.serialization.get("location") == "headers":
            prefixes.append(wire_value.wire_name(name, member).lower())
        if member.serialization.get("location") == "header":
            known[wire_value.wire_name(name, member).lower()] = (name, member)
    for header, (name, member) in known.items():
        if header in answer.headers:
            wire_value.check_text(answer.headers[header], member, name, "rfc822", findings)
    for header in answer.headers:
        if header.startswith(tuple(prefixes)):
            continue
        if header.startswith("x-amz") and header not in known and not re.fullmatch(
            r"x-amzn?-(requestid|request-id|errortype|id-2|trace-id|remapped-.*)", header
        ):
            findings.add(f"has the header {header}, which is not in the model", answer.headers[header])


def check_xml(answer, operation, findings):
    if not answer.headers.get("content-type", "").startswith("text/xml"):
        findings.add("has another Content-Type than text/xml", answer.headers.get("content-type"))
    root = xml.etree.ElementTree.fromstring(answer.body.decode())
    space = operation.service_model.metadata["xmlNamespace"]
    if root.tag != f"{{{space}}}{operation.name}Response":
        findings.add(f"has another root than {operation.name}Response of {space}", root.tag)
    wrapper = operation.output_shape.serialization.get("resultWrapper") if operation.output_shape else None
    for child in root:
        if wire_xml.local(child) == "ResponseMetadata":
            continue
        if wire_xml.local(child) != wrapper:
            findings.add(f"has {wire_xml.local(child)}, which is not in the model")
            continue
        wire_xml.check(child, operation.output_shape, "", findings)
    if root.find(f"{{{space}}}ResponseMetadata/{{{space}}}RequestId") is None:
        findings.add("has no ResponseMetadata with a RequestId")
    if wrapper and root.find(f"{{{space}}}{wrapper}") is None:
        findings.add(f"has no {wrapper}")


def check_rest_xml(answer, operation, findings):
    shape = operation.output_shape
    payload = shape.serialization.get("payload") if shape else None
    check_headers(answer, shape, findings)
    members = [m for m in shape.members.values() if not m.serialization.get("location")] if shape else []
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return
    if not members or not answer.body:
        if answer.body:
            findings.add("has a body, and the operation none", answer.body)
        if members:
            findings.add("has no body")
        return
    if answer.headers.get("content-type") != "application/xml":
        findings.add("has another Content-Type than application/xml", answer.headers.get("content-type"))
    root = xml.etree.ElementTree.fromstring(answer.body.decode())
    if not root.tag.startswith("{http://s3.amazonaws.com/doc/2006-03-01/}"):
        findings.add("has another namespace than S3's", root.tag)
    if operation.name == "GetBucketLocation":
        # The first region of all is the one without a name here.
        if root.text:
            wire_value.check_text(root.text, shape.members["LocationConstraint"], "the root", "iso8601", findings)
        return
    wire_xml.check(root, shape.members[payload] if payload else shape, "", findings)


def declared(operation):
    """The errors of an operation by the code on the wire: status and shape."""
    return {
        shape.metadata.get("error", {}).get("code", shape.name): (
            shape.metadata.get("error", {}).get("httpStatusCode"),
            shape,
        )
        for shape in operation.error_shapes
    }


def check_error(answer, operation, status, parsed, findings):
    error = parsed.get("Error", {})
    # Services that once spoke the query protocol have a second code for clients of that.
    codes, known = [error.get("QueryErrorCode", ""), error.get("Code", "")], declared(operation)
    code = next((each for each in codes if each in known), codes[0] or codes[1])
    protocol = operation.service_model.resolved_protocol
    # The answer to a HEAD has no body to say anything in, nor has 304.
    if not error.get("Message") and (answer.body or protocol != "rest-xml"):
        findings.add(f"{code} has no message", answer.body)
    if code in known:
        wanted, shape = known[code]
        if wanted and status != wanted and not (protocol == "json" and status == 400):
            findings.add(f"{code} has another status than {wanted}", status)
        if protocol not in ("query", "rest-xml"):
            check_error_body(answer, protocol, code, shape, findings)
    elif status not in COMMON_ERRORS.get(code, ()) and not (
        protocol == "rest-xml" and status in S3_ERRORS.get(code, ())
    ):
        findings.add(f"{code} is no error of this operation", error.get("Message"))


def check_error_body(answer, protocol, code, shape, findings):
    if protocol == "rest-json" and not answer.headers.get("x-amzn-errortype", "").startswith(code):
        findings.add(f"{code} is not in x-amzn-ErrorType", answer.headers.get("x-amzn-errortype"))
    wire_value.check_structure(json.loads(answer.body.decode()), shape, "", "unixTimestamp", findings, UNMODELLED)
