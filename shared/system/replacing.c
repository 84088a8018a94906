#include "system/replacing.h"

/* Windows' numbers; this file knows no header of Windows. */
enum {
    ACCESS_DENIED = 5,
    SHARING_VIOLATION = 32,
    LOCK_VIOLATION = 33,
    UNABLE_TO_REMOVE_REPLACED = 1175,
    UNABLE_TO_MOVE_REPLACEMENT = 1176,
    UNABLE_TO_MOVE_REPLACEMENT_2 = 1177,
};

static bool may_pass(unsigned long code)
{
    return code == ACCESS_DENIED || code == SHARING_VIOLATION || code == LOCK_VIOLATION ||
           code == UNABLE_TO_REMOVE_REPLACED || code == UNABLE_TO_MOVE_REPLACEMENT ||
           code == UNABLE_TO_MOVE_REPLACEMENT_2;
}

unsigned long replacing_run(const struct replacing *steps)
{
    unsigned long code = 0;
    unsigned pause = REPLACING_WAIT_MS;
    for (int tries = 0; tries < REPLACING_TRIES; tries++) {
        if (tries > 0) {
            steps->wait(steps->context, pause);
            pause *= 2;
        }
        /* Looked at anew: a try that failed may have taken the old file away. */
        code = steps->exists(steps->context) ? steps->replace(steps->context)
                                             : steps->move(steps->context);
        if (code == 0 || !may_pass(code)) {
            break;
        }
    }
    if (code != 0 && steps->exists(steps->context)) {
        steps->drop(steps->context);
    }
    return code;
}
