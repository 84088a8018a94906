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

# The documents: here as they are, in Markdown; installer/documents.py makes HTML of them. README.html, which the Start menu
# opens, is the text of README.md.
$head = "<!doctype html>`n<meta charset=`"utf-8`">`n<title>HIP Bridge</title>`n<pre>`n"
$readme = (Read-Text (Join-Path $root 'README.md')).Replace('&', '&amp;').Replace('<', '&lt;')
Write-Text 'README.html' ($head + $readme + "</pre>`n")
$wxs = @('<?xml version="1.0" encoding="utf-8"?>', '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">', '<Fragment>',
    '<DirectoryRef Id="INSTALLDIR">', '<Component Id="DocReadme" Guid="*" Win64="yes">',
    '<File Id="README.html" Name="README.html" Source="$(var.Text)\README.html" KeyPath="yes" />', '</Component>',
    '<Directory Id="DOCSDIR" Name="docs">')
$references = @('<ComponentRef Id="DocReadme" />')
foreach ($file in Get-ChildItem (Join-Path $root 'docs') -Filter '*.md' | Sort-Object Name) {
    $id = 'Doc_' + ($file.BaseName -replace '[^A-Za-z0-9]', '_')
    $wxs += "<Component Id=`"$id`" Guid=`"*`" Win64=`"yes`">",
        "<File Id=`"$id.file`" Name=`"$($file.Name)`" Source=`"`$(var.Documents)\docs\$($file.Name)`" KeyPath=`"yes`" />", '</Component>'
    $references += "<ComponentRef Id=`"$id`" />"
}
$wxs += @('</Directory>', '</DirectoryRef>', '</Fragment>', '<Fragment>', '<ComponentGroup Id="Documents">') + $references +
    @('</ComponentGroup>', '</Fragment>', '</Wix>', '')
Write-Text 'Documents.wxs' ($wxs -join "`n")
