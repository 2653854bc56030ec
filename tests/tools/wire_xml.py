"""Checks XML elements against the shapes of a service model."""

import re

import wire_value


def local(element):
    return re.sub(r"^\{.*\}", "", element.tag)


def is_flat(shape):
    return shape.type_name == "list" and shape.serialization.get("flattened")


def element_name(name, member):
    """What a member's element is called: a flattened list's elements have the list's name, unless
    their own is given."""
    if is_flat(member) and "name" not in member.serialization:
        return member.member.serialization.get("name", name)
    return wire_value.wire_name(name, member)


def check(element, shape, path, findings):
    kind = shape.type_name
    if kind == "structure":
        check_structure(element, shape, path, findings)
    elif kind == "list":
        wire_value.limits("", len(element), shape, path, findings)
        for child in element:
            if local(child) != shape.member.serialization.get("name", "member"):
                findings.add(f"{path} has {local(child)} for an element")
            check(child, shape.member, f"{path}[]", findings)
    elif kind == "map":
        findings.add(f"{path} is a map, which is not checked")
    else:
        if len(element):
            findings.add(f"{path} has elements inside")
        wire_value.check_text(element.text or "", shape, path, "iso8601", findings)


def check_structure(element, shape, path, findings):
    known = {
        element_name(name, member): (name, member)
        for name, member in shape.members.items()
        if member.serialization.get("location") in (None, "")
    }
    seen = set()
    for child in element:
        if local(child) not in known:
            findings.add(f"{path}.{local(child)} is not in the model", child.text)
            continue
        name, member = known[local(child)]
        if name in seen and not is_flat(member):
            findings.add(f"{path}.{name} is there twice")
        seen.add(name)
        check(child, member.member if is_flat(member) else member, f"{path}.{name}", findings)
    for name in set(shape.required_members) - seen:
        if not shape.members[name].serialization.get("location"):
            findings.add(f"{path}.{name} is required and missing")
