"""credentials.py FNCTL URL: the order in which credentials and region are looked for, over a table of
files and variables. Each case says which key is used; fnctl is asked by `check --remote` against
tests/tools/identity.py at URL, and botocore, where it is installed and the case is not marked as one in
which we differ, by its own session. HOME is the folder for the files; the project is in the working folder.
"""
import json
import os
import subprocess
import sys
from pathlib import Path

fnctl, url = sys.argv[1:]
home = Path(os.environ["HOME"])
try:
    import botocore.session
    import botocore.exceptions
except ImportError:
    botocore = None


def keys(name, shared=True):
    return f"aws_access_key_id = {name}\naws_secret_access_key = secret-{name}\n"


def role(name, more):
    return f"role_arn = arn:aws:iam::1:role/{name}\n{more}\n"


def process(name):
    return "credential_process = " + process_path(name) + "\n"


def process_path(name):
    path = home / f"process-{name}"
    path.write_text("#!/bin/sh\ncat <<E\n" + json.dumps({"Version": 1, "AccessKeyId": name, "SecretAccessKey": "secret-" + name}) + "\nE\n")
    path.chmod(0o755)
    return str(path)


def environment(name):
    return {"AWS_ACCESS_KEY_ID": name, "AWS_SECRET_ACCESS_KEY": "secret-" + name}


(home / "token").write_text("web-token")
SSO = "sso_account_id = 111122223333\nsso_role_name = Sso\nsso_start_url = https://old\nsso_region = eu-west-1\n"
SESSION = "sso_account_id = 111122223333\nsso_role_name = Session\nsso_session = corp\n"
CORP = "[sso-session corp]\nsso_start_url = https://corp\nsso_region = eu-west-1\n"
WEB = role("web", f"web_identity_token_file = {home}/token")
WEB_ENV = {"AWS_WEB_IDENTITY_TOKEN_FILE": f"{home}/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/webenv"}
CONTAINER = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url + "/container"}
INSTANCE = {"AWS_EC2_METADATA_DISABLED": "false"}
KEYS_C, KEYS_S = "[default]\n" + keys("CONFIG"), "[default]\n" + keys("SHARED")
# What goes wrong, in both: no key is used.
NONE, ERROR = "none", "error"

# (what, config file, credentials file, variables, --profile, key, botocore's method or region; None: differs)
CASES = [
    ("nothing", "", "", {}, None, NONE, NONE),
    ("environment", "", "", environment("ENV"), None, "ENV", "env"),
    ("environment before files", KEYS_C, KEYS_S, environment("ENV"), None, "ENV", "env"),
    ("credentials file", "", KEYS_S, {}, None, "SHARED", "shared-credentials-file"),
    ("config file", KEYS_C, "", {}, None, "CONFIG", "config-file"),
    ("credentials file before config file", KEYS_C, KEYS_S, {}, None, "SHARED", "shared-credentials-file"),
    ("[profile default]", "[profile default]\n" + keys("PROFILE"), "", {}, None, "PROFILE", "config-file"),
    ("given profile before environment", "", "[p]\n" + keys("P"), environment("ENV"), "p", "P", "shared-credentials-file"),
    ("given default before environment", "", KEYS_S, environment("ENV"), "default", "SHARED", "shared-credentials-file"),
    ("AWS_PROFILE after environment", "", "[p]\n" + keys("P"), environment("ENV") | {"AWS_PROFILE": "p"}, None, "ENV", "env"),
    ("AWS_PROFILE", "", "[p]\n" + keys("P") + KEYS_S, {"AWS_PROFILE": "p"}, None, "P", "shared-credentials-file"),
    ("AWS_DEFAULT_PROFILE", "", "[p]\n" + keys("P") + KEYS_S, {"AWS_DEFAULT_PROFILE": "p"}, None, "P", "shared-credentials-file"),
    ("given before AWS_PROFILE", "", "[p]\n" + keys("P") + "[q]\n" + keys("Q"), {"AWS_PROFILE": "p"}, "q", "Q", "shared-credentials-file"),
    # botocore reads AWS_DEFAULT_PROFILE first; the other SDKs know AWS_PROFILE alone.
    ("AWS_PROFILE before AWS_DEFAULT_PROFILE", "", "[p]\n" + keys("P") + "[q]\n" + keys("Q"),
     {"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "q"}, None, "P", None),
    ("no such profile", KEYS_C, KEYS_S, {}, "nope", ERROR, ERROR),
    ("no such AWS_PROFILE", KEYS_C, KEYS_S, {"AWS_PROFILE": "nope"}, None, ERROR, ERROR),
    ("ID without secret in the environment", "", KEYS_S, {"AWS_ACCESS_KEY_ID": "ENV"}, None, ERROR, ERROR),
    ("secret alone in the environment", "", KEYS_S, {"AWS_SECRET_ACCESS_KEY": "x"}, None, "SHARED", "shared-credentials-file"),
    ("empty variables", "", KEYS_S, {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, None, "SHARED", "shared-credentials-file"),
    ("ID without secret in a file", "", "[default]\naws_access_key_id = X\n", {}, None, ERROR, ERROR),
    ("process", "[default]\n" + process("PROC"), "", {}, None, "PROC", "custom-process"),
    ("process before keys of the config file", KEYS_C + process("PROC"), "", {}, None, "PROC", "custom-process"),
    ("process after keys of the credentials file", "[default]\n" + process("PROC"), KEYS_S, {}, None, "SHARED", "shared-credentials-file"),
    ("process in the credentials file", "", "[default]\n" + process("PROC"), {}, None, "PROC", "custom-process"),
    ("role", "[default]\n" + role("r", "source_profile = base") + "[profile base]\n" + keys("BASE"), "", {}, None, "ASIA-r-BY-BASE", "assume-role"),
    ("role before keys of the same profile", "[default]\n" + role("r", "source_profile = base") + "[profile base]\n" + keys("BASE"),
     KEYS_S, {}, None, "ASIA-r-BY-BASE", "assume-role"),
    ("role after environment", "[default]\n" + role("r", "source_profile = base") + "[profile base]\n" + keys("BASE"), "",
     environment("ENV"), None, "ENV", "env"),
    ("role of itself", "[profile p]\n" + role("r", "source_profile = p"), "[p]\n" + keys("P"), {}, "p", "ASIA-r-BY-P", "assume-role"),
    ("role of itself without keys", "[profile p]\n" + role("r", "source_profile = p"), "", {}, "p", ERROR, ERROR),
    ("roles in a chain", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + role("b", "source_profile = c"),
     "[c]\n" + keys("C"), {}, "a", "ASIA-a-BY-b-BY-C", "assume-role"),
    ("keys before role in a source", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + role("b", "source_profile = c"),
     "[b]\n" + keys("B") + "[c]\n" + keys("C"), {}, "a", "ASIA-a-BY-B", "assume-role"),
    ("roles in a circle", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + role("b", "source_profile = a"),
     "", {}, "a", ERROR, ERROR),
    ("role of a process", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + process("PROC"), "", {}, "a",
     "ASIA-a-BY-PROC", "assume-role"),
    ("role of a web identity", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + WEB, "", {}, "a",
     "ASIA-a-BY-web-BY-web", "assume-role"),
    ("role of a source without credentials", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\nregion = x\n", "", CONTAINER, "a", ERROR, ERROR),
    ("role of a source that is missing", "[profile a]\n" + role("a", "source_profile = b"), "", {}, "a", ERROR, ERROR),
    ("role without a source", "[profile a]\n" + role("a", ""), "", {}, "a", ERROR, ERROR),
    ("role with two sources", "[profile a]\n" + role("a", "source_profile = a\ncredential_source = Environment") + keys("A"), "", {}, "a", ERROR, ERROR),
    ("role of the environment", "[profile a]\n" + role("a", "credential_source = Environment"), "", environment("ENV"), "a",
     "ASIA-a-BY-ENV", "assume-role"),
    ("environment before a role of the environment", "[profile a]\n" + role("a", "credential_source = Environment"), "",
     environment("ENV") | {"AWS_PROFILE": "a"}, None, "ENV", "env"),
    ("role of the container", "[profile a]\n" + role("a", "credential_source = EcsContainer"), "", CONTAINER, "a",
     "ASIA-a-BY-container", "assume-role"),
    ("role of the instance", "[profile a]\n" + role("a", "credential_source = Ec2InstanceMetadata"), "", INSTANCE, "a",
     "ASIA-a-BY-instance-role", "assume-role"),
    ("role of an unknown source", "[profile a]\n" + role("a", "credential_source = Elsewhere"), "", environment("ENV"), "a", ERROR, ERROR),
    ("web identity of variables", "", "", WEB_ENV, None, "ASIA-webenv-BY-web", "assume-role-with-web-identity"),
    ("web identity of variables before files", KEYS_C, KEYS_S, WEB_ENV, None, "ASIA-webenv-BY-web", "assume-role-with-web-identity"),
    ("web identity of variables after keys there", "", "", WEB_ENV | environment("ENV"), None, "ENV", "env"),
    ("web identity of variables and a given profile", "", "[p]\n" + keys("P"), WEB_ENV, "p", "P", "shared-credentials-file"),
    ("web identity of variables after a profile's role", "[default]\n" + role("r", "source_profile = base") + "[profile base]\n" + keys("BASE"),
     "", WEB_ENV, None, "ASIA-r-BY-BASE", "assume-role"),
    ("web identity of a profile", "[profile p]\n" + WEB, "", {}, "p", "ASIA-web-BY-web", "assume-role-with-web-identity"),
    ("web identity before keys of the same profile", "[profile p]\n" + WEB, "[p]\n" + keys("P"), {}, "p", "ASIA-web-BY-web", "assume-role-with-web-identity"),
    ("web identity: variables before the profile", "[profile p]\n" + WEB, "", WEB_ENV | {"AWS_PROFILE": "p"}, None,
     "ASIA-webenv-BY-web", "assume-role-with-web-identity"),
    ("web identity: file of the profile, role of the variable", f"[default]\nweb_identity_token_file = {home}/token\n", "",
     {"AWS_ROLE_ARN": "arn:aws:iam::1:role/webenv"}, None, "ASIA-webenv-BY-web", "assume-role-with-web-identity"),
    ("web identity without a role", "", KEYS_S, {"AWS_WEB_IDENTITY_TOKEN_FILE": f"{home}/token"}, None, ERROR, ERROR),
    ("sso as of old", "[default]\n" + SSO, "", {}, None, "ASIA-Sso-111122223333", "sso"),
    ("sso before keys", "[default]\n" + SSO, KEYS_S, {}, None, "ASIA-Sso-111122223333", "sso"),
    ("sso after environment", "[default]\n" + SSO, "", environment("ENV"), None, "ENV", "env"),
    ("sso with a session", "[default]\n" + SESSION + CORP, "", {}, None, "ASIA-Session-111122223333", "sso"),
    ("role of an sso profile", "[profile a]\n" + role("a", "source_profile = b") + "[profile b]\n" + SESSION + CORP, "", {}, "a",
     "ASIA-a-BY-Session-111122223333", "assume-role"),
    ("sso without a role is none", "[default]\nsso_session = corp\n" + keys("CONFIG") + CORP, "", {}, None, "CONFIG", "config-file"),
    ("sso half", "[default]\nsso_session = corp\nsso_account_id = 1\n" + CORP, KEYS_S, {}, None, ERROR, ERROR),
    ("sso with a session that is missing", "[default]\n" + SESSION, KEYS_S, {}, None, ERROR, ERROR),
    ("container", "", "", CONTAINER, None, "ASIA-container", "container-role"),
    ("container after files", "", KEYS_S, CONTAINER, None, "SHARED", "shared-credentials-file"),
    ("container before instance", "", "", CONTAINER | INSTANCE, None, "ASIA-container", "container-role"),
    ("container for a given profile without keys", "[profile p]\nregion = eu-west-3\n", "", CONTAINER, "p", "ASIA-container", "container-role"),
    ("instance", "", "", INSTANCE, None, "ASIA-instance-role", "iam-role"),
    ("instance for a given profile without keys", "[profile p]\nregion = eu-west-3\n", "", INSTANCE, "p", "ASIA-instance-role", "iam-role"),
    ("files elsewhere", "", KEYS_S, {"AWS_SHARED_CREDENTIALS_FILE": str(home / "elsewhere")}, None, NONE, NONE),
    ("comments, blanks and capitals", "# c\n[default]  \n  \nregion=eu-west-1\n; c\nAWS_ACCESS_KEY_ID=CONFIG\naws_secret_access_key:secret-CONFIG\n",
     "", {}, None, "CONFIG", "config-file"),
    ("nested sections", "[default]\ns3 =\n  max_concurrent_requests = 1\n  aws_access_key_id = NESTED\n" + keys("CONFIG"), "", {}, None, "CONFIG", "config-file"),
    ("quotes around a name", '[profile "a b"]\n' + keys("QUOTED"), "", {}, "a b", "QUOTED", "config-file"),
    # GitHub's tokens are asked for by no SDK itself.
    ("GitHub Actions", "", "", {"AWS_ROLE_ARN": "arn:aws:iam::1:role/ci", "ACTIONS_ID_TOKEN_REQUEST_URL": url + "/github",
                                "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}, None, "ASIA-ci-BY-github", None),
]

# (what, config file, variables, --profile, --region, region; True: botocore agrees)
REGIONS = [
    ("variable", "", {"AWS_DEFAULT_REGION": "eu-west-2"}, None, None, "eu-west-2", True),
    ("profile", "[default]\nregion = eu-west-3\n", {}, None, None, "eu-west-3", True),
    ("variable before profile", "[default]\nregion = eu-west-3\n", {"AWS_DEFAULT_REGION": "eu-west-2"}, None, None, "eu-west-2", True),
    ("variable before a given profile", "[profile p]\nregion = eu-west-3\n", {"AWS_DEFAULT_REGION": "eu-west-2"}, "p", None, "eu-west-2", True),
    ("profile of AWS_PROFILE", "[default]\nregion = eu-west-3\n[profile p]\nregion = eu-north-1\n", {"AWS_PROFILE": "p"}, None, None, "eu-north-1", True),
    ("given before all", "[default]\nregion = eu-west-3\n", {"AWS_DEFAULT_REGION": "eu-west-2"}, None, "eu-south-1", "eu-south-1", True),
    # botocore does not know AWS_REGION; the other SDKs know it alone.
    ("AWS_REGION first", "", {"AWS_DEFAULT_REGION": "eu-west-2", "AWS_REGION": "eu-west-1"}, None, None, "eu-west-1", False),
]


def write(config, shared):
    (home / ".aws").mkdir(exist_ok=True)
    (home / ".aws/config").write_text(config)
    (home / ".aws/credentials").write_text(shared)


def variables(more):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ACTIONS_"))}
    return clean | {"AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": url, "AWS_EC2_METADATA_DISABLED": "true"} | more


def ask_fnctl(env, profile, region=None):
    command = [fnctl, "check", "prod", "--remote", "--json"]
    command += ["--profile", profile] if profile else []
    command += ["--region", region] if region else []
    run = subprocess.run(command, env=env, capture_output=True, text=True)
    if run.returncode == 0:
        identity = json.loads(run.stdout)["identity"]
        return identity["principal"].rpartition("/")[2], identity["region"], ""
    if run.returncode != 4:
        return f"status {run.returncode}", None, run.stderr
    return NONE if "no AWS credentials" in run.stderr else ERROR, None, run.stderr


def ask_botocore(env, profile, region=None):
    os.environ.clear()
    os.environ.update(env)
    try:
        session = botocore.session.Session(profile=profile)
        if region:
            session.set_config_variable("region", region)
        credentials = session.get_credentials()
        if not credentials:
            return NONE, NONE, session.get_config_variable("region")
        key = credentials.get_frozen_credentials().access_key
        return key, credentials.method, session.get_config_variable("region")
    except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
        return ERROR, ERROR, None


def main():
    bad = 0

    def expect(what, who, found, wanted, more=""):
        nonlocal bad
        if found != wanted:
            bad += 1
            print(f"{what}: {who} says {found}, and not {wanted} {more}")

    before = dict(os.environ)
    for what, config, shared, more, profile, key, method in CASES:
        write(config, shared)
        env = variables({"AWS_DEFAULT_REGION": "eu-west-1"} | more)
        found, _, message = ask_fnctl(env, profile)
        expect(what, "fnctl", found, key, message)
        if botocore and method:
            expect(what, "botocore", ask_botocore(env, profile)[:2], (key, method))
        os.environ.clear()
        os.environ.update(before)
    for what, config, more, profile, given, region, same in REGIONS:
        write(config, "")
        env = variables(environment("ENV") | more)
        if profile:
            write(config + keys("P"), "")
        expect(what, "fnctl", ask_fnctl(env, profile, given)[1], region)
        if botocore and same:
            expect(what, "botocore", ask_botocore(env, profile, given)[2], region)
        os.environ.clear()
        os.environ.update(before)
    print(f"{len(CASES)} cases of credentials, {len(REGIONS)} of regions, {'with' if botocore else 'without'} botocore")
    return bad > 0


sys.exit(main())
