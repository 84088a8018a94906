@echo off
rem acceptance.cmd PACKAGE.msi [NEWER.msi]: on a PC without HIP Bridge, as administrator: installs, pushes a punch, looks
rem at the event log, stops, upgrades, uninstalls. Ends with PASS, or FAIL and what failed. What a system lacks (Wine has no
rem curl and no event log to read) is said to be skipped. It refuses to run where HIP Bridge is or was.
setlocal EnableExtensions
set "msi=%~f1"
set "newer=%~f2"
set port=19090
set secret=acceptance-secret
set failed=
set skipped=
set "data=%ProgramData%\HipBridge"
set "program=%ProgramW6432%\HipBridge"
if "%~1"=="" goto usage
if "%ProgramW6432%"=="" set "program=%ProgramFiles%\HipBridge"
if not "%ACCEPTANCE_PORT%"=="" set port=%ACCEPTANCE_PORT%

if exist "%data%\config.json" goto used
sc query HipBridge >nul 2>&1
if not errorlevel 1 goto used

echo == install
if not exist C:\HipBridgeAcceptance mkdir C:\HipBridgeAcceptance
msiexec /i "%msi%" /qn /l*v "%TEMP%\hip-msi.log" PORT=%port% DBPASSWORD=%secret% LOGDIR=C:\HipBridgeAcceptance
call :check "the MSI installs" %errorlevel%
type "%TEMP%\hip-msi.log" 2>nul | find "HIP Bridge: done    config.json" >nul
call :check "the MSI's log says what was set up" %errorlevel%
set hidden=1
type "%TEMP%\hip-msi.log" 2>nul | find "%secret%" >nul
if errorlevel 1 set hidden=0
call :optional "the MSI's log does not show the password" %hidden%
call :await RUNNING "the service runs"
call :there "%program%\HipBridge.exe" "the program is there"
call :there "%program%\HipBridgeMessages.dll" "the event texts are there"
call :there "%data%\config.json" "config.json was made"
find "%port%" "%data%\config.json" >nul 2>&1
call :check "config.json has the port" %errorlevel%
find "dpapi:" "%data%\config.json" >nul 2>&1
call :check "config.json has the password, protected" %errorlevel%
"%program%\hipctl.exe" check-config >nul
call :check "hipctl check-config" %errorlevel%

echo == settings of the service
sc qfailure HipBridge >"%TEMP%\hip-acceptance.txt" 2>nul
find "RESTART" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :optional "it is restarted after a crash (sc qfailure)" %errorlevel%
sc qsidtype HipBridge >"%TEMP%\hip-acceptance.txt" 2>nul
find "UNRESTRICTED" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :optional "it has an account name of its own (sc qsidtype)" %errorlevel%
sc qprivs HipBridge >"%TEMP%\hip-acceptance.txt" 2>nul
find "SeChangeNotifyPrivilege" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :optional "its privileges are cut (sc qprivs)" %errorlevel%
icacls "%data%" >"%TEMP%\hip-acceptance.txt" 2>nul
find "SYSTEM:" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :optional "the data folder names SYSTEM (icacls)" %errorlevel%
find "Users:" "%TEMP%\hip-acceptance.txt" >nul 2>&1
if not errorlevel 1 call :check "the data folder is closed to users" 1
netsh advfirewall firewall show rule name="HIP Bridge (attendance terminals)" >"%TEMP%\hip-acceptance.txt" 2>nul
find "%port%" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :optional "the firewall has the rule for the port (netsh)" %errorlevel%

echo == a punch
set "url=http://127.0.0.1:%port%/iclock/cdata?SN=ACCEPTANCE1&table=ATTLOG&Stamp=1"
set /p ".=1	2026-01-15 09:00:00	0	1	0	0" >"%TEMP%\hip-punch.txt" <nul
curl --silent --data-binary "@%TEMP%\hip-punch.txt" "%url%" >"%TEMP%\hip-acceptance.txt" 2>nul
find "OK" "%TEMP%\hip-acceptance.txt" >nul 2>&1
set pushed=%errorlevel%
call :optional "a punch pushed by curl is answered OK" %pushed%
"%program%\hipctl.exe" status --json >"%TEMP%\hip-acceptance.txt"
rem 0 well, 3 to watch, 4 to act on: without a database there is something to act on.
set said=%errorlevel%
if "%said%"=="3" set said=0
if "%said%"=="4" set said=0
call :check "hipctl status" %said%
if not "%pushed%"=="0" goto events
find "ACCEPTANCE1" "%TEMP%\hip-acceptance.txt" >nul 2>&1
call :check "hipctl status knows the terminal" %errorlevel%

:events
echo == the event log
wevtutil qe Application /c:50 /rd:true /f:text /q:"*[System[Provider[@Name='HipBridge']]]" >"%TEMP%\hip-acceptance.txt" 2>nul
find "Event ID: 100" "%TEMP%\hip-acceptance.txt" >nul 2>&1
set told=%errorlevel%
call :optional "event 100 is in the Application log (wevtutil)" %told%
if not "%told%"=="0" goto stopping
find "description for Event ID" "%TEMP%\hip-acceptance.txt" >nul 2>&1
if not errorlevel 1 call :check "the events have their texts" 1

:stopping
echo == stop and start
net stop HipBridge >nul
call :await STOPPED "the service stops"
net start HipBridge >nul
call :await RUNNING "the service starts again"

if "%~2"=="" goto uninstall
echo == upgrade
copy /y "%data%\config.json" "%TEMP%\hip-config.json" >nul
rem Wine does not tell the old version that it is being upgraded, and it deletes the service.
set anew=
if not "%ACCEPTANCE_WINE%"=="" set anew=NEWSERVICE=1
msiexec /i "%newer%" /qn %anew%
call :check "the newer MSI installs over the running service" %errorlevel%
call :await RUNNING "the service runs after the upgrade"
fc /b "%data%\config.json" "%TEMP%\hip-config.json" >nul 2>&1
call :check "config.json is as it was" %errorlevel%
msiexec /i "%msi%" /qn
if not errorlevel 1 call :check "the older MSI is refused" 1
set "msi=%newer%"

:uninstall
echo == uninstall
msiexec /x "%msi%" /qn
call :check "the MSI uninstalls" %errorlevel%
sc query HipBridge >nul 2>&1
if not errorlevel 1 call :check "the service is gone" 1
set gone=0
if exist "%program%\HipBridge.exe" set gone=1
call :optional "the program is gone" %gone%
call :there "%data%\config.json" "config.json is kept"
call :there "%data%\outbox.db" "the outbox is kept"
rmdir /s /q "%data%"
rmdir /s /q C:\HipBridgeAcceptance
del "%TEMP%\hip-acceptance.txt" "%TEMP%\hip-punch.txt" "%TEMP%\hip-config.json" "%TEMP%\hip-msi.log" >nul 2>&1

if not "%skipped%"=="" echo Not on this system: %skipped%
if not "%failed%"=="" (
    echo FAIL: %failed%
    exit /b 1
)
echo PASS
exit /b 0

:usage
echo acceptance.cmd PACKAGE.msi [NEWER.msi], in a command prompt as administrator
exit /b 2

:used
echo HIP Bridge is, or was, installed here: %data% would be removed. Run this on another PC.
exit /b 2

rem check "what" CODE: 0 is as it should be.
:check
if "%~2"=="0" (
    echo ok      %~1
) else (
    echo FAILED  %~1 ^(%~2^)
    call set "failed=%%failed%% %~1;"
)
exit /b 0

rem optional "what" CODE: needs a tool that a system may lack; on Windows it must be so.
:optional
if "%~2"=="0" (
    echo ok      %~1
    exit /b 0
)
if "%ACCEPTANCE_WINE%"=="" (
    call :check "%~1" %2
) else (
    echo skipped %~1
    call set "skipped=%%skipped%% %~1;"
)
exit /b 0

:there
if exist %1 (
    call :check %2 0
) else (
    call :check %2 1
)
exit /b 0

rem await STATE "what": half a minute at most.
:await
set tries=0
:again
sc query HipBridge 2>nul | find "%~1" >nul
if not errorlevel 1 (
    call :check %2 0
    exit /b 0
)
set /a tries=tries+1
if %tries% geq 30 (
    call :check %2 1
    exit /b 0
)
ping -n 2 127.0.0.1 >nul
goto again
