@echo off
rem acceptance.cmd PACKAGE.msi [NEWER.msi]: on a PC without HIP Bridge, as administrator: installs, pushes a punch, looks
rem at the event log, stops, upgrades, uninstalls. Ends with PASS, or FAIL and what failed. It asks what is the same in each
rem language of Windows: numbers, the registry, SDDL, XML; and needs nothing that Server 2016 has not.
rem It refuses to run where HIP Bridge is or was.
rem
rem For the project's tests: ACCEPTANCE_WINE (what Wine lacks is said to be skipped), ACCEPTANCE_PORT, ACCEPTANCE_TRIES,
rem ACCEPTANCE_HIPCTL, and ACCEPTANCE_RUN, "call" where batch files stand in for the tools. No text stands in a block in
rem parentheses, which a ")" in it would close; no exit code is asked of a pipe, nor after a "set", which makes it 0.
setlocal EnableExtensions
set "msi=%~f1"
set "newer=%~f2"
set port=19090
set secret=acceptance-secret
set attempts=30
set failed=
set skipped=
set "data=%ProgramData%\HipBridge"
set "program=%ProgramW6432%\HipBridge"
if "%~1"=="" goto usage
if "%ProgramW6432%"=="" set "program=%ProgramFiles%\HipBridge"
if not "%ACCEPTANCE_PORT%"=="" set port=%ACCEPTANCE_PORT%
if not "%ACCEPTANCE_TRIES%"=="" set attempts=%ACCEPTANCE_TRIES%
set "hipctl=%program%\hipctl.exe"
if not "%ACCEPTANCE_HIPCTL%"=="" set "hipctl=%ACCEPTANCE_HIPCTL%"
set run=
if not "%ACCEPTANCE_RUN%"=="" set "run=%ACCEPTANCE_RUN% "
rem Another "find" may come first, of Git or Cygwin.
if "%ACCEPTANCE_RUN%"=="" set "PATH=%SystemRoot%\System32;%SystemRoot%\System32\WindowsPowerShell\v1.0;%PATH%"
set "service=HKLM\SYSTEM\CurrentControlSet\Services\HipBridge"
set "rules=HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules"
set "logs=C:\HipBridgeAcceptance"
set "log=%TEMP%\hip-msi.log"
set "out=%TEMP%\hip-acceptance.txt"

if exist "%data%\config.json" goto used
%run%sc query HipBridge >nul 2>&1
if not errorlevel 1 goto used
if not exist "%msi%" goto missing
if not "%~2"=="" if not exist "%newer%" goto missing

echo == install
if not exist "%logs%" mkdir "%logs%"
del "%log%" >nul 2>&1
%run%msiexec /i "%msi%" /qn /l*v "%log%" PORT=%port% DBPASSWORD=%secret% LOGDIR=%logs%
set code=%errorlevel%
if not "%code%"=="0" goto not_installed
call :check "the MSI installs" 0
type "%log%" >"%out%" 2>nul
find "HIP Bridge: done    config.json" "%out%" >nul 2>&1
call :check "the MSI's log says what was set up" %errorlevel%
rem Hidden is what is not in a log that is there.
find "HIP Bridge" "%out%" >nul 2>&1
set hidden=%errorlevel%
find "%secret%" "%out%" >nul 2>&1
if not errorlevel 1 set hidden=1
call :optional "the MSI's log does not show the password" %hidden%
call :await 4 "the service runs"
call :there "%program%\HipBridge.exe" "the program is there"
call :there "%program%\HipBridgeMessages.dll" "the event texts are there"
call :there "%data%\config.json" "config.json was made"
find "%port%" "%data%\config.json" >nul 2>&1
call :check "config.json has the port" %errorlevel%
find "dpapi:" "%data%\config.json" >nul 2>&1
call :check "config.json has the password, protected" %errorlevel%
%run%"%hipctl%" check-config >nul
call :check "hipctl check-config" %errorlevel%

echo == settings of the service
rem Three actions, where they begin, and the first: 1, to restart.
%run%reg query "%service%" /v FailureActions >"%out%" 2>nul
find "030000001400000001000000" "%out%" >nul 2>&1
call :optional "it is restarted after a crash (FailureActions)" %errorlevel%
%run%reg query "%service%" /v ServiceSidType >"%out%" 2>nul
find "0x1" "%out%" >nul 2>&1
call :optional "it has an account name of its own (ServiceSidType)" %errorlevel%
%run%reg query "%service%" /v RequiredPrivileges >"%out%" 2>nul
find "SeChangeNotifyPrivilege" "%out%" >nul 2>&1
set cut=%errorlevel%
find "SeDebugPrivilege" "%out%" >nul 2>&1
if not errorlevel 1 set cut=1
call :optional "its privileges are cut (RequiredPrivileges)" %cut%
%run%reg query "%service%" /v Start >"%out%" 2>nul
find "0x2" "%out%" >nul 2>&1
call :optional "it starts with Windows (Start)" %errorlevel%
rem In SDDL, the same in each language. No entry for Everyone (WD), Users (BU) or Authenticated Users (AU).
%run%cacls "%data%" /S >"%out%" 2>nul
find ";;;SY)" "%out%" >nul 2>&1
set closed=%errorlevel%
for %%a in (WD BU AU) do call :closed_to %%a
call :optional "the data folder is closed to users (SDDL)" %closed%
%run%reg query "%rules%" >"%out%" 2>nul
find "Name=HIP Bridge (attendance terminals)" "%out%" >"%TEMP%\hip-rule.txt" 2>nul
find "|LPort=%port%|" "%TEMP%\hip-rule.txt" >nul 2>&1
call :optional "the firewall has the rule for the port (registry)" %errorlevel%

echo == a punch
set "url=http://127.0.0.1:%port%/iclock/cdata?SN=ACCEPTANCE1&table=ATTLOG&Stamp=1"
set "punch=('1','2026-01-15 09:00:00','0','1','0','0' -join [char]9)"
set "push=[Net.ServicePointManager]::Expect100Continue=$false; (New-Object Net.WebClient).UploadString('%url%', %punch%)"
%run%powershell -NoProfile -NonInteractive -Command "%push%" >"%out%" 2>nul
find "OK" "%out%" >nul 2>&1
set pushed=%errorlevel%
call :optional "a punch that is pushed is answered OK" %pushed%
%run%"%hipctl%" status --json >"%out%"
rem 0 well, 3 to watch, 4 to act on: without a database there is something to act on.
set said=%errorlevel%
if "%said%"=="3" set said=0
if "%said%"=="4" set said=0
call :check "hipctl status" %said%
find "ACCEPTANCE1" "%out%" >nul 2>&1
call :optional "hipctl status knows the terminal" %errorlevel%

echo == the event log
set "events=*[System[Provider[@Name='HipBridge'] and EventID=100]]"
%run%wevtutil qe Application /c:1 /rd:true /f:RenderedXml "/q:%events%" >"%out%" 2>nul
find ">100</EventID>" "%out%" >nul 2>&1
call :optional "event 100 is in the Application log" %errorlevel%
find "<Message>" "%out%" >nul 2>&1
call :optional "the events have their texts" %errorlevel%

echo == stop and start
%run%net stop HipBridge >nul 2>&1
call :await 1 "the service stops"
%run%net start HipBridge >nul 2>&1
call :await 4 "the service starts again"

if "%~2"=="" goto uninstall
echo == upgrade
copy /y "%data%\config.json" "%TEMP%\hip-config.json" >nul
rem Wine does not tell the old version that it is being upgraded, and it deletes the service.
set anew=
if not "%ACCEPTANCE_WINE%"=="" set anew=NEWSERVICE=1
%run%msiexec /i "%newer%" /qn %anew%
call :check "the newer MSI installs over the running service" %errorlevel%
call :await 4 "the service runs after the upgrade"
%run%fc /b "%data%\config.json" "%TEMP%\hip-config.json" >nul 2>&1
call :check "config.json is as it was" %errorlevel%
%run%"%hipctl%" --version >"%TEMP%\hip-version.txt" 2>nul
set refused=1
%run%msiexec /i "%msi%" /qn
if errorlevel 1 set refused=0
%run%"%hipctl%" --version >"%out%" 2>nul
%run%fc /b "%out%" "%TEMP%\hip-version.txt" >nul 2>&1
if errorlevel 1 set refused=1
call :check "the older MSI is refused" %refused%
set "msi=%newer%"

:uninstall
echo == uninstall
%run%msiexec /x "%msi%" /qn
call :check "the MSI uninstalls" %errorlevel%
set gone=1
%run%reg query "%service%" >nul 2>&1
if errorlevel 1 set gone=0
call :check "the service is gone" %gone%
set gone=0
if exist "%program%\HipBridge.exe" set gone=1
call :optional "the program is gone" %gone%
call :there "%data%\config.json" "config.json is kept"
call :there "%data%\outbox.db" "the outbox is kept"
rmdir /s /q "%data%"
rmdir /s /q "%logs%"
del "%out%" "%TEMP%\hip-config.json" "%TEMP%\hip-version.txt" "%TEMP%\hip-rule.txt" "%log%" >nul 2>&1
goto verdict

:not_installed
call :check "the MSI installs" %code%
echo Nothing else is looked at. Its log is %log%
rmdir "%logs%" >nul 2>&1

:verdict
if not "%skipped%"=="" echo Not on this system: %skipped%
if not "%failed%"=="" goto bad
echo PASS
exit /b 0

:bad
echo FAIL: %failed%
exit /b 1

:usage
echo acceptance.cmd PACKAGE.msi [NEWER.msi], in a command prompt as administrator
exit /b 2

:missing
echo There is no such file: "%msi%" or "%newer%"
exit /b 2

:used
echo HIP Bridge is, or was, installed here: %data% would be removed. Run this on another PC.
exit /b 2

rem check "what" CODE: 0 is as it should be.
:check
if not "%~2"=="0" goto check_failed
echo ok      %~1
exit /b 0
:check_failed
echo FAILED  %~1 [%~2]
set "failed=%failed% %~1;"
exit /b 0

rem optional "what" CODE: needs what Wine lacks; on Windows it must be so.
:optional
if "%~2"=="0" goto check
if "%ACCEPTANCE_WINE%"=="" goto check
echo skipped %~1
set "skipped=%skipped% %~1;"
exit /b 0

rem there "file" "what"
:there
if not exist %1 goto not_there
call :check %2 0
exit /b 0
:not_there
call :check %2 1
exit /b 0

:closed_to
find ";;;%1)" "%out%" >nul 2>&1
if not errorlevel 1 set closed=1
exit /b 0

rem await STATE "what": by its number, which is the same in each language: 1 stopped, 4 running.
:await
set tries=0
:again
%run%sc query HipBridge >"%out%" 2>nul
find ": %1 " "%out%" >nul 2>&1
if errorlevel 1 goto not_yet
call :check %2 0
exit /b 0
:not_yet
set /a tries=tries+1
if %tries% geq %attempts% goto never
ping -n 2 127.0.0.1 >nul
goto again
:never
call :check %2 1
exit /b 0
