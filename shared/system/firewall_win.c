#define COBJMACROS
#include <windows.h>

#include <netfw.h>
#include <oleauto.h>

#include <stdio.h>
#include <string.h>

#include "system/firewall.h"
#include "base/portability.h"
#include "system/wide.h"

/* No import library has them for C in every compiler. */
static const GUID class_policy = {
    0xe2b3c97f, 0x6ae1, 0x41ac, {0x81, 0x7a, 0xf6, 0xf9, 0x21, 0x66, 0xd7, 0xdd}};
static const GUID class_rule = {
    0x2c5bc43e, 0x3369, 0x4c33, {0xab, 0x0c, 0xbe, 0x94, 0x69, 0x67, 0x7a, 0xf4}};
static const GUID interface_policy = {
    0x98325047, 0xc671, 0x4174, {0x8d, 0x81, 0xde, 0xfc, 0xd3, 0xf0, 0x31, 0x86}};
static const GUID interface_rule = {
    0xaf230d27, 0xbaba, 0x4e42, {0xac, 0xed, 0xf5, 0x24, 0xf2, 0x2c, 0xfc, 0xe2}};

static const wchar_t rule_name[] = L"HIP Bridge (attendance terminals)";
static const wchar_t rule_group[] = L"HIP Bridge";
static const wchar_t rule_text[] =
    L"Lets attendance terminals deliver their punches to HIP Bridge. Kept by HIP Bridge for the "
    L"port in its config.json.";

struct session {
    bool initialised; /* COM, by us */
    INetFwPolicy2 *policy;
    INetFwRules *rules;
};

static bool failed(struct error *err, HRESULT result, const char *what)
{
    return wide_error(err, (unsigned long)result, "cannot %s Windows Firewall", what);
}

static void close_session(struct session *session)
{
    if (session->rules != NULL) {
        INetFwRules_Release(session->rules);
    }
    if (session->policy != NULL) {
        INetFwPolicy2_Release(session->policy);
    }
    if (session->initialised) {
        CoUninitialize();
    }
}

static bool open_session(struct session *session, struct error *err)
{
    memset(session, 0, sizeof *session);
    HRESULT result = CoInitializeEx(NULL, COINIT_MULTITHREADED);
    session->initialised = SUCCEEDED(result);
    /* A thread that lives in another apartment may call as well. */
    if (FAILED(result) && result != RPC_E_CHANGED_MODE) {
        failed(err, result, "reach");
        return false;
    }
    void *made = NULL;
    result = CoCreateInstance(&class_policy, NULL, CLSCTX_INPROC_SERVER, &interface_policy, &made);
    session->policy = made;
    if (SUCCEEDED(result)) {
        result = INetFwPolicy2_get_Rules(session->policy, &session->rules);
    }
    if (SUCCEEDED(result) && session->rules != NULL) {
        return true;
    }
    failed(err, FAILED(result) ? result : E_NOINTERFACE, "reach");
    close_session(session);
    return false;
}

static HRESULT put_text(INetFwRule *rule, HRESULT(STDMETHODCALLTYPE *put)(INetFwRule *, BSTR),
                        const wchar_t *text)
{
    BSTR copy = SysAllocString(text);
    if (copy == NULL) {
        return E_OUTOFMEMORY;
    }
    HRESULT result = put(rule, copy);
    SysFreeString(copy);
    return result;
}

/* The ports mean nothing before the protocol is set. */
static HRESULT describe(INetFwRule *rule, const wchar_t *port)
{
    HRESULT results[] = {
        put_text(rule, rule->lpVtbl->put_Name, rule_name),
        put_text(rule, rule->lpVtbl->put_Description, rule_text),
        put_text(rule, rule->lpVtbl->put_Grouping, rule_group),
        INetFwRule_put_Protocol(rule, NET_FW_IP_PROTOCOL_TCP),
        put_text(rule, rule->lpVtbl->put_LocalPorts, port),
        INetFwRule_put_Direction(rule, NET_FW_RULE_DIR_IN),
        INetFwRule_put_Action(rule, NET_FW_ACTION_ALLOW),
        INetFwRule_put_Profiles(rule, NET_FW_PROFILE2_ALL),
        INetFwRule_put_Enabled(rule, VARIANT_TRUE),
    };
    for (size_t i = 0; i < HB_COUNT(results); i++) {
        if (FAILED(results[i])) {
            return results[i];
        }
    }
    return S_OK;
}

static HRESULT add_rule(INetFwRules *rules, const wchar_t *port)
{
    void *made = NULL;
    HRESULT result =
        CoCreateInstance(&class_rule, NULL, CLSCTX_INPROC_SERVER, &interface_rule, &made);
    if (FAILED(result)) {
        return result;
    }
    INetFwRule *rule = made;
    result = describe(rule, port);
    if (SUCCEEDED(result)) {
        result = INetFwRules_Add(rules, rule);
    }
    INetFwRule_Release(rule);
    return result;
}

/* S_FALSE: there was one for this port already. */
static HRESULT keep_rule(INetFwRules *rules, BSTR name, const wchar_t *port)
{
    INetFwRule *rule = NULL;
    BSTR ports = NULL;
    HRESULT result = INetFwRules_Item(rules, name, &rule);
    if (FAILED(result)) {
        return add_rule(rules, port);
    }
    result = INetFwRule_get_LocalPorts(rule, &ports);
    if (SUCCEEDED(result)) {
        bool same = ports != NULL && wcscmp(ports, port) == 0;
        result = same ? S_FALSE : put_text(rule, rule->lpVtbl->put_LocalPorts, port);
    }
    SysFreeString(ports);
    INetFwRule_Release(rule);
    return result;
}

bool firewall_open(int port, bool *changed, struct error *err)
{
    struct session session;
    wchar_t text[12];
    if (!open_session(&session, err)) {
        return false;
    }
    swprintf(text, HB_COUNT(text), L"%d", port);
    BSTR name = SysAllocString(rule_name);
    HRESULT result = name != NULL ? keep_rule(session.rules, name, text) : E_OUTOFMEMORY;
    SysFreeString(name);
    close_session(&session);
    if (changed != NULL) {
        *changed = result == S_OK;
    }
    return SUCCEEDED(result) || failed(err, result, "have the port opened in");
}

bool firewall_close(bool *changed, struct error *err)
{
    struct session session;
    INetFwRule *rule = NULL;
    if (changed != NULL) {
        *changed = false;
    }
    if (!open_session(&session, err)) {
        return false;
    }
    BSTR name = SysAllocString(rule_name);
    HRESULT result = name != NULL ? S_OK : E_OUTOFMEMORY;
    if (name != NULL && SUCCEEDED(INetFwRules_Item(session.rules, name, &rule))) {
        INetFwRule_Release(rule);
        result = INetFwRules_Remove(session.rules, name);
        if (changed != NULL) {
            *changed = SUCCEEDED(result);
        }
    }
    SysFreeString(name);
    close_session(&session);
    return SUCCEEDED(result) || failed(err, result, "have the port closed in");
}
