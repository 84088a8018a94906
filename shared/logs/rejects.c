#include "logs/rejects.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char writing_suffix[] = ".hipbridge-writing";

void rejects_begin(struct rejects *rejects, const struct archive *archive)
{
    rejects->archive = archive;
    rejects->hold = NULL;
    rejects->file = NULL;
    rejects->count = 0;
    rejects->path[0] = '\0';
}

static bool put(struct rejects *rejects, int len, struct error *err)
{
    size_t bytes = len < 0 ? 0 : (size_t)len;
    if (bytes >= sizeof rejects->text) {
        bytes = sizeof rejects->text - 1;
    }
    return folder_write(rejects->file, (struct span){rejects->text, bytes}, err);
}

/* The paths that a log's file gets, or has. */
static bool name_file(struct rejects *rejects, const char *log, struct error *err)
{
    char as[LOG_NAME_MAX];
    char name[LOG_NAME_MAX + sizeof ARCHIVE_REJECTED_SUFFIX + sizeof writing_suffix];
    const char *folder = rejects->archive->folder;
    if (!archive_name(rejects->archive, log, as, err)) {
        return false;
    }
    snprintf(name, sizeof name, "%s" ARCHIVE_REJECTED_SUFFIX, as);
    bool fits = file_resolve(folder, name, rejects->path, sizeof rejects->path);
    snprintf(name, sizeof name, "%s" ARCHIVE_REJECTED_SUFFIX "%s", as, writing_suffix);
    fits = fits && file_resolve(folder, name, rejects->writing, sizeof rejects->writing);
    return fits || error_set(err, ERR_INVALID, 0, "the path %s\\%s is too long", folder, name);
}

static bool open_file(struct rejects *rejects, const char *log, walltime now, struct error *err)
{
    char time[WALLTIME_TEXT_MAX];
    if (!name_file(rejects, log, err)) {
        return false;
    }
    rejects->hold = folder_hold(rejects->archive->folder, rejects->archive->logs, err);
    rejects->file = rejects->hold != NULL ? folder_create(rejects->writing, err) : NULL;
    return rejects->file != NULL &&
           put(rejects,
               snprintf(rejects->text, sizeof rejects->text, "# %s, read at %s\r\n", log,
                        walltime_text(now, time)),
               err);
}

bool rejects_line(struct rejects *rejects, const char *log, walltime now,
                  const struct logfile_line *line, struct error *err)
{
    rejects->count++;
    if (rejects->count > REJECTS_LINES_MAX) {
        return true;
    }
    if (rejects->file == NULL && !open_file(rejects, log, now, err)) {
        return false;
    }
    int raw = (int)utf8_cut(line->punch.raw, PUNCH_RAW_MAX);
    return put(rejects,
               snprintf(rejects->text, sizeof rejects->text, "line %" PRIu64 ": %s: %.*s\r\n",
                        line->number, line->reason, raw, raw > 0 ? line->punch.raw.at : ""),
               err);
}

bool rejects_finish(struct rejects *rejects, struct error *err)
{
    if (rejects->file == NULL) {
        return true;
    }
    if (rejects->count > REJECTS_LINES_MAX &&
        !put(rejects,
             snprintf(rejects->text, sizeof rejects->text, "# and %" PRIu64 " more\r\n",
                      rejects->count - REJECTS_LINES_MAX),
             err)) {
        return false;
    }
    if (!folder_flush(rejects->file, err)) {
        return false;
    }
    folder_close(rejects->file);
    rejects->file = NULL;
    bool done = folder_replace(rejects->writing, rejects->path, err);
    folder_release(rejects->hold);
    rejects->hold = NULL;
    return done;
}

void rejects_drop(struct rejects *rejects)
{
    if (rejects->file != NULL) {
        folder_close(rejects->file);
        folder_delete(rejects->writing, NULL, NULL);
    }
    folder_release(rejects->hold);
    rejects->file = NULL;
    rejects->hold = NULL;
}

bool rejects_forget(const struct archive *archive, const char *log, struct error *err)
{
    struct rejects rejects;
    rejects_begin(&rejects, archive);
    return name_file(&rejects, log, err) && folder_delete(rejects.path, NULL, err);
}
