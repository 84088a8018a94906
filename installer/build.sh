#!/bin/bash
# build.sh BUILD_DIR OUT.msi [VERSION]: the MSI from the programs in BUILD_DIR/bin, by wixl. VERSION stands for another
# one's package in tests of upgrades. The same input gives the same bytes.
# wixl leaves some columns wrong or empty; msibuild sets them, and each is read back, since msibuild
# says nothing when a change did not take. With a certificate (sign.sh) programs and package are signed.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
[[ $# == 2 || $# == 3 ]] || { echo "usage: build.sh BUILD_DIR OUT.msi [VERSION]" >&2; exit 2; }
bin=$(cd "$1" && pwd)/bin
versions=$(cd "$1" && pwd)/../deps/versions
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
program_version=$(<"$root/VERSION")
version=${3:-$program_version}
# The date of all files and of the package: that of the sources.
time=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date -ud 2026-01-01 +%s)}
programs=(HipBridge.exe hipctl.exe HipBridgeMessages.dll)

die() {
    echo "build.sh: $*" >&2
    exit 1
}

stage=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$stage"' EXIT
cd "$stage" # wixl takes relative paths alone
mkdir -p bin text tables root/installer
for program in "${programs[@]}" HipBridgeSetup.dll; do cp "$bin/$program" bin/; done
# Before anything is counted or hashed; nothing is signed unless a certificate is named (sign.sh).
"$root/installer/sign.sh" bin/*
"$root/installer/documents.py" documents
cp "$root/installer/HipBridge.ico" root/installer/
"$root/installer/wixl.py" "$root/installer" tables
mv tables/HipBridge.wxs root/installer/

crlf() { sed 's/\r*$/\r/'; }

# Notepad shows these: CRLF.
{
    sed "/^@VERSIONS@/Q" "$root/installer/notices.txt"
    if [[ -f $versions ]]; then sed 's/^/    /' "$versions"; fi
    sed "1,/^@VERSIONS@/d" "$root/installer/notices.txt"
    cat /usr/share/common-licenses/LGPL-2.1
} | crlf >text/THIRD-PARTY-NOTICES.txt
crlf <"$root/LICENSE" >text/LICENSE.txt
crlf <"$root/config.json" >text/config.default.json

# Codes made of the content: another build of a version is another product, which replaces the first.
code_of() {
    local hash
    hash=$({ echo "$1 $version $time"; find bin text tables documents root -type f -print0 | sort -z | xargs -0 sha256sum; sha256sum <"$root/installer/build.sh"; } |
        sha256sum | tr a-f A-F)
    echo "{${hash:0:8}-${hash:8:4}-5${hash:13:3}-8${hash:17:3}-${hash:20:12}}"
}
product_code=$(code_of product)
package_code=$(code_of package)
sed -i "s/<Product Id=\"\*\"/<Product Id=\"$product_code\"/" root/installer/HipBridge.wxs
find . -exec touch -h -d "@$time" {} +

G_DEBUG=fatal-warnings wixl -a x64 -D Wixl=yes -D "Version=$version" -D Bin=bin -D Text=text -D Documents=documents -D Root=root \
    -o new.msi root/installer/HipBridge.wxs documents/Documents.wxs

msiinfo export new.msi Property >Property.idt
grep -q "ProductCode.$product_code" Property.idt || die "the product code was not set"

# The code page first, which what follows is written in.
msibuild new.msi -i tables/_ForceCodepage.idt
rm tables/_ForceCodepage.idt
for idt in tables/*.idt; do
    msibuild new.msi -i "$idt"
    # msibuild says nothing where it takes a cell for another type.
    diff <(tr -d '\r' <"$idt" | tail -n +4 | sort) <(msiinfo export new.msi "$(basename "$idt" .idt)" | tr -d '\r\0' | tail -n +4 | sort) >&2 ||
        die "$(basename "$idt") did not come out as it was written"
done

query() { msibuild new.msi -q "$1" || die "msibuild refused: $1"; }

# expect TABLE REGEX: a row of the table, columns separated by |, must match it wholly; `!` before it: none may.
expect() {
    local found=1 rows
    # Whole, before it is searched: grep ends at the first row that it looks for, and what still writes to it has failed then.
    rows=$(msiinfo export new.msi "$1" | tr -d '\r' | tr '\t' '|' | tail -n +4)
    grep -qxE "${2#!}" <<<"$rows" || found=0
    if [[ $2 == !* ]]; then
        ((found == 0)) || die "table $1 has a row it must not have: ${2#!}"
    else
        ((found == 1)) || die "table $1 lacks the row $2"
    fi
}

# A file with a version resource is replaced by a newer version only if the table says the version; a hash
# beside it is for files without one.
for program in "${programs[@]}"; do
    query "UPDATE \`File\` SET \`Version\` = '$program_version.0' WHERE \`File\` = '$program'"
    query "UPDATE \`File\` SET \`Language\` = '1033' WHERE \`File\` = '$program'"
    query "DELETE FROM \`MsiFileHash\` WHERE \`File_\` = '$program'"
    name=${program//./\\.}
    expect File "$name\|[A-Za-z]+\|$name\|$(stat -L -c %s "bin/$program")\|${program_version//./\\.}\.0\|1033\|512\|[0-9]+"
    expect MsiFileHash "!$name\|.*"
done

# The old version is removed inside the transaction, so that a failed upgrade brings it back.
query "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = 1550 WHERE \`Action\` = 'RemoveExistingProducts'"
expect InstallExecuteSequence 'RemoveExistingProducts\|[^|]*\|1550'
expect InstallExecuteSequence 'InstallInitialize\|[^|]*\|1500'
expect InstallExecuteSequence 'ProcessComponents\|[^|]*\|1600'

# Another build of the same version replaces it too (VersionMaxInclusive), instead of standing beside it.
upgrade_code=$(sed -n 's/.* UpgradeCode="\([-0-9a-f]*\)".*/{\1}/p' "$root/installer/HipBridge.wxs" | tr a-f A-F)
query "DELETE FROM \`Upgrade\` WHERE \`ActionProperty\` = 'WIX_UPGRADE_DETECTED'" # all columns are its key
query "INSERT INTO \`Upgrade\` (\`UpgradeCode\`, \`VersionMax\`, \`Attributes\`, \`ActionProperty\`) VALUES ('$upgrade_code', '$version', 513, 'WIX_UPGRADE_DETECTED')"
query "UPDATE \`Property\` SET \`Value\` = '$upgrade_code' WHERE \`Property\` = 'UpgradeCode'" # in capitals, as all codes are
expect Upgrade "\{[-0-9A-F]+\}\|\|${version//./\\.}\|\|513\|\|WIX_UPGRADE_DETECTED"
expect Upgrade "\{[-0-9A-F]+\}\|${version//./\\.}\|\|\|2\|\|WIX_DOWNGRADE_DETECTED"

# Actions: a program that is installed (18), a function of a library in the package (1) or a property set (51); undoing (256),
# in the system's name (2048) later (1024), whatever they return (64), kept from the log (8192); what wixl leaves of that, and where.
action() {
    query "UPDATE \`CustomAction\` SET \`Type\` = $3 WHERE \`Action\` = '$1'"
    query "UPDATE \`InstallExecuteSequence\` SET \`Sequence\` = $2 WHERE \`Action\` = '$1'"
    expect CustomAction "$1\|$3\|$4(\|)?"
    expect InstallExecuteSequence "$1\|[^|]*\|$2"
}
later=$((64 + 1024 + 2048))
action Speak 5 $((1 + 64)) 'HipBridgeSetup\.dll\|Speak'
query "UPDATE \`InstallUISequence\` SET \`Sequence\` = 5 WHERE \`Action\` = 'Speak'"
expect InstallUISequence 'Speak\|\|5'
query "UPDATE \`CustomAction\` SET \`Type\` = $((18 + 64 + 128)) WHERE \`Action\` = 'OpenSetup'" # nobody waits for it
expect CustomAction "OpenSetup\|$((18 + 64 + 128))\|hipctl\.exe\|open setup(\|)?"
query "UPDATE \`InstallUISequence\` SET \`Sequence\` = 1310 WHERE \`Action\` = 'OpenSetup'"
expect InstallUISequence 'OpenSetup\|NOT Installed AND .*\|1310'
action UnconfigureUndo 1905 $((18 + later + 256)) 'hipctl\.exe\|configure'
action Unconfigure 1906 $((18 + later)) 'hipctl\.exe\|unconfigure'
action ConfigureUndo 5850 $((18 + later + 256)) 'hipctl\.exe\|unconfigure --rollback'
action SetConfigure 5851 $((51 + 8192)) 'Configure\|\[INSTALLDIR\]hipctl\.exe\|START=.*'
action Configure 5852 $((1 + later + 8192)) 'HipBridgeSetup\.dll\|Configure'
for row in 'StopServices\|[^|]*\|1900' 'DeleteServices\|[^|]*\|2000' 'InstallServices\|[^|]*\|5800' 'StartServices\|[^|]*\|5900'; do
    expect InstallExecuteSequence "$row"
done

# An upgrade keeps the service: to delete it fails where services.msc is open (1072), and a new one would not have the
# account and the password that somebody gave it. It is the old version's DeleteServices that an upgrade runs.
query "UPDATE \`InstallExecuteSequence\` SET \`Condition\` = 'VersionNT AND NOT UPGRADINGPRODUCTCODE' WHERE \`Action\` = 'DeleteServices'"
expect InstallExecuteSequence 'DeleteServices\|VersionNT AND NOT UPGRADINGPRODUCTCODE\|2000'
query "UPDATE \`InstallExecuteSequence\` SET \`Condition\` = 'VersionNT AND (NOT OLDSTART OR NEWSERVICE)' WHERE \`Action\` = 'InstallServices'"
expect InstallExecuteSequence 'InstallServices\|VersionNT AND \(NOT OLDSTART OR NEWSERVICE\)\|5800'

# A service that was set to be started by hand, or not at all, stays stopped over an upgrade.
query "UPDATE \`InstallExecuteSequence\` SET \`Condition\` = 'VersionNT AND NOT (OLDSTART=\"#3\" OR OLDSTART=\"#4\")' WHERE \`Action\` = 'StartServices'"
expect InstallExecuteSequence 'StartServices\|VersionNT AND NOT \(OLDSTART="#3" OR OLDSTART="#4"\)\|5900'

# Public properties that reach the part that runs as SYSTEM.
secure='CONFIG;DBHOST;DBNAME;DBPASSWORD;DBUSER;LANGUAGE;LOGDIR;NEWSERVICE;OLDSTART;PORT;SYNC;TLS;TLSCA;WINDOWSMAJOR;WIX_DOWNGRADE_DETECTED;WIX_UPGRADE_DETECTED'
query "UPDATE \`Property\` SET \`Value\` = '$secure' WHERE \`Property\` = 'SecureCustomProperties'"
expect Property "SecureCustomProperties\|$secure"
query "INSERT INTO \`Property\` (\`Property\`, \`Value\`) VALUES ('MsiHiddenProperties', 'DBPASSWORD;Configure')"
expect Property 'MsiHiddenProperties\|DBPASSWORD;Configure'

# The folder in the Start menu goes with the last entry; the windows that flash by are kept small.
query "INSERT INTO \`RemoveFile\` (\`FileKey\`, \`Component_\`, \`DirProperty\`, \`InstallMode\`) VALUES ('RemoveMenu', 'ControlProgram', 'MenuDir', 2)"
expect RemoveFile 'RemoveMenu\|ControlProgram\|\|MenuDir\|2'
for entry in MenuConfig MenuPrompt MenuSetup MenuTest; do
    query "UPDATE \`Shortcut\` SET \`ShowCmd\` = 7 WHERE \`Shortcut\` = '$entry'"
done

# Their names and descriptions in the language of whoever looks.
while read -r entry column value; do
    [[ $column == *DLL ]] && value="'$value'"
    query "UPDATE \`Shortcut\` SET \`$column\` = $value WHERE \`Shortcut\` = '$entry'"
done <tables/shortcuts

# hipctl is found in every command prompt opened from then on: the folder at the end of the PC's PATH (`*`), taken out again
# by an uninstall (`-`).
printf '%s\t%s\t%s\t%s\r\n' Environment Name Value Component_ s72 l255 L255 s72 >Environment.idt
printf 'Environment\tEnvironment\r\n' >>Environment.idt
printf '%s\t%s\t%s\t%s\r\n' Path '=-*PATH' '[~];[INSTALLDIR]' ControlProgram >>Environment.idt
msibuild new.msi -i Environment.idt
expect Environment 'Path\|=-\*PATH\|\[~\];\[INSTALLDIR\]\|ControlProgram'
for row in 'RemoveEnvironmentStrings 3300' 'WriteEnvironmentStrings 5200'; do
    read -r name place <<<"$row"
    query "INSERT INTO \`InstallExecuteSequence\` (\`Action\`, \`Sequence\`) VALUES ('$name', $place)"
    expect InstallExecuteSequence "$name\|[^|]*\|$place"
done

# Names in the form that every version of Windows Installer takes: a short one before a long one.
shorten() {
    local table=$1 key=$2 column=$3 number=0 id name base extension
    while IFS='|' read -r id name; do
        [[ $id == TARGETDIR || $name =~ ^[A-Za-z0-9_-]{1,8}(\.[A-Za-z0-9_-]{1,3})?$ || $name == *'|'* || $name == . ]] && continue
        number=$((number + 1))
        base=${name%.*}
        extension=
        [[ $name != *.* ]] || extension=.${name##*.}
        base=${base//[^A-Za-z0-9]/}
        extension=${extension:0:4}
        base=${base:0:5}~$number
        query "UPDATE \`$table\` SET \`$column\` = '${base^^}${extension^^}|$name' WHERE \`$key\` = '$id'"
    done < <(msiinfo export new.msi "$table" | tr -d '\r' | awk -F'\t' -v column="$column" \
        'NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i } NR > 3 { print $1 "|" $at }')
}
shorten File File FileName
shorten Shortcut Shortcut Name
shorten Directory Directory DefaultDir

# What the service and Event Viewer live by.
query "UPDATE \`ServiceInstall\` SET \`ErrorControl\` = 32769" # an install without the service is none
expect ServiceInstall 'HipBridgeService\|HipBridge\|HIP Bridge\|16\|2\|32769\|\|HTTP\[~\]EventLog\[~\]\[~\]\|LocalSystem\|.*'
expect ServiceControl 'HipBridgeStop\|HipBridge\|162\|\|1\|ServiceProgram'
expect ServiceControl 'HipBridgeStart\|HipBridge\|1\|\|0\|ServiceProgram'
for value in 'EventMessageFile|\[INSTALLDIR\]HipBridgeMessages\.dll' 'TypesSupported|#7' \
    'CategoryMessageFile|\[INSTALLDIR\]HipBridgeMessages\.dll' 'CategoryCount|#5'; do
    expect Registry "reg[0-9A-F]+\|2\|SYSTEM\\\\CurrentControlSet\\\\Services\\\\EventLog\\\\Application\\\\HipBridge\|${value/|/\\|}\|EventTexts"
done

msibuild new.msi -s "HIP Bridge $version" 'the HIP Bridge authors' 'x64;1033' "$package_code"
"$root/installer/settle.py" new.msi "$time"
"$root/installer/sign.sh" new.msi
mv new.msi "$out"
