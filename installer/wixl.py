#!/usr/bin/python3
"""wixl.py FOLDER OUT: HipBridge.wxs of FOLDER as wixl can read it, and as tables for msibuild what WiX v3 makes of the rest: the
files that HipBridge.wxs includes for WiX alone, the attributes that wixl does not know. So everything is written once.

OUT/HipBridge.wxs   without those attributes
OUT/*.idt           a table each, for `msibuild -i`
OUT/shortcuts       lines "SHORTCUT COLUMN VALUE", columns of the table Shortcut
"""

import pathlib
import re
import sys
import xml.etree.ElementTree as tree

CODE_PAGE = 874  # of Product/@Codepage: wixl knows that of the summary alone
SHORTCUT = re.compile(r'\s+((?:Display|Description)Resource(?:Dll|Id))="([^"]*)"')
TYPES = {"string": "slSL", "int": "iiII"}  # by: plain, localizable, nullable, both


def local(element):
    return element.tag.rpartition("}")[2]


def idt(out, name, columns, keys, rows):
    """`columns`: (name, type); a table's text archive, as Windows Installer writes them."""
    lines = [[column for column, _ in columns], [kind for _, kind in columns], [name, *keys], *rows]
    for row in rows:
        assert len(row) == len(columns) and not any(re.search(r"[\t\r\n]", cell) for cell in row), row
    text = "".join("\t".join(line) + "\r\n" for line in lines)
    text.encode(f"cp{CODE_PAGE}")  # what it has no letter for would come out as another
    (out / f"{name}.idt").write_bytes(text.encode())  # msibuild reads UTF-8


def custom_table(out, element):
    columns, keys, rows = [], [], []
    for one in element:
        if local(one) == "Column":
            which = (one.get("Localizable") == "yes") + 2 * (one.get("Nullable") == "yes")
            columns.append((one.get("Id"), TYPES[one.get("Type")][which] + one.get("Width")))
            if one.get("PrimaryKey") == "yes":
                keys.append(one.get("Id"))
        elif local(one) == "Row":
            cells = {data.get("Column"): data.text for data in one}
            rows.append([cells.get(column, "") for column, _ in columns])
    idt(out, element.get("Id"), columns, keys, rows)


# What EnsureTable makes, which Windows Installer has a fixed form for.
EMPTY = {"ActionText": ([("Action", "s72"), ("Description", "L0"), ("Template", "L0")], ["Action"])}


def include(out, path):
    for element in tree.parse(path).getroot():
        if local(element) == "EnsureTable":
            idt(out, element.get("Id"), *EMPTY[element.get("Id")], [])
        else:
            {"CustomTable": custom_table}[local(element)](out, element)


def main(folder, out):
    folder, out = pathlib.Path(folder), pathlib.Path(out)
    text = (folder / "HipBridge.wxs").read_text(encoding="utf-8")
    for name in re.findall(r"<\?include (\S+)\?>", text):
        include(out, folder / name)
    assert f'Codepage="{CODE_PAGE}"' in text
    text = text.replace(f' Codepage="{CODE_PAGE}"', "")
    (out / "_ForceCodepage.idt").write_bytes(f"\r\n\r\n{CODE_PAGE}\t_ForceCodepage\r\n".encode())
    shortcuts = []
    for element in re.findall(r"<Shortcut [^>]*>", text):
        identifier = re.search(r'Id="(\w+)"', element)[1]
        shortcuts += [f"{identifier} {name.replace('Dll', 'DLL')} {value}\n" for name, value in SHORTCUT.findall(element)]
    (out / "shortcuts").write_text("".join(shortcuts))
    text = text.replace(' Secure="yes"', "")  # build.sh has the list
    (out / "HipBridge.wxs").write_text(SHORTCUT.sub("", text), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
