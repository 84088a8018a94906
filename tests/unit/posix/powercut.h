/*
 * powercut: a disk that can be rebuilt as a power cut would leave it, at every point of what was
 * done to it.
 *
 *     cut_begin(folder);             writes down from now on what SQLite and our own code do there
 *     … cut_step(n) …                steps before n are done, and what they promise holds
 *     cut_end();
 *     cut_each(folder, check, context, one_in, seed, &sum);
 *
 * For each point k of the journal the disk is rebuilt as
 *   - all that was done before k, as a killed process leaves it;
 *   - without everything that no flush has reached;
 *   - without any one of the writes that no flush has reached;
 *   - with the last such write torn after 512, and after 4096 bytes;
 *   - without the tail, from any one of them on, of the names that were made, moved or removed and
 *     that no flush has reached: a file system's own journal keeps their order.
 * A flush of a file is one of the names before it too, as NTFS's and ext4's journals have it.
 */
#ifndef HIPBRIDGE_TEST_POWERCUT_H
#define HIPBRIDGE_TEST_POWERCUT_H

#include "base/hash.h"
#include "posix/powercut_journal.h"

enum { CUT_REASON = 400 };

/* ---- a disk as a cut leaves it ---- */

enum cut_model { CUT_KILLED, CUT_UNFLUSHED, CUT_WITHOUT, CUT_TORN_512, CUT_TORN_4096, CUT_NAMES };

static inline bool cut_is_name(const struct cut_done *done)
{
    return done->kind == CUT_MAKE || done->kind == CUT_LINK || done->kind == CUT_MOVE ||
           done->kind == CUT_REMOVE;
}

static inline bool cut_is_data(const struct cut_done *done)
{
    return done->kind == CUT_WRITE || done->kind == CUT_SIZE;
}

/* Whether this one had reached the disk by point k. */
static inline bool cut_flushed(size_t at, size_t k)
{
    const struct cut_done *done = &cut.done[at];
    for (size_t i = at + 1; i < k; i++) {
        const struct cut_done *flush = &cut.done[i];
        if ((flush->kind == CUT_SYNC && (cut_is_name(done) || flush->file == done->file)) ||
            (flush->kind == CUT_SYNC_NAMES && cut_is_name(done))) {
            return true;
        }
    }
    return false;
}

/* From `first` on: what was done before it is in the disk. */
static inline void cut_rebuild(struct cut_disk *disk, size_t first, size_t k, const bool *flushed,
                               enum cut_model model, size_t which)
{
    for (size_t i = first; i < k; i++) {
        const struct cut_done *done = &cut.done[i];
        size_t len = done->len;
        if (!flushed[i - first]) {
            if ((model == CUT_UNFLUSHED && (cut_is_name(done) || cut_is_data(done))) ||
                (model == CUT_WITHOUT && i == which) ||
                (model == CUT_NAMES && cut_is_name(done) && i >= which)) {
                continue;
            }
            if (i == which && (model == CUT_TORN_512 || model == CUT_TORN_4096)) {
                size_t most = model == CUT_TORN_512 ? 512 : 4096;
                len = len < most ? len : most;
            }
        }
        cut_apply(disk, done, len);
    }
}

static inline void cut_make_folders(const char *path)
{
    char folder[FILE_PATH_MAX];
    struct error failed = ERROR_INIT;
    assert_true(file_folder(path, folder, sizeof folder));
    assert_true(file_make_folder(folder, &failed));
}

static inline void cut_empty(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[FILE_PATH_MAX];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        assert_true(file_resolve(path, entry->d_name, name, sizeof name));
        if (__real_unlink(name) != 0) {
            cut_empty(name);
            (void)rmdir(name);
        }
    }
    closedir(folder);
}

static inline void cut_write_out(const struct cut_disk *disk, const char *folder)
{
    cut_empty(folder);
    for (size_t i = 0; i < disk->name_count; i++) {
        char path[FILE_PATH_MAX];
        const struct cut_file *file = &disk->files[disk->names[i].file];
        assert_true(file_resolve(folder, disk->names[i].name, path, sizeof path));
        cut_make_folders(path);
        scratch_write(path, file->bytes != NULL ? (const void *)file->bytes : "", file->size);
    }
}

static inline uint64_t cut_hash_disk(const struct cut_disk *disk, int step)
{
    uint64_t sum = hash_bytes(HASH_BEGIN, &step, sizeof step);
    for (size_t i = 0; i < disk->name_count; i++) {
        const struct cut_file *file = &disk->files[disk->names[i].file];
        uint64_t one = hash_bytes(HASH_BEGIN, disk->names[i].name, strlen(disk->names[i].name));
        sum += hash_bytes(one, file->bytes, file->size); /* in whatever order they stand */
    }
    return sum;
}

/* ---- every point ---- */

struct cut_sum {
    size_t journal; /* what was done, in all */
    size_t points;  /* disks that a cut could leave */
    size_t checked; /* of which so many, all different, were looked at */
    size_t broken;  /* and so many did not keep a promise */
    char first[CUT_REASON + 100];
};

/* Opens what lies in the folder as the program would, and says in `reason` what is not as promised
 * by the steps before `step`; true: all is well. */
typedef bool (*cut_check)(void *context, const char *folder, int step, char reason[CUT_REASON]);

struct cut_looking {
    const char *folder;
    cut_check check;
    void *context;
    unsigned one_in;
    uint64_t seed;
    struct cut_sum *sum;
    uint64_t *seen;
    size_t seen_room;
    struct cut_disk disk;
};

static inline bool cut_is_new(struct cut_looking *looking, uint64_t hash)
{
    hash = hash != 0 ? hash : 1;
    for (size_t at = (size_t)hash % looking->seen_room;; at = (at + 1) % looking->seen_room) {
        if (looking->seen[at] == hash) {
            return false;
        }
        if (looking->seen[at] == 0) {
            looking->seen[at] = hash;
            return true;
        }
    }
}

static inline void cut_look(struct cut_looking *looking, const struct cut_disk *base, size_t first,
                            size_t k, const bool *flushed, enum cut_model model, size_t which)
{
    static const char *const models[] = {"killed",         "nothing unflushed", "without one",
                                         "torn after 512", "torn after 4096",   "names from"};
    struct cut_sum *sum = looking->sum;
    int step = k < cut.count ? cut.done[k].step : cut.step;
    char reason[CUT_REASON] = "";
    sum->points++;
    if (hash_bytes(looking->seed, &sum->points, sizeof sum->points) % looking->one_in != 0) {
        return;
    }
    cut_copy(&looking->disk, base);
    cut_rebuild(&looking->disk, first, k, flushed, model, which);
    if (!cut_is_new(looking, cut_hash_disk(&looking->disk, step))) {
        return;
    }
    cut_write_out(&looking->disk, looking->folder);
    sum->checked++;
    if (!looking->check(looking->context, looking->folder, step, reason) && sum->broken++ == 0) {
        snprintf(sum->first, sizeof sum->first, "point %zu of %zu, %s %zu, step %d: %s", k,
                 cut.count, models[model], which, step, reason);
    }
}

/*
 * Looks at one in `one_in` of all points, which `seed` chooses (1: at all), in a folder that is
 * emptied for each. cut_end() comes before.
 */
static inline void cut_each(const char *folder, cut_check check, void *context, unsigned one_in,
                            uint64_t seed, struct cut_sum *sum)
{
    struct cut_looking looking = {.folder = folder,
                                  .check = check,
                                  .context = context,
                                  .one_in = one_in,
                                  .seed = seed,
                                  .sum = sum,
                                  .seen_room = 1 << 20};
    struct cut_disk base;
    size_t first = 0;
    memset(&base, 0, sizeof base);
    memset(sum, 0, sizeof *sum);
    sum->journal = cut.count;
    looking.seen = calloc(looking.seen_room, sizeof *looking.seen);
    bool *flushed = calloc(cut.count + 1, sizeof *flushed);
    assert_non_null(looking.seen);
    assert_non_null(flushed);
    cut_copy(&base, &cut.start);
    for (size_t k = 0; k <= cut.count; k++) {
        size_t last = SIZE_MAX;
        bool all = true;
        for (size_t i = first; i < k; i++) {
            const struct cut_done *done = &cut.done[i];
            bool counts = cut_is_name(done) || cut_is_data(done);
            flushed[i - first] = !counts || cut_flushed(i, k);
            all = all && flushed[i - first];
            last = !flushed[i - first] && done->kind == CUT_WRITE ? i : last;
        }
        cut_look(&looking, &base, first, k, flushed, CUT_KILLED, 0);
        cut_look(&looking, &base, first, k, flushed, CUT_UNFLUSHED, 0);
        for (size_t i = first; i < k; i++) {
            if (!flushed[i - first]) {
                cut_look(&looking, &base, first, k, flushed,
                         cut_is_name(&cut.done[i]) ? CUT_NAMES : CUT_WITHOUT, i);
            }
        }
        if (last != SIZE_MAX) {
            cut_look(&looking, &base, first, k, flushed, CUT_TORN_512, last);
            cut_look(&looking, &base, first, k, flushed, CUT_TORN_4096, last);
        }
        if (all) { /* all before k is on the disk for good */
            cut_rebuild(&base, first, k, flushed, CUT_KILLED, 0);
            first = k;
        }
    }
    cut_empty(folder);
    cut_drop(&base);
    cut_drop(&looking.disk);
    free(flushed);
    free(looking.seen);
}

/* How many of the points: HIPBRIDGE_CUTS (1 = all), else as many as the suite has time for. */
static inline unsigned cut_one_in(unsigned otherwise)
{
    const char *text = getenv("HIPBRIDGE_CUTS");
    unsigned long value = text != NULL ? strtoul(text, NULL, 10) : 0;
    return value > 0 ? (unsigned)value : otherwise;
}

static inline uint64_t cut_seed(void)
{
    const char *text = getenv("HIPBRIDGE_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : 20261130;
}

/* Prints the figures; fails where a promise was broken. */
static inline void cut_assert_kept(const char *scenario, const struct cut_sum *sum)
{
    printf("%s: %zu calls, %zu points, %zu disks looked at, %zu broke a promise\n", scenario,
           sum->journal, sum->points, sum->checked, sum->broken);
    if (sum->broken > 0) {
        fail_msg("%s: %s", scenario, sum->first);
    }
    assert_true(sum->checked > 0);
}

#endif
