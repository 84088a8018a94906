#include <stdlib.h>

#include "command.h"
#include "console.h"
#include "config/config_edit.h"

/* The file's bytes with the password replaced, in place. */
static bool store(const char *path, const char *protected_text, struct error *err)
{
    char *bytes = NULL;
    char *changed = NULL;
    size_t len = 0;
    size_t changed_len = 0;
    bool fine = file_read(path, CONFIG_FILE_MAX, &bytes, &len, err);
    if (fine) {
        changed =
            config_with_password((struct span){bytes, len}, protected_text, &changed_len, err);
        fine = changed != NULL && file_replace(path, (struct span){changed, changed_len}, err);
        secret_wipe(bytes, len); /* the old password may stand there in the clear */
    }
    free(bytes);
    free(changed);
    return fine;
}

int command_set_password(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    char password[SECRET_MAX];
    char text[SECRET_TEXT_MAX];
    if (line->count > 0) {
        return command_usage("set-password");
    }
    bool fine = console_secret("Database password", password, sizeof password, &err) &&
                secret_protect(password, text, sizeof text, &err) &&
                store(line->config_path, text, &err);
    secret_wipe(password, sizeof password);
    if (!fine) {
        return command_failed(&err);
    }
    console_print(
        "The password in %s is replaced, protected. \"hipctl reload\" has the service use it.\n",
        line->config_path);
    return HIPCTL_DONE;
}
