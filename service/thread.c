#include "thread.h"

#include <process.h>
#include <stdlib.h>

#include "crash.h"

struct beginning {
    unsigned(__stdcall *run)(void *context);
    void *context;
};

static unsigned __stdcall begin(void *context)
{
    struct beginning beginning = *(struct beginning *)context;
    free(context);
    crash_guard_thread();
    return beginning.run(beginning.context);
}

HANDLE thread_start(unsigned(__stdcall *run)(void *context), void *context)
{
    struct beginning *beginning = malloc(sizeof *beginning);
    if (beginning == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    *beginning = (struct beginning){run, context};
    HANDLE thread = (HANDLE)_beginthreadex(NULL, THREAD_STACK, begin, beginning,
                                           STACK_SIZE_PARAM_IS_A_RESERVATION, NULL);
    if (thread == NULL) {
        free(beginning);
    }
    return thread;
}
