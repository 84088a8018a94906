#!/usr/bin/python3
"""Writes HipBridge.sln and its C projects from what CMake says of the Windows build.

Run it when a file or a test was added: `cmake/solution.py`. What the projects have in common is in
Directory.Build.props and Directory.Cpp.props, the installer's project is installer/HipBridge.wixproj;
those are written by hand. tests/project/test_solution.py holds the result against CMake.
"""

import os
import pathlib
import sys
import uuid
from xml.sax.saxutils import escape

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import codemodel  # noqa: E402

ROOT = codemodel.ROOT
CONFIGURATIONS = ("Debug", "Release")
KINDS = {"EXECUTABLE": "Application", "STATIC_LIBRARY": "StaticLibrary", "SHARED_LIBRARY": "DynamicLibrary"}
LEFT_OUT = {"bare_http", "spoken", "strike"}  # for measures and tests, of no use without Wine

# Where a project stands, if not in its target's own folder.
TESTS = pathlib.PurePosixPath("tests/unit/visual-studio")  # so that the tests' folders show tests
FOLDERS = {"hipctl": pathlib.PurePosixPath("tools/hipctl")}
# Those with a version resource: what Explorer says of them.
DESCRIPTIONS = {"HipBridge": "HIP Bridge service", "hipctl": "HIP Bridge control",
                "HipBridgeMessages": "HIP Bridge event texts", "HipBridgeSetup": "HIP Bridge setup"}

CPP = "{8BC9CEB8-8B4A-11D0-8D11-00A0C91BC942}"
WIX = "{930C7802-8A8C-48F9-8165-68863BCCD9DD}"
FOLDER = "{2150E333-8FDC-42A3-9474-1A3956D46DE8}"

MESSAGES = r"""  <ItemGroup>
    <CustomBuild Include="events.mc">
      <Message>The event texts of %(Identity)</Message>
      <Command>if not exist "$(HipMessages)utf16" mkdir "$(HipMessages)utf16"
powershell -NoProfile -Command "[IO.File]::WriteAllText('$(HipMessages)utf16\events.mc', [IO.File]::ReadAllText('%(FullPath)'), [Text.Encoding]::Unicode)"
mc -u -h "$(HipMessages)." -r "$(HipMessages)." "$(HipMessages)utf16\events.mc"</Command>
      <Outputs>$(HipMessages)events.h;$(HipMessages)events.rc</Outputs>
    </CustomBuild>
    <ResourceCompile Include="$(HipMessages)events.rc">
      <AdditionalIncludeDirectories>$(HipMessages);%(AdditionalIncludeDirectories)</AdditionalIncludeDirectories>
    </ResourceCompile>
  </ItemGroup>
  <!-- Resources only, so that Event Viewer never holds the program: no code, no entry point. -->
  <ItemDefinitionGroup>
    <Link>
      <NoEntryPoint>true</NoEntryPoint>
      <IgnoreAllDefaultLibraries>true</IgnoreAllDefaultLibraries>
    </Link>
  </ItemDefinitionGroup>
"""


def guid(name):
    return "{%s}" % str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:hipbridge:project:" + name)).upper()


def folder(target):
    if target.name.startswith("test_"):
        return TESTS
    return FOLDERS.get(target.name, target.folder)


def windows(path, start):
    return os.path.relpath(path, start).replace("/", "\\")


def project_path(target):
    return folder(target) / f"{target.name}.vcxproj"


def items(kind, paths, start):
    if not paths:
        return ""
    lines = "".join(f'    <{kind} Include="{windows(path, start)}" />\n' for path in sorted(paths))
    return f"  <ItemGroup>\n{lines}  </ItemGroup>\n"


def reference(target, start, link=True):
    text = (f'    <ProjectReference Include="{windows(project_path(target), start)}">\n'
            f"      <Project>{guid(target.name)}</Project>\n")
    if not link:
        text += ("      <ReferenceOutputAssembly>false</ReferenceOutputAssembly>\n"
                 "      <LinkLibraryDependencies>false</LinkLibraryDependencies>\n")
    return text + "    </ProjectReference>\n"


def headers(target):
    """The headers that stand beside its sources, but not those that all tests share."""
    if target.name.startswith("test_"):
        return []
    where = {source.parent for source in target.sources if source.is_relative_to(folder(target))}
    return [path.relative_to(ROOT) for one in where for path in (ROOT / one).glob("*.h")]


def own_defines(target, all_targets):
    """Those that not all projects have (Directory.Cpp.props)."""
    common = all_targets["hipshared"].defines
    return [(name, '"$(HipDeps)"' if name == "HIPBRIDGE_DEPS" else value)
            for name, value in sorted(target.defines.items()) if name not in common]


def project(target, all_targets):
    start = folder(target)
    parts = ['<?xml version="1.0" encoding="utf-8"?>\n'
             "<!-- Written by cmake/solution.py. -->\n"
             '<Project DefaultTargets="Build" xmlns="http://schemas.microsoft.com/developer/msbuild/2003">\n'
             '  <ItemGroup Label="ProjectConfigurations">\n']
    for one in CONFIGURATIONS:
        parts.append(f'    <ProjectConfiguration Include="{one}|x64">\n'
                     f"      <Configuration>{one}</Configuration>\n"
                     "      <Platform>x64</Platform>\n"
                     "    </ProjectConfiguration>\n")
    parts.append("  </ItemGroup>\n"
                 '  <PropertyGroup Label="Globals">\n'
                 "    <VCProjectVersion>17.0</VCProjectVersion>\n"
                 f"    <ProjectGuid>{guid(target.name)}</ProjectGuid>\n"
                 "    <Keyword>Win32Proj</Keyword>\n"
                 f"    <RootNamespace>{target.name}</RootNamespace>\n"
                 "    <WindowsTargetPlatformVersion>10.0</WindowsTargetPlatformVersion>\n"
                 "  </PropertyGroup>\n"
                 '  <Import Project="$(VCTargetsPath)\\Microsoft.Cpp.Default.props" />\n'
                 '  <PropertyGroup Label="Configuration">\n'
                 f"    <ConfigurationType>{KINDS[target.kind]}</ConfigurationType>\n"
                 "    <PlatformToolset>v143</PlatformToolset>\n"
                 "    <CharacterSet>Unicode</CharacterSet>\n"
                 "    <UseDebugLibraries Condition=\"'$(Configuration)' == 'Debug'\">true</UseDebugLibraries>\n"
                 "    <SpectreMitigation Condition=\"'$(HipSpectre)' == 'true'\">Spectre</SpectreMitigation>\n"
                 "  </PropertyGroup>\n"
                 '  <Import Project="$(VCTargetsPath)\\Microsoft.Cpp.props" />\n')
    if target.name in DESCRIPTIONS:
        parts.append("  <PropertyGroup>\n"
                     f"    <HipDescription>{escape(DESCRIPTIONS[target.name])}</HipDescription>\n"
                     "  </PropertyGroup>\n")
    compile_settings = ""
    own = [name if value is None else f"{name}={value}" for name, value in own_defines(target, all_targets)]
    if own:
        compile_settings += (f"      <PreprocessorDefinitions>{';'.join(own)};"
                             "%(PreprocessorDefinitions)</PreprocessorDefinitions>\n")
    includes = [f"$(HipRoot){str(one).replace('/', chr(92))}" for one in target.includes
                if str(one) != "shared"]
    if target.name == "HipBridge":
        includes.append("$(HipMessages)")
    if includes:
        compile_settings += (f"      <AdditionalIncludeDirectories>{';'.join(includes)};"
                             "%(AdditionalIncludeDirectories)</AdditionalIncludeDirectories>\n")
    if compile_settings:
        parts.append(f"  <ItemDefinitionGroup>\n    <ClCompile>\n{compile_settings}"
                     "    </ClCompile>\n  </ItemDefinitionGroup>\n")
    parts.append(items("ClCompile", target.sources, start))
    parts.append(items("ClInclude", headers(target), start))
    if target.name == "HipBridgeMessages":
        parts.append(MESSAGES)
    if target.name in DESCRIPTIONS:
        parts.append('  <ItemGroup>\n    <ResourceCompile Include="$(IntDir)version.rc" />\n  </ItemGroup>\n')
    parts.append(items("ResourceCompile", target.resources, start))
    if target.definitions:
        parts.append("  <ItemDefinitionGroup>\n    <Link>\n"
                     f"      <ModuleDefinitionFile>{windows(target.definitions, start)}</ModuleDefinitionFile>\n"
                     "    </Link>\n  </ItemDefinitionGroup>\n")
    references = ""
    if target.uses_shared:
        references += reference(all_targets["hipshared"], start)
    if target.name == "HipBridge":
        references += reference(all_targets["HipBridgeMessages"], start, link=False)
    if references:
        parts.append(f"  <ItemGroup>\n{references}  </ItemGroup>\n")
    parts.append('  <Import Project="$(VCTargetsPath)\\Microsoft.Cpp.targets" />\n</Project>\n')
    return "".join(parts)


def solution(chosen):
    lines = ["", "Microsoft Visual Studio Solution File, Format Version 12.00", "# Visual Studio Version 17",
             "VisualStudioVersion = 17.0.31903.59", "MinimumVisualStudioVersion = 10.0.40219.1"]
    entries = [(CPP, one.name, windows(project_path(one), "."), guid(one.name)) for one in chosen]
    entries.append((WIX, "installer", "installer\\HipBridge.wixproj", guid("installer")))
    tests = [one for one in chosen if one.name.startswith("test_")]
    entries.append((FOLDER, "tests", "tests", guid("tests")))
    entries.append((FOLDER, "common", "common", guid("common")))
    for kind, name, path, own in entries:
        lines.append(f'Project("{kind}") = "{name}", "{path}", "{own}"')
        if name == "common":
            lines.append("\tProjectSection(SolutionItems) = preProject")
            lines += [f"\t\t{one} = {one}" for one in
                      ("Directory.Build.props", "Directory.Cpp.props", "VERSION", "vcpkg.json")]
            lines.append("\tEndProjectSection")
        if name == "installer":  # which names no C project that it could be built after
            lines.append("\tProjectSection(ProjectDependencies) = postProject")
            lines += [f"\t\t{guid(one)} = {guid(one)}" for one in sorted(DESCRIPTIONS)]
            lines.append("\tEndProjectSection")
        lines.append("EndProject")
    lines += ["Global", "\tGlobalSection(SolutionConfigurationPlatforms) = preSolution"]
    lines += [f"\t\t{one}|x64 = {one}|x64" for one in CONFIGURATIONS]
    lines += ["\tEndGlobalSection", "\tGlobalSection(ProjectConfigurationPlatforms) = postSolution"]
    for kind, name, _, own in entries:
        for one in CONFIGURATIONS if kind != FOLDER else ():
            lines.append(f"\t\t{own}.{one}|x64.ActiveCfg = {one}|x64")
            if name != "installer" or one == "Release":
                lines.append(f"\t\t{own}.{one}|x64.Build.0 = {one}|x64")
    lines += ["\tEndGlobalSection", "\tGlobalSection(SolutionProperties) = preSolution",
              "\t\tHideSolutionNode = FALSE", "\tEndGlobalSection",
              "\tGlobalSection(NestedProjects) = preSolution"]
    lines += [f"\t\t{guid(one.name)} = {guid('tests')}" for one in tests]
    lines += ["\tEndGlobalSection", "EndGlobal", ""]
    return "\ufeff" + "\n".join(lines)


def main():
    all_targets = codemodel.targets()
    chosen = [one for name, one in sorted(all_targets.items()) if name not in LEFT_OUT]
    written = {ROOT / project_path(one): project(one, all_targets) for one in chosen}
    written[ROOT / "HipBridge.sln"] = solution(chosen)
    for path, text in written.items():
        path.write_bytes(text.replace("\n", "\r\n").encode())
    for path in (ROOT / TESTS).glob("*.vcxproj"):
        if path not in written:
            path.unlink()


if __name__ == "__main__":
    main()
