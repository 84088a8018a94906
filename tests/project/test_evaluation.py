"""Each project evaluated by a build engine of MSBuild's kind (mono's xbuild) and built by the cross compiler.

That shows what reading the files cannot: imports in their order, property functions, the version resource made from
its template, each listed path found. xbuild knows neither a solution's C projects nor ItemDefinitionGroup; those two
are test_solution.py's.
"""

import pathlib
import re
import subprocess

import pytest

from test_solution import FIRST, PROJECTS, ROOT, TARGETS, codemodel, text_of

XMLNS = "http://schemas.microsoft.com/developer/msbuild/2003"
CONFIGURATION = "Release"
DEPS = ROOT / "build/deps/windows/include"


def without_wide_vectors():
    """windows.h includes gcc's headers of every vector unit, of which AVX-512's are half of all that is read, once a file:
    they are told that they have been read."""
    own = pathlib.Path(subprocess.run(["x86_64-w64-mingw32-gcc", "-print-file-name=include"], stdout=subprocess.PIPE,
                                      text=True, check=True).stdout.strip())
    return ["-D" + re.search(r"^#define (\w+_INCLUDED)", header.read_text(), re.M)[1]
            for kind in ("avx512", "vaes", "vpclmul", "gfni") for header in sorted(own.glob(f"{kind}*intrin.h"))]


VECTORS = without_wide_vectors()


def flags(project, build):
    """What the project asks of the compiler, for gcc."""
    known = {"HipRoot": f"{ROOT}/", "HipMessages": f"{build}/messages/", "HipVersion": codemodel.version(),
             "HipDeps": text_of(FIRST, "HipDeps")}
    said = [f"-isystem{DEPS}", f"-isystem{DEPS}/mariadb", *VECTORS]
    for option, name in (("-D", "PreprocessorDefinitions"), ("-I", "AdditionalIncludeDirectories")):
        for one in project.listed(name):
            value = re.sub(r"\$\((\w+)\)", lambda match: known.get(match[1], match[0]), one)
            if "$(" not in value:  # vcpkg's folder, which is -isystem above
                said.append(option + value)
    return "\n".join('"' + one.replace("\\", "/").replace('"', '\\"') + '"' for one in said)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All projects built into a folder of the test's own; by name what each printed at its end."""
    folder = tmp_path_factory.mktemp("evaluation")
    build = folder / "vs"
    for project in PROJECTS.values():
        (folder / f"{project.name}.rsp").write_text(flags(project, build))
    # the event texts first, which a solution would see to
    order = sorted(PROJECTS.values(), key=lambda one: (one.name != "HipBridgeMessages", one.name))
    properties = f"HipBuild={build}/;HipFlags={folder};Configuration={CONFIGURATION};Platform=x64"
    tasks = "".join(f'<MSBuild Projects="{ROOT / one.path}" Properties="{properties}" Targets="Build" />' for one in order)
    everything = folder / "all.proj"
    everything.write_text(f'<Project DefaultTargets="All" xmlns="{XMLNS}"><Target Name="All">{tasks}</Target></Project>')
    said = subprocess.run(
        ["xbuild", "/nologo", "/verbosity:minimal", f"/p:VCTargetsPath={pathlib.Path(__file__).parent / 'vctargets'}",
         everything], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if said.returncode != 0:
        pytest.fail(said.stdout[-6000:], pytrace=False)
    return build, dict(line.strip().removeprefix("built ").split("|", 1) for line in said.stdout.splitlines()
                       if line.strip().startswith("built "))


def test_every_project_builds(built):
    assert set(built[1]) == set(PROJECTS)


@pytest.mark.parametrize("name", sorted(PROJECTS))
def test_properties(name, built):
    build, said = built
    extension = {"EXECUTABLE": ".exe", "SHARED_LIBRARY": ".dll", "STATIC_LIBRARY": ".lib"}[TARGETS[name].kind]
    assert said[name] == f"{build}/{CONFIGURATION}/{name}{extension}|v143|{codemodel.version()}"


@pytest.mark.parametrize("name", sorted(one.name for one in PROJECTS.values() if text_of(one.tree, "HipDescription")))
def test_version_resource_is_cmakes(name, built):
    """The same text that CMake makes of the template."""
    made = (built[0] / "obj" / name / CONFIGURATION / "version.rc").read_text()
    of_cmake = next(codemodel.BUILD.glob(f"*/{name}.version.rc")).read_text()
    assert made.split() == of_cmake.split()


def evaluate_installer(targets):
    said = subprocess.run(
        ["xbuild", "/nologo", "/verbosity:minimal", f"/p:Configuration={CONFIGURATION}", "/p:Platform=x64",
         f"/p:WixTargetsPath={targets}", f"/p:MSBuildProgramFiles32={ROOT / 'build/none'}",
         ROOT / "installer/HipBridge.wixproj"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert said.returncode == 0, said.stdout
    return said.stdout


def test_installer_takes_what_the_programs_are_built_to():
    said = re.search(r"wix (.*)", evaluate_installer(pathlib.Path(__file__).parent / "vctargets/Wix.targets"))
    assert said[1].split("|") == [
        f"{ROOT}/build/vs/{CONFIGURATION}/HipBridge-{codemodel.version()}-x64.msi",
        f"HipBridge.wxs;{ROOT}/build/vs/text/Documents.wxs",
        f"Version={codemodel.version()}", f"Bin={ROOT}/build/vs/{CONFIGURATION}", f"Text={ROOT}/build/vs/text",
        f"Documents={ROOT}/build/vs/text", f"Root={ROOT}"]


def test_without_wix_the_rest_is_built():
    assert "No MSI: WiX v3 is not installed." in evaluate_installer(ROOT / "build/none/Wix.targets")
