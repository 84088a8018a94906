#!/usr/bin/python3
"""documents.py OUT: README.md and docs/ as HTML in OUT, for a PC on which nothing opens Markdown, and OUT/Documents.wxs, which
has the MSI carry them. The Markdown is cmark-gfm's to read; what is ours is the page around it and where links lead.
"""

import html
import pathlib
import re
import subprocess
import sys
import uuid
from xml.sax.saxutils import quoteattr

ROOT = pathlib.Path(__file__).resolve().parents[1]
# A language's folder, its first page, what its list of documents is called in it (index.md of the folder), and what it is itself.
LANGUAGES = {"en": ("docs", "README.md", "Documents", "English"), "th": ("docs/th", "docs/th/README.md", "เอกสารทั้งหมด", "ภาษาไทย")}

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.55 "Segoe UI", "Leelawadee UI", Tahoma, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; }
html[lang=th] body { line-height: 1.8; }
code, pre { font: 14px/1.45 Consolas, "Courier New", monospace; }
pre { overflow-x: auto; padding: .8em 1em; border: 1px solid #8884; border-radius: 4px; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { border: 1px solid #8886; padding: .3em .6em; text-align: left; vertical-align: top; }
img { max-width: 100%; border: 1px solid #8884; }
a { color: #0a58ca; } @media (prefers-color-scheme: dark) { a { color: #8ab4f8; } }
nav { font-size: 14px; }
"""

PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title} – HIP Bridge</title>
<style>{style}</style>
<nav>{ways}</nav>
{body}</html>
"""


def sources():
    """The Markdown that goes to the PC, relative to the repository."""
    found = [pathlib.PurePosixPath("README.md")]
    for folder, *_ in LANGUAGES.values():
        found += [pathlib.PurePosixPath(path.relative_to(ROOT)) for path in sorted((ROOT / folder).glob("*.md"))]
    return found


def slug(text):
    """The anchor of a heading, as the web page of a repository makes it."""
    text = re.sub(r"<[^>]*>", "", html.unescape(text)).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def resolve(source, link):
    """What a link of this source leads to, relative to the repository; None: somewhere else."""
    if re.match(r"[a-z]+:|#", link):
        return None
    parts = []
    for part in (source.parent / link).parts:
        if part == "..":
            parts = parts[:-1]
        elif part != ".":
            parts.append(part)
    return pathlib.PurePosixPath(*parts)


def language_of(source):
    return next((language for language, (folder, *_) in LANGUAGES.items() if str(source.parent) == folder), "en")


def ways(source, carried):
    """The links at a page's head: its language's first page and list of documents, and the same page in another language."""
    def way(target, words, more=""):
        return f'<a href="{"../" * (len(source.parts) - 1)}{pathlib.PurePosixPath(target).with_suffix(".html")}"{more}>{words}</a>'

    own = language_of(source)
    folder, first, documents, _ = LANGUAGES[own]
    found = [way(first, "HIP Bridge"), way(f"{folder}/index.md", documents)]
    for language, (folder, its_first, _, name) in LANGUAGES.items():
        same = its_first if str(source) == first else f"{folder}/{source.name}"
        if language != own and pathlib.PurePosixPath(same) in carried:
            found.append(way(same, name, f' lang="{language}"'))
    return " · ".join(found)


def convert(source, carried, images):
    text = (ROOT / source).read_text(encoding="utf-8")
    body = subprocess.run(["cmark-gfm", "--extension", "table", "--extension", "autolink", "--unsafe"], input=text, check=True,
                          capture_output=True, text=True).stdout

    def heading(match):
        return f'<h{match[1]} id="{slug(match[2])}">{match[2]}</h{match[1]}>'

    def link(match):
        path, _, anchor = html.unescape(match[1]).partition("#")
        target = resolve(source, path) if path else None
        if target is None:
            return match[0]
        if target.suffix in (".xml", ".png"):  # a file of its own
            images.add(target)
            return match[0]
        if target not in carried:
            return match[2]  # a source file or a page for developers: named, with no way to it
        new = path[:-len(".md")] + ".html" + (f"#{anchor}" if anchor else "")
        words = re.sub(r"^([\w/-]+)\.md$", r"\1.html", match[2])  # its name, as it is here
        return f'<a href="{html.escape(new)}">{words}</a>'

    def image(match):
        target = resolve(source, html.unescape(match[1]))
        if target is not None:
            images.add(target)
        return match[0]

    body = re.sub(r"<h([1-6])>(.*?)</h\1>", heading, body, flags=re.S)
    body = re.sub(r'<a href="([^"]*)">(.*?)</a>', link, body, flags=re.S)
    re.sub(r'<img src="([^"]*)"', image, body)
    if source.name == "events.md":  # so that an event's number leads to its remedy
        body = re.sub(r"<td>(\d{3})</td>", r'<td id="e\1">\1</td>', body)
    title = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.S)
    return PAGE.format(language=language_of(source), title=re.sub(r"<[^>]*>", "", title[1]) if title else source.stem,
                       style=STYLE, ways=ways(source, carried), body=body)


def identifier(path):
    return "Doc_" + re.sub(r"[^A-Za-z0-9]", "_", str(path))


def fragment(files):
    """A component for each file, its code made of its name, so that an upgrade knows it again."""
    folders = {}
    for path in files:
        folders.setdefault(path.parent, []).append(path)
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<!-- Written by installer/documents.py. -->",
             '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">', "  <Fragment>"]

    def folder(path, depth):
        pad = "  " * depth
        for one in sorted(folders.get(path, [])):
            code = str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:hipbridge:document:{one}"))
            lines.append(f'{pad}<Component Id="{identifier(one)}" Guid="{code}" Win64="yes">')
            lines.append(f'{pad}  <File Id="{identifier(one)}.file" Name={quoteattr(one.name)} Source={quoteattr("$(var.Documents)/" + str(one))} KeyPath="yes" />')
            lines.append(f"{pad}</Component>")
        for below in sorted({other for one in folders for other in (one, *one.parents) if other.parent == path and other != path}):
            lines.append(f'{pad}<Directory Id="{"DOCSDIR" if str(below) == "docs" else identifier(below)}" Name="{below.name}">')
            folder(below, depth + 1)
            lines.append(f"{pad}</Directory>")

    lines.append('    <DirectoryRef Id="INSTALLDIR">')
    folder(pathlib.PurePosixPath("."), 3)
    lines += ["    </DirectoryRef>", "  </Fragment>", "  <Fragment>", '    <ComponentGroup Id="Documents">']
    lines += [f'      <ComponentRef Id="{identifier(one)}" />' for one in files]
    lines += ["    </ComponentGroup>", "  </Fragment>", "</Wix>", ""]
    return "\n".join(lines)


def main(out):
    out = pathlib.Path(out)
    found, images = sources(), set()
    written = []
    for source in found:
        target = source.with_suffix(".html")
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        text = convert(source, set(found), images)
        (out / target).write_bytes(text.replace("\n", "\r\n").encode())
        written.append(target)
    for image in sorted(images):
        (out / image).parent.mkdir(parents=True, exist_ok=True)
        (out / image).write_bytes((ROOT / image).read_bytes())
        written.append(image)
    (out / "Documents.wxs").write_text(fragment(written), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
