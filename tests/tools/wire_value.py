"""Checks values against the shapes of a service model: types, members, enums, limits, patterns."""

import base64
import binascii
import calendar
import re
import time

# Names of the classes of Java's expressions that Python's do not have.
JAVA_CLASSES = {
    r"\p{L}": "a-zA-Z\u00c0-\uffff",
    r"\p{Z}": "\u0020\u00a0\u2000-\u200a",
    r"\p{N}": "0-9",
    r"\p{S}": "$+<=>^`|~",
    r"\p{M}": "\u0300-\u036f",
    r"\p{P}": "!-#%-*,-/:;?@\\[-\\]_{}",
    r"\p{Graph}": "!-~",
    r"\p{Print}": " -~",
    r"\p{Punct}": "!-/:-@\\[-`{-~",
    r"\p{ASCII}": "\x00-\x7f",
}
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


# Lists that Systems Manager answers empty, whatever least its model gives them.
OFTEN_EMPTY = {".InvalidParameters", ".DeletedParameters", ".InvalidLabels", ".Parameters[].Labels"}


def matches(pattern, text):
    """AWS matches the whole of a value."""
    for name, characters in JAVA_CLASSES.items():
        pattern = pattern.replace(name, characters)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def limits(value, size, shape, path, findings):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low and path not in OFTEN_EMPTY:
        findings.add(f"{path} is below the least, {low}", value)
    if high is not None and size > high:
        findings.add(f"{path} is above the most, {high}", value)


def check_string(value, shape, path, findings):
    if not isinstance(value, str):
        findings.add(f"{path} is no string", value)
        return
    limits(value, len(value), shape, path, findings)
    pattern = shape.metadata.get("pattern")
    if pattern and not matches(pattern, value):
        findings.add(f"{path} does not match {pattern}", value)
    if shape.enum and value not in shape.enum:
        findings.add(f"{path} is none of its values", value)


def check_number(value, shape, path, findings):
    kinds = (int, float) if shape.type_name in ("double", "float") else int
    if isinstance(value, bool) or not isinstance(value, kinds):
        findings.add(f"{path} is no {shape.type_name}", value)
        return
    limits(value, value, shape, path, findings)


def is_time(value, form):
    if form == "unixTimestamp":
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    if form == "iso8601":
        return ISO.fullmatch(value) is not None
    try:
        return calendar.timegm(time.strptime(value, HTTP_DATE)) >= 0
    except ValueError:
        return False


def check_blob(value, shape, path, findings):
    if not isinstance(value, str):
        findings.add(f"{path} is no base64 string", value)
        return
    try:
        limits("", len(base64.b64decode(value, validate=True)), shape, path, findings)
    except binascii.Error:
        findings.add(f"{path} is no base64", value)


def wire_name(name, member):
    return member.serialization.get("name", name)


def check_structure(value, shape, path, form, findings, unmodelled=()):
    """Members that travel outside of the body must not be in it, nor others than the model's."""
    if not isinstance(value, dict):
        findings.add(f"{path or 'the body'} is no structure", value)
        return
    body = {
        wire_name(name, member): (name, member)
        for name, member in shape.members.items()
        if not member.serialization.get("location")
    }
    for key, part in value.items():
        if key in body:
            name, member = body[key]
            if part is None:
                findings.add(f"{path}.{key} is null")
            else:
                check(part, member, f"{path}.{name}", form, findings)
        elif key not in unmodelled:
            findings.add(f"{path}.{key} is not in the model", part)
    for name in shape.required_members:
        # Of a batch of messages only what there is.
        if shape.name.endswith("BatchResult") and name in ("Successful", "Failed"):
            continue
        member = shape.members[name]
        if not member.serialization.get("location") and wire_name(name, member) not in value:
            findings.add(f"{path}.{name} is required and missing", value)


def check(value, shape, path, form, findings):
    """`form`: how the protocol writes times in bodies."""
    kind = shape.type_name
    if kind == "structure":
        if getattr(shape, "is_document_type", False):
            return
        check_structure(value, shape, path, form, findings)
    elif kind == "list":
        if not isinstance(value, list):
            findings.add(f"{path} is no list", value)
            return
        limits(value, len(value), shape, path, findings)
        for part in value:
            check(part, shape.member, f"{path}[]", form, findings)
    elif kind == "map":
        if not isinstance(value, dict):
            findings.add(f"{path} is no map", value)
            return
        limits(value, len(value), shape, path, findings)
        for key, part in value.items():
            check(key, shape.key, f"{path} key", form, findings)
            check(part, shape.value, f"{path}{{}}", form, findings)
    elif kind in ("string", "character"):
        check_string(value, shape, path, findings)
    elif kind == "boolean":
        if not isinstance(value, bool):
            findings.add(f"{path} is no boolean", value)
    elif kind == "timestamp":
        if not is_time(value, shape.serialization.get("timestampFormat", form)):
            findings.add(f"{path} is no time as {shape.serialization.get('timestampFormat', form)}", value)
    elif kind == "blob":
        check_blob(value, shape, path, findings)
    else:
        check_number(value, shape, path, findings)


def check_text(text, shape, path, form, findings):
    """A value that is text on the wire: of a path, a query, a header, a form, an XML element."""
    kind = shape.type_name
    if kind == "boolean":
        value = {"true": True, "false": False}.get(text, text)
    elif kind in ("integer", "long", "double", "float"):
        try:
            value = float(text) if kind in ("double", "float") else int(text)
        except ValueError:
            value = text
    elif kind == "timestamp" and shape.serialization.get("timestampFormat", form) == "unixTimestamp":
        value = float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else text
    else:
        value = text
    check(value, shape, path, form, findings)
