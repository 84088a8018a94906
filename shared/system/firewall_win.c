#define COBJMACROS
#include <windows.h>

#include <netfw.h>
#include <oleauto.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "system/firewall.h"
#include "base/portability.h"
#include "system/file.h"
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

/* In one language, since the rule is found by it: docs/architecture.md, "The installer". */
static const wchar_t rule_name[] = L"HIP Bridge (attendance terminals)";
static const wchar_t rule_group[] = L"HIP Bridge";
/* Whoever looks reads it in Windows' language: it is the DLL's text 2 (service/texts.rc). */
static const char rule_text[] = "@%s\\HipBridgeMessages.dll,-2";

/* Where the mark is kept: it goes when the service goes. */
static const wchar_t service_key[] = L"SYSTEM\\CurrentControlSet\\Services\\HipBridge";
static const wchar_t parameters_key[] = L"Parameters";
static const wchar_t mark_value[] = L"FirewallRule";

enum { TEXT_MAX = FILE_PATH_MAX + 32 };

/* What the rule is to be for. */
struct wanted {
    char mark[FIREWALL_MARK_MAX];
    wchar_t port[12];
    wchar_t *peers; /* freed by its maker */
    wchar_t description[TEXT_MAX];
};

struct session {
    bool initialised; /* COM, by us */
    INetFwPolicy2 *policy;
    INetFwRules *rules;
};

/* ---- the mark ---- */

/* The key of the service's parameters, NULL where it has none, or no service. */
static HKEY open_parameters(REGSAM wanted, bool make)
{
    HKEY service = NULL;
    HKEY key = NULL;
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, service_key, 0, KEY_READ, &service) != ERROR_SUCCESS) {
        return NULL;
    }
    LSTATUS status =
        make ? RegCreateKeyExW(service, parameters_key, 0, NULL, 0, wanted, NULL, &key, NULL)
             : RegOpenKeyExW(service, parameters_key, 0, wanted, &key);
    RegCloseKey(service);
    return status == ERROR_SUCCESS ? key : NULL;
}

/* "" where none was written: the rule is then judged by its description, which held the mark in
 * earlier versions. */
static void read_mark(char out[FIREWALL_MARK_MAX])
{
    wchar_t mark[FIREWALL_MARK_MAX];
    DWORD size = sizeof mark;
    HKEY key = open_parameters(KEY_READ, false);
    if (key == NULL ||
        RegGetValueW(key, NULL, mark_value, RRF_RT_REG_SZ, NULL, mark, &size) != ERROR_SUCCESS ||
        !wide_to_utf8(mark, out, FIREWALL_MARK_MAX, NULL)) {
        out[0] = '\0';
    }
    if (key != NULL) {
        RegCloseKey(key);
    }
}

/* NULL: there is no rule. Where it can't be kept, the next look takes the rule for an old one. */
static void write_mark(const char *text)
{
    wchar_t mark[FIREWALL_MARK_MAX];
    HKEY key = open_parameters(KEY_SET_VALUE, text != NULL);
    if (key == NULL) {
        return;
    }
    if (text == NULL) {
        RegDeleteValueW(key, mark_value);
    } else if (wide_from_utf8(text, mark, HB_COUNT(mark), NULL)) {
        RegSetValueExW(key, mark_value, 0, REG_SZ, (const BYTE *)mark,
                       (DWORD)((wcslen(mark) + 1) * sizeof *mark));
    }
    RegCloseKey(key);
}

/* ---- the rule ---- */

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

/* Should Windows not take them as they are written, the gate still does. */
static HRESULT put_peers(INetFwRule *rule, const wchar_t *peers)
{
    HRESULT result = put_text(rule, rule->lpVtbl->put_RemoteAddresses, peers);
    return SUCCEEDED(result) ? result : put_text(rule, rule->lpVtbl->put_RemoteAddresses, L"*");
}

/* The ports mean nothing before the protocol is set. */
static HRESULT describe(INetFwRule *rule, const struct wanted *wanted)
{
    HRESULT results[] = {
        put_text(rule, rule->lpVtbl->put_Name, rule_name),
        put_text(rule, rule->lpVtbl->put_Description, wanted->description),
        put_text(rule, rule->lpVtbl->put_Grouping, rule_group),
        INetFwRule_put_Protocol(rule, NET_FW_IP_PROTOCOL_TCP),
        put_text(rule, rule->lpVtbl->put_LocalPorts, wanted->port),
        put_peers(rule, wanted->peers),
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

static HRESULT add_rule(INetFwRules *rules, const struct wanted *wanted)
{
    void *made = NULL;
    HRESULT result =
        CoCreateInstance(&class_rule, NULL, CLSCTX_INPROC_SERVER, &interface_rule, &made);
    if (FAILED(result)) {
        return result;
    }
    INetFwRule *rule = made;
    result = describe(rule, wanted);
    if (SUCCEEDED(result)) {
        result = INetFwRules_Add(rules, rule);
    }
    INetFwRule_Release(rule);
    return result;
}

/* One of the rule's texts as UTF-8; "" where there is none. */
static HRESULT get_text(INetFwRule *rule, HRESULT(STDMETHODCALLTYPE *get)(INetFwRule *, BSTR *),
                        char out[TEXT_MAX])
{
    BSTR text = NULL;
    HRESULT result = get(rule, &text);
    if (FAILED(result) || text == NULL || !wide_to_utf8(text, out, TEXT_MAX, NULL)) {
        out[0] = '\0';
    }
    SysFreeString(text);
    return result;
}

/* S_FALSE: there was one for this already. */
static HRESULT keep_rule(INetFwRules *rules, BSTR name, const struct wanted *wanted)
{
    INetFwRule *rule = NULL;
    char description[TEXT_MAX];
    char peers[TEXT_MAX];
    char mark[FIREWALL_MARK_MAX];
    HRESULT result = INetFwRules_Item(rules, name, &rule);
    if (FAILED(result)) {
        return add_rule(rules, wanted);
    }
    get_text(rule, rule->lpVtbl->get_RemoteAddresses, peers);
    read_mark(mark);
    result = get_text(rule, rule->lpVtbl->get_Description, description);
    if (SUCCEEDED(result)) {
        enum firewall_plan plan =
            firewall_plan(mark[0] != '\0' ? mark : description, peers, wanted->mark);
        bool is_old = plan == FIREWALL_LEAVE && mark[0] == '\0';
        result = plan == FIREWALL_LEAVE
                     ? S_FALSE
                     : put_text(rule, rule->lpVtbl->put_LocalPorts, wanted->port);
        if (plan == FIREWALL_WRITE && SUCCEEDED(result)) {
            result = put_peers(rule, wanted->peers);
        }
        if ((plan != FIREWALL_LEAVE || is_old) && SUCCEEDED(result)) {
            result = put_text(rule, rule->lpVtbl->put_Description, wanted->description);
        }
    }
    INetFwRule_Release(rule);
    return result;
}

bool firewall_open(int port, const char *peers, bool *changed, struct error *err)
{
    struct session session;
    struct wanted wanted;
    char description[TEXT_MAX];
    char folder[FILE_PATH_MAX];
    firewall_mark(port, peers, wanted.mark);
    if (!file_program_folder(folder, sizeof folder, err)) {
        return false;
    }
    snprintf(description, sizeof description, rule_text, folder);
    swprintf(wanted.port, HB_COUNT(wanted.port), L"%d", port);
    size_t size = strlen(peers) + 1;
    wanted.peers = malloc(size * sizeof *wanted.peers);
    if (wanted.peers == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for the firewall's rule");
    }
    if (!wide_from_utf8(peers, wanted.peers, size, err) ||
        !wide_from_utf8(description, wanted.description, TEXT_MAX, err) ||
        !open_session(&session, err)) {
        free(wanted.peers);
        return false;
    }
    BSTR name = SysAllocString(rule_name);
    HRESULT result = name != NULL ? keep_rule(session.rules, name, &wanted) : E_OUTOFMEMORY;
    SysFreeString(name);
    close_session(&session);
    free(wanted.peers);
    if (SUCCEEDED(result)) {
        write_mark(wanted.mark);
    }
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
    if (SUCCEEDED(result)) {
        write_mark(NULL);
    }
    return SUCCEEDED(result) || failed(err, result, "have the port closed in");
}
