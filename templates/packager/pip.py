"""Runs pip for another Python and another machine than those it runs on.

pip chooses the wheels of the platform that it is told, but what a condition such as
`; python_version < "3.11"` means it decides by the Python that runs it. Here the target decides.
It also reads the dependencies of a pyproject.toml, which pip itself does not.

python3 -c pip.py VERSION MACHINE FILE OPTION...
"""
import sys

# With -c the current folder comes first, where a module of the project could pass for one of Python's.
sys.path[:] = [folder for folder in sys.path if folder]
version, machine, source = sys.argv[1:4]
options = sys.argv[4:]


def set_target():
    from pip._vendor.packaging import markers
    environment = dict(markers.default_environment(), os_name="posix", sys_platform="linux",
                       platform_system="Linux", platform_machine=machine)
    if environment["python_version"] != version:
        full = version + ".0"
        environment.update(python_version=version, python_full_version=full,
                           implementation_version=full)
    markers.default_environment = lambda: dict(environment)


def project_requirements():
    try:
        import tomllib
    except ImportError:
        from pip._vendor import tomli as tomllib
    with open(source, "rb") as file:
        project = tomllib.load(file).get("project", {})
    if "dependencies" in project.get("dynamic", ()):
        sys.exit("its [project].dependencies are dynamic: only a build tells them")
    if "dependencies" not in project:
        sys.exit("it has no [project].dependencies")
    return project["dependencies"]


def main():
    if source.endswith(".toml"):
        requirements = project_requirements()
        if not requirements:
            return 0
    else:
        requirements = ["--requirement", source]
    set_target()
    from pip._internal.cli.main import main as pip
    return pip(["install"] + options + requirements)


sys.exit(main())
