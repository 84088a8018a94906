/* A terminal that punches while a log is read. */
#include "log_folder.h"
#include "logs/scan_private.h"
#include "threads.h"

struct terminal {
    struct outbox *outbox;
    volatile bool ended;
    walltime punches;
    bool failed;
};

static void punch_again_and_again(void *context)
{
    struct terminal *terminal = context;
    struct error own = ERROR_INIT; /* err is the pass's */
    while (!terminal->ended && !terminal->failed) {
        enum outbox_added added;
        struct punch punch = {.time = 1 + terminal->punches, .device_sn = "SN1", .user_id = "1"};
        terminal->failed = !outbox_begin(terminal->outbox, &own) ||
                           !outbox_append(terminal->outbox, &punch, 0, 1, &added, &own) ||
                           !outbox_commit(terminal->outbox, &own);
        terminal->punches++;
        thread_sleep(1);
    }
}

/* The log is one piece, and would be one transaction. */
static void a_terminal_comes_before_a_log_that_is_read(void **state)
{
    enum { LINES = 3000 };
    static char text[LINES * 40];
    size_t used = 0;
    struct thread thread;
    (void)state;
    for (int i = 0; i < LINES; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%d %d 14/01/2026 %d:%02d:%02d AM 1 T\r\n", i, 1 + i % 90,
                                 1 + i / 3600, i / 60 % 60, i % 60);
    }
    assert_true(used < SCAN_CHUNK);
    put_log("long.txt", text);
    outbox_close(folder.outbox);
    struct turns *turns = turns_new(TURNS_GIVE_WAY_MS, &err);
    assert_non_null(turns);
    folder.outbox = open_outbox((struct outbox_options){.turns = turns});
    struct terminal terminal = {
        .outbox = open_outbox((struct outbox_options){.turns = turns, .urgent = true})};
    folder_start();
    thread_begin(&thread, punch_again_and_again, &terminal);
    while (terminal.punches == 0) {
        thread_sleep(1);
    }
    pass(SCAN_READ);
    terminal.ended = true;
    thread_join(&thread);
    assert_false(terminal.failed);
    CHECK_INT("all of it", LINES, folder.sums.fresh);
    CHECK_INT("nothing twice", LINES + terminal.punches, punches_held());
    assert_true(query(folder.outbox, "SELECT count(*) FROM punch WHERE source = 0 AND id >"
                                     " (SELECT min(id) FROM punch WHERE source <> 0) AND id <"
                                     " (SELECT max(id) FROM punch WHERE source <> 0)") > 0);
    outbox_close(terminal.outbox);
    outbox_close(folder.outbox);
    folder.outbox = open_outbox((struct outbox_options){0});
    folder_start();
    turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(a_terminal_comes_before_a_log_that_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
