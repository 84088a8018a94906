#include "ticker.h"

#include "system/wide.h"
#include "thread.h"

bool ticker_start(struct ticker *ticker, const char *name, unsigned(__stdcall *run)(void *context),
                  void *context, struct error *err)
{
    ticker->stop = CreateEventW(NULL, TRUE, FALSE, NULL);
    ticker->timer = CreateWaitableTimerW(NULL, FALSE, NULL);
    if (ticker->stop == NULL || ticker->timer == NULL) {
        return wide_error(err, GetLastError(), "cannot make the %s thread's timer", name);
    }
    ticker->thread = thread_start(run, context);
    if (ticker->thread == NULL) {
        return wide_error(err, GetLastError(), "cannot start the %s thread", name);
    }
    return true;
}

bool ticker_stopped(const struct ticker *ticker, DWORD ms)
{
    return WaitForSingleObject(ticker->stop, ms) == WAIT_OBJECT_0;
}

HANDLE ticker_stop(struct ticker *ticker)
{
    SetEvent(ticker->stop);
    return ticker->thread;
}

void ticker_free(struct ticker *ticker)
{
    HANDLE *const handles[] = {&ticker->timer, &ticker->stop, &ticker->thread};
    for (size_t i = 0; i < sizeof handles / sizeof handles[0]; i++) {
        if (*handles[i] != NULL) {
            CloseHandle(*handles[i]);
            *handles[i] = NULL;
        }
    }
}
