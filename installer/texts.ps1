# texts.ps1: what the MSI carries beside programs and documents, for the WiX project; installer/build.sh
# writes the same on Debian. All with CRLF, since Notepad shows them.
param(
    [Parameter(Mandatory)] [string] $Out,
    [Parameter(Mandatory)] [string] $Libraries,
    [Parameter(Mandatory)] [string] $License
)
$ErrorActionPreference = 'Stop'
$root = Split-Path -Parent $PSScriptRoot
New-Item -ItemType Directory -Force -Path $Out | Out-Null

function Write-Text([string] $Name, [string] $Text) {
    $lines = $Text -replace "`r`n", "`n" -replace "`n", "`r`n"
    [IO.File]::WriteAllText((Join-Path $Out $Name), $lines, (New-Object Text.UTF8Encoding $false))
}

function Read-Text([string] $Path) {
    [IO.File]::ReadAllText($Path, [Text.Encoding]::UTF8)
}

$built = "    Built in Visual Studio with the libraries of $Libraries instead of Debian's, and with zlib`n" +
    "    (zlib license, copyright Jean-loup Gailly and Mark Adler)."
$notices = (Read-Text (Join-Path $root 'installer\notices.txt')).Replace('@VERSIONS@', $built)
Write-Text 'THIRD-PARTY-NOTICES.txt' ($notices + (Read-Text $License))
Write-Text 'LICENSE.txt' (Read-Text (Join-Path $root 'LICENSE'))
Write-Text 'config.default.json' (Read-Text (Join-Path $root 'config.json'))
