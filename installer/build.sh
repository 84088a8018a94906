#!/bin/bash
# build.sh BUILD_DIR OUT.msi: the MSI from the programs in BUILD_DIR/bin, by wixl.
# wixl leaves some columns wrong or empty; msibuild sets them, and each is read back, since msibuild
# says nothing when a change did not take.
set -euo pipefail

root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
[[ $# == 2 ]] || { echo "usage: build.sh BUILD_DIR OUT.msi" >&2; exit 2; }
bin=$(cd "$1" && pwd)/bin
versions=$(cd "$1" && pwd)/../deps/versions
out=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
version=$(<"$root/VERSION")
programs=(HipBridge.exe hipctl.exe HipBridgeMessages.dll)

die() {
    echo "build.sh: $*" >&2
    exit 1
}

stage=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$stage"' EXIT
cd "$stage" # wixl takes relative paths alone
ln -s "$root" root
ln -s "$bin" bin
mkdir text

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

G_DEBUG=fatal-warnings wixl -a x64 -D "Version=$version" -D Bin=bin -D Text=text -D Root=root -o new.msi "$root/installer/HipBridge.wxs" ||
    die "wixl failed (\"libmsi_query_execute\" alone: an Id is given twice)"

query() { msibuild new.msi -q "$1" || die "msibuild refused: $1"; }

# expect TABLE REGEX: a row of the table, columns separated by |, must match it wholly; `!` before it: none may.
expect() {
    local found=1
    msiinfo export new.msi "$1" | tr -d '\r' | tr '\t' '|' | tail -n +4 | grep -qxE "${2#!}" || found=0
    if [[ $2 == !* ]]; then
        ((found == 0)) || die "table $1 has a row it must not have: ${2#!}"
    else
        ((found == 1)) || die "table $1 lacks the row $2"
    fi
}

# A file with a version resource is replaced by a newer version only if the table says the version; a hash
# beside it is for files without one.
for program in "${programs[@]}"; do
    query "UPDATE \`File\` SET \`Version\` = '$version.0' WHERE \`File\` = '$program'"
    query "UPDATE \`File\` SET \`Language\` = '1033' WHERE \`File\` = '$program'"
    query "DELETE FROM \`MsiFileHash\` WHERE \`File_\` = '$program'"
    name=${program//./\\.}
    expect File "$name\|[A-Za-z]+\|$name\|$(stat -L -c %s "bin/$program")\|${version//./\\.}\.0\|1033\|512\|[0-9]+"
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
expect Upgrade "\{[-0-9A-F]+\}\|\|${version//./\\.}\|\|513\|\|WIX_UPGRADE_DETECTED"
expect Upgrade "\{[-0-9A-F]+\}\|${version//./\\.}\|\|\|2\|\|WIX_DOWNGRADE_DETECTED"

# What the service and Event Viewer live by.
expect ServiceInstall 'HipBridgeService\|HipBridge\|HIP Bridge\|16\|2\|(1|32769)\|\|HTTP\[~\]EventLog\[~\]\[~\]\|LocalSystem\|.*'
expect ServiceControl 'HipBridgeStop\|HipBridge\|162\|\|1\|ServiceProgram'
expect ServiceControl 'HipBridgeStart\|HipBridge\|1\|\|0\|ServiceProgram'
for value in 'EventMessageFile|\[INSTALLDIR\]HipBridgeMessages\.dll' 'TypesSupported|#7'; do
    expect Registry "reg[0-9A-F]+\|2\|SYSTEM\\\\CurrentControlSet\\\\Services\\\\EventLog\\\\Application\\\\HipBridge\|${value/|/\\|}\|EventTexts"
done

mv new.msi "$out"
