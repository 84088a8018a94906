#include "command.h"
#include "console.h"
#include "control.h"

int command_sync_now(const struct command_line *line)
{
    struct error err = ERROR_INIT;
    if (line->count > 0) {
        return command_usage("sync-now");
    }
    if (!command_service_control(CONTROL_SYNC_NOW, &err)) {
        return command_failed(&err);
    }
    console_print("The service reads the log folder now; `hipctl status` shows what came of it.\n");
    return HIPCTL_DONE;
}
