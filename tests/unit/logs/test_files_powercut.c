/*
 * Every point at which the power can go while a file gets another place or other bytes
 * (posix/powercut.h): config.json with its secrets, a log on its way to the archive, the file of
 * lines set aside. From each it is whole, the old or the new one, and the new one once that was
 * said.
 */
#include "config/config_load.h"
#include "logs/archive.h"
#include "logs/rejects.h"
#include "posix/powercut.h"

#define CONFIG(name)                                                                               \
    "{\"database\": {\"host\": \"db\", \"user\": \"u\", \"password\": \"a secret\", "              \
    "\"database\": \"" name "\"},\n \"alarm\": {\"header\": \"X-Key: hush\"}}\n"
#define LINE "1 7 14/01/2026 10:48:21 AM 1 T\r\n"

enum { LINES = 900, LOG_MAX = 64 * 1024 };

static struct error err;
static char log_text[LOG_MAX];
static size_t log_len;
static bool elsewhere; /* the archive is on another volume */
static bool set_aside; /* lines of it are */

static const char *below(const char *folder, const char *name)
{
    static char paths[4][FILE_PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 4];
    assert_true(file_resolve(folder, name, path, FILE_PATH_MAX));
    return path;
}

static const char *begin(void)
{
    const char *disk = scratch_path("disk");
    error_clear(&err);
    DO(file_make_folder(disk, &err));
    DO(file_make_folder(scratch_path("cut"), &err));
    DO(file_make_folder(below(disk, "logs"), &err));
    DO(file_make_folder(below(disk, "done"), &err));
    return disk;
}

static void look(const char *input, cut_check check)
{
    struct cut_sum sum;
    cut_end();
    cut_each(scratch_path("cut"), check, NULL, cut_one_in(1), cut_seed(), &sum);
    cut_forget();
    cut_empty(scratch_path("disk"));
    cut_assert_kept(input, &sum);
    assert_true(sum.journal > 1);
}

static bool not_kept(char reason[CUT_REASON], const char *what)
{
    snprintf(reason, CUT_REASON, "%s", what);
    return false;
}

/* ---- config.json ---- */

static bool config_is_whole(void *context, const char *folder, int step, char reason[CUT_REASON])
{
    (void)context;
    bool taken = false;
    struct error failed = ERROR_INIT;
    const char *path = below(folder, "config.json");
    struct config *config = file_recover(path, &taken, &failed) ? config_load(path, &failed) : NULL;
    if (config == NULL) {
        snprintf(reason, CUT_REASON, "%.300s", failed.text);
        return false;
    }
    bool fresh = strcmp(config->database.database, "new") == 0;
    bool sealed = !config->database.password_plain && !config->alarm.header.plain;
    bool secrets = strcmp(config->database.password, "a secret") == 0 &&
                   strcmp(config->alarm.header.text, "X-Key: hush") == 0;
    config_free(config);
    if (!secrets) {
        return not_kept(reason, "a secret is another one");
    }
    if ((step == 1 && !sealed && !fresh) || (step >= 2 && !fresh) || (step >= 3 && !sealed)) {
        return not_kept(reason, "what was said to be written is not there");
    }
    return true;
}

static void config_and_its_secrets(void **state)
{
    (void)state;
    bool done = false;
    const char *disk = begin();
    const char *path = scratch_path("disk/config.json");
    scratch_write(path, CONFIG("old"), strlen(CONFIG("old")));
    cut_begin(disk);
    for (int step = 1; step <= 3; step += 2) {
        struct config *config = config_load(path, &err);
        assert_non_null(config);
        DO(config_protect_password(config, &done, &err));
        assert_true(done);
        config_free(config);
        cut_step(step);
        if (step == 1) {
            DO(file_replace(path, SPAN(CONFIG("new")), &err));
            cut_step(2);
        }
    }
    look("config", config_is_whole);
}

/* ---- the archive ---- */

static bool move(const char *from, const char *to, const struct folder_version *version,
                 bool *other, struct error *why)
{
    *other = elsewhere && version != NULL;
    return *other ? error_set(why, ERR_SYSTEM, 17, "another volume")
                  : folder_move(from, to, version, other, why);
}

static const struct archive_disk disk_of_two = {move, folder_copy, folder_same, folder_delete};

static bool never(void *context)
{
    (void)context;
    return false;
}

static struct archive archive_in(const char *folder)
{
    return (struct archive){.folder = below(folder, "done"),
                            .logs = below(folder, "logs"),
                            .stopped = never,
                            .disk = &disk_of_two};
}

/* 0: not there, 1: whole, -1: something else. */
static int copy_there(const char *folder, const char *name)
{
    char *bytes = NULL;
    size_t len = 0;
    const char *path = below(folder, name);
    if (!file_exists(path)) {
        return 0;
    }
    DO(file_read(path, LOG_MAX, &bytes, &len, &err));
    int there = len == log_len && memcmp(bytes, log_text, len) == 0 ? 1 : -1;
    free(bytes);
    return there;
}

static bool rejected_is_whole(const char *folder)
{
    char *bytes = NULL;
    size_t len = 0;
    const char *path = below(folder, "done/log.txt" ARCHIVE_REJECTED_SUFFIX);
    if (!file_exists(path)) {
        return false;
    }
    DO(file_read(path, LOG_MAX, &bytes, &len, &err));
    bool whole = len > 3 && strstr(bytes, "last of them") != NULL && bytes[len - 1] == '\n';
    free(bytes);
    return whole;
}

/* A move that is undone by the cut is made again: the log is read once more, and its punches are
 * known. */
static bool log_is_somewhere(void *context, const char *folder, int step, char reason[CUT_REASON])
{
    (void)context;
    struct error failed = ERROR_INIT;
    struct archive archive = archive_in(folder);
    if (!file_exists(archive.logs)) { /* as empty folders have no names in a journal */
        DO(file_make_folder(archive.logs, &err));
    }
    if (!archive_mend(&archive, &failed)) {
        snprintf(reason, CUT_REASON, "%.300s", failed.text);
        return false;
    }
    int at_home = copy_there(folder, "logs/log.txt");
    int away = copy_there(folder, "done/log.txt");
    if (at_home < 0 || away < 0) {
        return not_kept(reason, "a part of the log has its name");
    }
    if (at_home + away == 0) {
        return not_kept(reason, "the log is nowhere");
    }
    if (set_aside && step >= 1 && !rejected_is_whole(folder)) {
        return not_kept(reason, "the lines set aside are not all there");
    }
    return true;
}

static void write_rejected(const struct archive *archive)
{
    struct rejects rejects;
    rejects_begin(&rejects, archive);
    for (int i = 0; i < 24; i++) {
        struct logfile_line line = {
            .number = (uint64_t)i + 1,
            .reason = "why",
            .punch = {.raw = i < 23 ? SPAN("rubbish") : SPAN("last of them")}};
        DO(rejects_line(&rejects, "log.txt", 1, &line, &err));
    }
    DO(rejects_finish(&rejects, &err));
}

static void archive_log(const char *input)
{
    struct folder_version version;
    const char *disk = begin();
    struct archive archive = archive_in(disk);
    log_len = 0;
    for (int i = 0; i < LINES; i++) {
        memcpy(log_text + log_len, LINE, strlen(LINE));
        log_len += strlen(LINE);
    }
    scratch_write(scratch_path("disk/logs/log.txt"), log_text, log_len);
    cut_begin(disk);
    if (set_aside) {
        write_rejected(&archive);
    }
    cut_step(1);
    struct folder_file *file = folder_open(below(disk, "logs/log.txt"), &version, &err);
    assert_non_null(file);
    DO(archive_move(&archive, "log.txt", "log.txt", &version, &err));
    folder_close(file);
    cut_step(2);
    look(input, log_is_somewhere);
}

static void a_log_on_its_way_to_the_archive(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        elsewhere = (i & 1) != 0;
        set_aside = (i & 2) != 0;
        archive_log(elsewhere   ? set_aside ? "another volume, lines set aside" : "another volume"
                    : set_aside ? "lines set aside"
                                : "archive");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(config_and_its_secrets),
        SCRATCH_TEST(a_log_on_its_way_to_the_archive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
