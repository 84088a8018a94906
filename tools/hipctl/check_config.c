#include <windows.h>

#include <aclapi.h>

#include <stdio.h>
#include <string.h>

#include "command.h"
#include "config/config_findings.h"
#include "config/config_load.h"
#include "console.h"
#include "system/known_programs.h"
#include "system/wide.h"

static void show(void *context, bool wrong, const char *words)
{
    bool *any = context;
    *any = *any || wrong;
    char why[REASON_MAX];
    console_print("%s %s\n", console_say(wrong ? "WRONG" : "note "), console_reason(words, why));
}

/* ---- what only Windows knows ---- */

/* "Z:\" of a path with a drive letter. */
static bool drive_of(const char *path, wchar_t root[4])
{
    bool letter = (path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z');
    if (!letter || path[1] != ':') {
        return false;
    }
    root[0] = (wchar_t)path[0];
    memcpy(root + 1, L":\\", sizeof L":\\");
    return true;
}

/* A drive letter belongs to who is logged in; the service is nobody. */
static void look_at_drive(const char *key, const char *path, bool local, bool *any)
{
    char words[FILE_PATH_MAX + 600];
    wchar_t root[4];
    if (!drive_of(path, root)) {
        return;
    }
    switch (GetDriveTypeW(root)) {
    case DRIVE_REMOTE:
        snprintf(
            words, sizeof words,
            local ? console_say("%s is on another computer (%s): it must be on a disk of this PC.")
                  : console_say("%s (%s): a mapped drive letter is not there for a service; write "
                                "\"\\\\\\\\server\\\\share\\\\...\"."),
            key, path);
        show(any, true, words);
        break;
    case DRIVE_NO_ROOT_DIR:
        snprintf(words, sizeof words,
                 console_say(
                     "%s (%s): there is no such drive here; where it is a mapped letter, it is not "
                     "there for a service either: write \"\\\\\\\\server\\\\share\\\\...\"."),
                 key, path);
        show(any, true, words);
        break;
    default:
        break;
    }
}

/* Whether SYSTEM may list the folder, or read the file, where that can be told. */
static void look_at_rights(const char *key, const char *path, bool *any)
{
    char words[FILE_PATH_MAX + 400];
    wchar_t wide[FILE_PATH_MAX];
    BYTE system[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof system;
    ACL *list = NULL;
    SECURITY_DESCRIPTOR *descriptor = NULL;
    ACCESS_MASK rights = 0;
    TRUSTEEW trustee;
    if (!wide_from_utf8(path, wide, FILE_PATH_MAX, NULL) ||
        !CreateWellKnownSid(WinLocalSystemSid, NULL, system, &size) ||
        GetNamedSecurityInfoW(wide, SE_FILE_OBJECT, DACL_SECURITY_INFORMATION, NULL, NULL, &list,
                              NULL, (PSECURITY_DESCRIPTOR *)&descriptor) != ERROR_SUCCESS) {
        return;
    }
    BuildTrusteeWithSidW(&trustee, system);
    if (list != NULL && GetEffectiveRightsFromAclW(list, &trustee, &rights) == ERROR_SUCCESS &&
        (rights & FILE_LIST_DIRECTORY) == 0) {
        snprintf(words, sizeof words,
                 console_say("%s (%s): the service's account, SYSTEM, may not read it."), key,
                 path);
        show(any, true, words);
    }
    LocalFree(descriptor);
}

/* Where no database of the vendor's is read though there is one. */
static void tell_known(void *context, const char *path)
{
    (void)context;
    console_print("note  the database of an attendance program is there: %s. `hipctl check-access` "
                  "with its path says what it would give.\n",
                  path);
}

int command_check_config(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    bool any = false;
    if (!command_options(line, NULL, 0)) {
        return command_usage("check-config");
    }
    struct config *config = config_load(line->config_path, &err);
    if (config == NULL) {
        return command_failed(&err);
    }
    console_print("%s: each key is known, each value possible.\n", config->path);
    config_findings(config, show, console_say, &any);
    if (config->sync.enabled) {
        look_at_drive("sync.log_directory", config->sync.log_directory, false, &any);
        look_at_drive("sync.archive_directory", config->sync.archive_directory, false, &any);
        look_at_rights("sync.log_directory", config->sync.log_directory, &any);
    }
    if (config->access.enabled) {
        look_at_drive("access.path", config->access.path, false, &any);
        look_at_rights("access.path", config->access.path, &any);
    }
    if (!config->access.enabled) {
        (void)known_programs(tell_known, NULL);
    }
    look_at_drive("outbox.path", config->outbox.path, true, &any);
    config_free(config);
    if (!any) {
        console_print("Nothing was found that would not work.\n");
    }
    return any ? HIPCTL_FAILED : HIPCTL_DONE;
}
