"""The Visual Studio solution and CMake's lists say the same: files, definitions, libraries, version.

Both ways: what one has and the other has not, fails. `cmake/solution.py` writes the projects anew.
"""

import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "cmake"))
import codemodel  # noqa: E402

NAMESPACE = "{http://schemas.microsoft.com/developer/msbuild/2003}"
REMEDY = "(cmake/solution.py writes the projects anew)"

KINDS = {"EXECUTABLE": "Application", "STATIC_LIBRARY": "StaticLibrary", "SHARED_LIBRARY": "DynamicLibrary"}
LEFT_OUT = {"bare_http", "spoken", "strike"}  # for measures and tests, of no use without Wine
# Beside servers that no Windows here has, and by what POSIX has.
NATIVE = {"test_cloud_galera", "test_cloud_mysql", "test_files_powercut", "test_outbox_powercut"}
ONLY_MINGW = {"__USE_MINGW_ANSI_STDIO"}
PORTS = {"libmariadbclient": "libmariadb", "libsqlite3": "sqlite3", "libcjson": "cjson", "libz": "zlib", "libcmocka": "cmocka"}

# What each of cmake/options.cmake's flags for MSVC is called in a project.
FLAGS = {
    "/utf-8": ("AdditionalOptions", "/utf-8 %(AdditionalOptions)"),
    "/W4": ("WarningLevel", "Level4"),
    "/WX": ("TreatWarningAsError", "true"),
    "/sdl": ("SDLCheck", "true"),
    "/permissive-": ("ConformanceMode", "true"),
    "/guard:cf": ("ControlFlowGuard", "Guard"),
}


def read(path):
    return (ROOT / path).read_text(encoding="utf-8-sig")


def parse(path):
    return ElementTree.fromstring(read(path))


def every(tree, name):
    return list(tree.iter(NAMESPACE + name))


def text_of(tree, name):
    found = every(tree, name)
    return found[0].text if found else None


class Project:
    """A .vcxproj, with paths relative to the repository."""

    def __init__(self, path):
        self.path = pathlib.PurePosixPath(path)
        self.tree = parse(path)
        self.name = self.path.stem

    def files(self, item):
        found = []
        for element in every(self.tree, item):
            include = element.get("Include")
            if include and not include.startswith("$("):
                path = (ROOT / self.path.parent / include.replace("\\", "/")).resolve()
                found.append(pathlib.PurePosixPath(path.relative_to(ROOT)))
        return found

    def listed(self, name, source="ClCompile"):
        """The entries of a setting, this project's first, then the common ones."""
        return settings(self.tree, source, name) + settings(COMMON, source, name)


def settings(tree, tool, name):
    found = []
    for group in tree.iter(NAMESPACE + "ItemDefinitionGroup"):
        for element in group.findall(f"{NAMESPACE}{tool}/{NAMESPACE}{name}"):
            found += [one.strip() for one in element.text.split(";") if not one.startswith("%(")]
    return found


def solution_projects():
    pattern = r'^Project\("\{[^}]*\}"\) = "([^"]*)", "([^"]*)", "(\{[^}]*\})"'
    return {name: (path.replace("\\", "/"), guid)
            for name, path, guid in re.findall(pattern, read("HipBridge.sln"), re.M)}


COMMON = parse("Directory.Cpp.props")
FIRST = parse("Directory.Build.props")
TARGETS = {name: one for name, one in codemodel.targets().items() if name not in LEFT_OUT}
SOLUTION = solution_projects()
# Of our own: not what a build folder or vcpkg's holds.
FOLDERS = ("service", "shared", "tools", "tests", "installer")
ON_DISK = sorted(str(path.relative_to(ROOT)) for folder in FOLDERS
                 for path in (ROOT / folder).rglob("*.vcxproj"))
PROJECTS = {pathlib.PurePosixPath(path).stem: Project(path) for path in ON_DISK}

both = pytest.mark.parametrize("name", sorted(set(TARGETS) & set(PROJECTS)))


def same(expected, got, what):
    missing, surplus = sorted(map(str, expected - got)), sorted(map(str, got - expected))
    assert not missing and not surplus, f"{what}: missing {missing}, surplus {surplus} {REMEDY}"


def test_a_project_for_each_target():
    same(set(TARGETS), set(PROJECTS), "projects")


def test_solution_lists_each_project():
    listed = {path for path, _ in SOLUTION.values() if path.endswith("proj")}
    same(set(ON_DISK) | {"installer/HipBridge.wixproj"}, listed, "HipBridge.sln")


def test_solution_knows_each_project_by_its_guid():
    for name, (path, guid) in SOLUTION.items():
        if path.endswith("proj"):
            assert text_of(parse(path), "ProjectGuid").upper() == guid.upper(), name
    guids = [guid for _, guid in SOLUTION.values()]
    assert len(set(guids)) == len(guids)


def test_solution_builds_each_project():
    said = read("HipBridge.sln")
    for name, (path, guid) in SOLUTION.items():
        for configuration in ("Debug", "Release") if path.endswith("proj") else ():
            line = f"{guid}.{configuration}|x64.ActiveCfg = {configuration}|x64"
            assert line in said, f"{name}: {line}"
            built = f"{guid}.{configuration}|x64.Build.0" in said
            assert built == (name != "installer" or configuration == "Release"), f"{name}: {configuration}"


def test_solution_refers_to_known_projects():
    known = {guid for _, guid in SOLUTION.values()}
    sections = read("HipBridge.sln").split("Global", 1)[1]
    for guid in re.findall(r"\{[0-9A-F-]{36}\}", sections):
        assert guid in known, guid


def test_solution_shows_files_that_exist():
    for path in re.findall(r"^\t\t(\S+) = \1$", read("HipBridge.sln"), re.M):
        assert (ROOT / path).is_file() or path.startswith("{") or "|" in path, path


@both
def test_sources(name):
    sources = PROJECTS[name].files("ClCompile")
    assert len(set(sources)) == len(sources)
    same(set(TARGETS[name].sources), set(sources), PROJECTS[name].path)
    same(set(TARGETS[name].resources), set(PROJECTS[name].files("ResourceCompile")), PROJECTS[name].path)
    exports = {PROJECTS[name].path.parent / one for one in settings(PROJECTS[name].tree, "Link", "ModuleDefinitionFile")}
    same({TARGETS[name].definitions} - {None}, exports, PROJECTS[name].path)


@both
def test_headers(name):
    project = PROJECTS[name]
    folder = ROOT / project.path.parent
    expected = set(folder.rglob("*.h"))
    if name.startswith("test_") or not project.files("ClCompile"):
        expected = set()  # what all tests share is listed by none
    same({pathlib.PurePosixPath(one.relative_to(ROOT)) for one in expected},
         set(project.files("ClInclude")), project.path)


@both
def test_no_two_objects_of_one_name(name):
    stems = [one.stem for one in PROJECTS[name].files("ClCompile")]
    assert len(set(stems)) == len(stems), "they would overwrite each other in IntDir"


@both
def test_kind(name):
    assert text_of(PROJECTS[name].tree, "ConfigurationType") == KINDS[TARGETS[name].kind]


def expanded(value):
    return value.replace("$(HipVersion)", codemodel.version()).replace("$(HipDeps)", text_of(FIRST, "HipDeps"))


@both
def test_definitions(name):
    if not TARGETS[name].sources:
        return
    got = {}
    for one in PROJECTS[name].listed("PreprocessorDefinitions"):
        key, given, value = one.partition("=")
        got[key] = expanded(value) if given else None
    assert got.pop("_CRT_SECURE_NO_WARNINGS", 1) is None
    expected = {key: value for key, value in TARGETS[name].defines.items() if key not in ONLY_MINGW}
    same(set(expected), set(got), PROJECTS[name].path)
    for key, value in expected.items():
        if key == "HIPBRIDGE_DEPS":  # other libraries
            assert re.fullmatch(r'"vcpkg [0-9a-f]{40}"', got[key]), got[key]
        else:
            assert value == got[key], f"{key} {REMEDY}"


@both
def test_include_folders(name):
    got = set()
    for one in PROJECTS[name].listed("AdditionalIncludeDirectories"):
        if one.startswith("$(HipRoot)"):
            got.add(pathlib.PurePosixPath(one.removeprefix("$(HipRoot)").replace("\\", "/")))
    expected = set(TARGETS[name].includes) | {pathlib.PurePosixPath("shared")}
    same(expected, got, PROJECTS[name].path)


def test_system_libraries():
    """One list for all: what a program does not use is not linked."""
    said = [one for project in PROJECTS.values() for one in settings(project.tree, "Link", "AdditionalDependencies")]
    assert not said, "libraries belong into Directory.Cpp.props"
    expected = set().union(*(one.system for one in TARGETS.values()))
    same({one + ".lib" for one in expected}, set(settings(COMMON, "Link", "AdditionalDependencies")),
         "Directory.Cpp.props")


def test_third_party_libraries():
    manifest = json.loads(read("vcpkg.json"))
    ports = {one if isinstance(one, str) else one["name"]: one for one in manifest["dependencies"]}
    expected = set().union(*(one.third_party for one in TARGETS.values()))
    same({PORTS[one] for one in expected}, set(ports), "vcpkg.json")
    assert ports["libmariadb"]["features"] == ["schannel"]
    assert ports["libmariadb"]["default-features"] is False


def test_references():
    for name, project in PROJECTS.items():
        got = {(project.path.parent / one.get("Include").replace("\\", "/")).name
               for one in every(project.tree, "ProjectReference")}
        expected = {"hipshared.vcxproj"} if TARGETS[name].uses_shared else set()
        if name == "HipBridge":
            expected.add("HipBridgeMessages.vcxproj")
        same(expected, got, project.path)
        for one in project.files("ProjectReference"):
            assert (ROOT / one).is_file(), one


def test_version_is_written_once():
    version = codemodel.version()
    assert json.loads(read("vcpkg.json"))["version-semver"] == version
    assert "VERSION')" in text_of(FIRST, "HipVersion")
    for path in [*ON_DISK, "installer/HipBridge.wixproj", "HipBridge.sln", "Directory.Build.props",
                 "Directory.Cpp.props"]:
        assert not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", read(path)), path


def test_baseline_is_pinned_and_shown():
    baseline = json.loads(read("vcpkg.json"))["builtin-baseline"]
    assert re.fullmatch(r"[0-9a-f]{40}", baseline)
    assert text_of(FIRST, "HipDeps") == f"vcpkg {baseline}"


def test_flags():
    line = re.search(r"if\(MSVC\)\s+target_compile_options\(hip_options INTERFACE ([^)]*)\)",
                     read("cmake/options.cmake"))
    same(set(line[1].split()), set(FLAGS), "the flags for MSVC in cmake/options.cmake")
    for flag, (name, value) in FLAGS.items():
        assert text_of(COMMON, name) == value, flag
        for project in PROJECTS.values():
            assert not settings(project.tree, "ClCompile", name), f"{project.path} sets {name}"
    assert "/guard:cf" in settings(COMMON, "Link", "AdditionalOptions")[0]
    assert text_of(COMMON, "LanguageStandard_C") == "stdc17"
    assert {one.text for one in every(COMMON, "RuntimeLibrary")} == {"MultiThreadedDebug", "MultiThreaded"}
    for name, value in (("VcpkgEnableManifest", "true"), ("VcpkgTriplet", "x64-windows-static")):
        assert text_of(FIRST, name) == value


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_form(name):
    """What Visual Studio 2022 wants of a project, in the order in which it wants it."""
    project = PROJECTS[name]
    data = (ROOT / project.path).read_bytes()
    assert data.count(b"\n") == data.count(b"\r\n"), "a project's lines end in CRLF"
    assert [one.get("Include") for one in every(project.tree, "ProjectConfiguration")] == ["Debug|x64", "Release|x64"]
    assert [one.get("Project") for one in project.tree.findall(NAMESPACE + "Import")] == [
        "$(VCTargetsPath)\\Microsoft.Cpp.Default.props", "$(VCTargetsPath)\\Microsoft.Cpp.props",
        "$(VCTargetsPath)\\Microsoft.Cpp.targets"]
    assert text_of(project.tree, "PlatformToolset") == "v143"
    assert text_of(project.tree, "WindowsTargetPlatformVersion") == "10.0"
    labels = [one.get("Label") for one in project.tree.findall(NAMESPACE + "PropertyGroup")]
    assert labels[:2] == ["Globals", "Configuration"]
    assert not re.search(rb'Include="(/|[A-Za-z]:)', data), "an absolute path"


def test_version_resources():
    """The same programs have one, and the template's fields are all filled."""
    given = {name: text_of(one.tree, "HipDescription") for name, one in PROJECTS.items()}
    expected = {}
    for path in ("installer/CMakeLists.txt", "service/CMakeLists.txt", "tools/CMakeLists.txt"):
        expected |= dict(re.findall(r'hip_version_resource\((\w+) "([^"]*)"\)', read(path)))
    assert {name: text for name, text in given.items() if text} == expected
    fields = set(re.findall(r"@\w+@", read("cmake/version.rc.in")))
    same(fields, set(re.findall(r"@\w+@", read("Directory.Cpp.props"))), "Directory.Cpp.props")
    assert ";" not in read("cmake/version.rc.in"), "WriteLinesToFile would break the line there"


def test_event_catalogue():
    messages = read("service/HipBridgeMessages.vcxproj")
    assert 'CustomBuild Include="events.mc"' in messages
    assert text_of(PROJECTS["HipBridgeMessages"].tree, "NoEntryPoint") == "true"
    assert "$(HipMessages)" in PROJECTS["HipBridge"].listed("AdditionalIncludeDirectories")


def test_every_source_is_built_somewhere():
    """A .c that no list has is a file forgotten; the host's twins are for the host."""
    built = {source for one in TARGETS.values() for source in one.sources}
    for folder in ("shared", "service", "tools/hipctl", "installer", "tests/unit"):
        for path in (ROOT / folder).rglob("*.c"):
            path = pathlib.PurePosixPath(path.relative_to(ROOT))
            assert path in built or path.stem.endswith("_host") or path.stem in NATIVE, f"{path} is in no CMakeLists.txt"


def test_installer():
    tree = parse("installer/HipBridge.wixproj")
    same({path.name for path in (ROOT / "installer").glob("*.wxs")},
         {one.get("Include") for one in every(tree, "Compile")} - {r"$(HipText)\Documents.wxs"}, "installer/HipBridge.wixproj")
    given = {one.partition("=")[0] for one in text_of(tree, "DefineConstants").split(";")}
    wanted = {"Documents"} | set(re.findall(r"\$\(var\.(\w+)\)", "".join(read(path.relative_to(ROOT))
                            for path in (ROOT / "installer").glob("*.wxs"))))
    same(wanted, given, "DefineConstants")
    same(set(re.findall(r"-D ['\"]?(\w+)=", read("installer/build.sh"))) - {"Wixl"}, given, "installer/build.sh")
    # the texts that build.sh writes as well
    texts = set(re.findall(r"\$\(var\.Text\)/([^\"]+)", read("installer/HipBridge.wxs")))
    same(texts | {"README.html", "Documents.wxs"}, set(re.findall(r"^Write-(?:Text|Page) '([^']+)'", read("installer/texts.ps1"), re.M)), "installer/texts.ps1")
    assert text_of(tree, "OutputName") == "HipBridge-$(HipVersion)-x64"


def test_workflows_build_what_is_here():
    said = read(".github/workflows/windows.yml")
    assert "HipBridge.sln" in said and "windows-2022" in said
    said = read(".github/workflows/debian.yml")
    assert "./dev test" in read(".ci/run") and ".ci/run" in said and "installer\\acceptance.cmd" in said
