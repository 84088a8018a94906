/*
 * setup: what the functions of HipBridgeSetup.dll share. Each is an action of the MSI, called by
 * msiexec by the name that HipBridgeSetup.def exports, with the installation as its handle.
 */
#ifndef HIPBRIDGE_SETUP_H
#define HIPBRIDGE_SETUP_H

#include <windows.h>

#include <msi.h>
#include <msiquery.h>

/* custom_action.c: has hipctl set up service, folder and firewall. Deferred; its data is
 * "<path of hipctl.exe>|START=…|PORT=…|…". */
UINT WINAPI Configure(MSIHANDLE install);

/*
 * speak.c: puts the MSI's texts into Windows' language, from the table Speech (HipBridge.wxs says
 * how). Immediate, the first action of each sequence. What fails leaves them in English.
 */
UINT WINAPI Speak(MSIHANDLE install);

/* A line of the MSI's log. */
void setup_log(MSIHANDLE install, const char *text);

#endif
