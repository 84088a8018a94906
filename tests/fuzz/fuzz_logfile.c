/*
 * logfile: the first byte chooses how the rest, a log file, is cut into chunks. However it is cut,
 * the same lines come out.
 */
#include "fuzz.h"
#include "base/hash.h"
#include "formats/logfile.h"

struct seen {
    uint64_t lines;
    uint64_t last_number;
    uint64_t digest;  /* of everything that came out, in order */
    uint64_t stop_at; /* the sink says no at this line; 0 = never */
};

static void mix(struct seen *seen, const void *bytes, size_t size)
{
    seen->digest = hash_bytes(seen->digest, bytes, size);
}

static bool see(void *context, const struct logfile_line *line, struct error *err)
{
    struct seen *seen = context;
    seen->lines++;
    MUST(line->number > seen->last_number);
    seen->last_number = line->number;
    mix(seen, &line->number, sizeof line->number);
    if (line->reason == NULL) {
        /* A machine number in the file may become part of it. */
        must_be_punch(&line->punch, NULL);
        MUST(punch_sn_valid(span_of(line->punch.device_sn)));
        mix(seen, line->punch.device_sn, strlen(line->punch.device_sn));
        mix(seen, &line->punch.time, sizeof line->punch.time);
        mix(seen, &line->punch.status, sizeof line->punch.status);
        mix(seen, &line->punch.verify, sizeof line->punch.verify);
        mix(seen, line->punch.user_id, strlen(line->punch.user_id));
    } else {
        MUST(line->reason[0] != '\0');
        mix(seen, line->reason, strlen(line->reason));
    }
    MUST(line->punch.raw.len <= PUNCH_RAW_MAX && utf8_valid(line->punch.raw));
    mix(seen, line->punch.raw.at, line->punch.raw.len);
    return seen->lines != seen->stop_at || error_set(err, ERR_FULL, 0, "no more");
}

/* chunk 0: in growing pieces of 1, 2, 3 … bytes. */
static bool feed(struct logfile_reader *reader, struct span file, size_t chunk)
{
    struct error err = ERROR_INIT;
    size_t turn = 0;
    bool fine = true;
    while (fine && file.len > 0) {
        size_t n = chunk == 0 ? ++turn : chunk;
        n = n < file.len ? n : file.len;
        /* A block of its own size: a read past the chunk is seen by the sanitizer. */
        char *piece = malloc(n);
        MUST(piece != NULL);
        memcpy(piece, file.at, n);
        fine = logfile_feed(reader, (struct span){piece, n}, &err);
        free(piece);
        file.at += n;
        file.len -= n;
    }
    fine = fine && logfile_end(reader, &err);
    MUST(fine == (err.kind == ERR_NONE));
    return fine;
}

/* Twice, as a file is read: first to learn what it shows. */
static bool read_file(struct span file, size_t chunk, struct seen *seen)
{
    static struct logfile_reader reader;
    logfile_begin(&reader, "TEST00000001", NULL, NULL);
    MUST(feed(&reader, file, chunk));
    struct logline_facts facts = *logfile_facts(&reader);
    logfile_begin(&reader, "TEST00000001", see, seen);
    logfile_set_facts(&reader, &facts);
    return feed(&reader, file, chunk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct span file = {(const char *)data + 1, size - 1};
    struct seen whole = {.digest = 1};
    struct seen cut = {.digest = 1};
    MUST(read_file(file, file.len + 1, &whole));
    MUST(read_file(file, data[0], &cut));
    MUST(cut.lines == whole.lines && cut.digest == whole.digest);

    /* A sink that says no is not called again. */
    if (whole.lines > 0) {
        struct seen stopped = {.digest = 1, .stop_at = whole.lines / 2 + 1};
        MUST(!read_file(file, data[0], &stopped));
        MUST(stopped.lines == stopped.stop_at);
    }
    return 0;
}
