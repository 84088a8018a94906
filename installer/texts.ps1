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

# The documents: their text as it is, in pages that a browser opens; installer/documents.py makes more of them on Debian.
function Write-Page([string] $Name, [string] $Source, [string] $Language) {
    $head = "<!doctype html>`n<html lang=`"$Language`">`n<meta charset=`"utf-8`">`n<title>HIP Bridge</title>`n<pre style=`"white-space: pre-wrap`">`n"
    $text = (Read-Text $Source).Replace('&', '&amp;').Replace('<', '&lt;')
    Write-Text $Name ($head + $text + "</pre>`n</html>`n")
}

Write-Page 'README.html' (Join-Path $root 'README.md') 'en'
$wxs = @('<?xml version="1.0" encoding="utf-8"?>', '<Wix xmlns="http://schemas.microsoft.com/wix/2006/wi">', '<Fragment>',
    '<DirectoryRef Id="INSTALLDIR">', '<Component Id="DocReadme" Guid="*" Win64="yes">',
    '<File Id="README.html" Name="README.html" Source="$(var.Documents)\README.html" KeyPath="yes" />', '</Component>',
    '<Directory Id="DOCSDIR" Name="docs">')
$references = @('<ComponentRef Id="DocReadme" />')
foreach ($folder in 'docs', 'docs\th') {
    $language = 'en'
    if ($folder -eq 'docs\th') {
        $language = 'th'
        $wxs += '<Directory Id="THAIDIR" Name="th">'
    }
    New-Item -ItemType Directory -Force -Path (Join-Path $Out $folder) | Out-Null
    foreach ($file in Get-ChildItem (Join-Path $root $folder) -Filter '*.md' | Sort-Object Name) {
        $page = "$folder\$($file.BaseName).html"
        Write-Page $page $file.FullName $language
        $id = 'Doc_' + ($page -replace '[^A-Za-z0-9]', '_')
        $wxs += "<Component Id=`"$id`" Guid=`"*`" Win64=`"yes`">",
            "<File Id=`"$id.file`" Name=`"$($file.BaseName).html`" Source=`"`$(var.Documents)\$page`" KeyPath=`"yes`" />", '</Component>'
        $references += "<ComponentRef Id=`"$id`" />"
    }
}
$wxs += @('</Directory>', '</Directory>', '</DirectoryRef>', '</Fragment>', '<Fragment>', '<ComponentGroup Id="Documents">') + $references +
    @('</ComponentGroup>', '</Fragment>', '</Wix>', '')
Write-Text 'Documents.wxs' ($wxs -join "`n")
