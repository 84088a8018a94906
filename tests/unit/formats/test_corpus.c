/*
 * The log files of tests/corpus/logs, each with what must become of it: index.txt names the files,
 * NAME.rows holds a line for each row (sn, user, time, status, verify, raw between tabs) or, for a
 * line that is set aside, "!", its number and the reason. A NAME.made holds a file's description:
 * line ends do not count, \r \n \t \0 \\ and \xHH stand for bytes, \{N*text} for N times the text.
 */
#include "check.h"

#include "system/file.h"
#include "formats/logfile.h"
#include "formats/logname.h"

enum { INDEX_MAX = 1 << 16, FILE_MAX = 1 << 22, ROWS_MAX = 1 << 16, FILES_AT_LEAST = 60 };

#define SN "HIP_DEVICE_1"

struct seen {
    char text[ROWS_MAX];
    size_t used;
};

static void put(struct seen *seen, struct span text)
{
    assert_true(text.len < ROWS_MAX - seen->used);
    memcpy(seen->text + seen->used, text.at, text.len);
    seen->used += text.len;
    seen->text[seen->used] = '\0';
}

static bool note(void *context, const struct logfile_line *line, struct error *err)
{
    struct seen *seen = context;
    const struct punch *punch = &line->punch;
    char text[256];
    char time[WALLTIME_TEXT_MAX] = "";
    (void)err;
    assert_true(utf8_valid(punch->raw));
    if (line->reason != NULL) {
        snprintf(text, sizeof text, "!\t%u\t%s", (unsigned)line->number, line->reason);
        put(seen, span_of(text));
    } else {
        snprintf(text, sizeof text, "%s\t%s\t%s\t%d\t%d\t", punch->device_sn, punch->user_id,
                 walltime_text(punch->time, time), (int)punch->status, (int)punch->verify);
        put(seen, span_of(text));
        put(seen, punch->raw);
    }
    put(seen, SPAN("\n"));
    return true;
}

/* free() it. */
static char *contents(const char *name, const char *suffix, size_t max, size_t *len)
{
    char path[FILE_PATH_MAX]; /* from the repository's root */
    struct error err = ERROR_INIT;
    snprintf(path, sizeof path, "tests/corpus/logs/%s%s", name, suffix);
    char *bytes = NULL;
    if (!file_read(path, max, &bytes, len, &err)) {
        fail_msg("%s", err.text);
    }
    return bytes;
}

/* ---- descriptions ---- */

static unsigned hex(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = strchr(digits, digit);
    assert_non_null(at);
    return (unsigned)(at - digits);
}

static struct span rest_of(struct span text, size_t from)
{
    assert_true(from <= text.len);
    return (struct span){text.at + from, text.len - from};
}

static size_t make(struct span text, char *out, size_t room);

/* `N*text}` at the front of *text. */
static size_t repeat(struct span *text, char *out, size_t room)
{
    size_t times = 0;
    const char *end = memchr(text->at, '}', text->len);
    assert_non_null(end);
    while (text->at[0] != '*') {
        times = times * 10 + (size_t)(text->at[0] - '0');
        *text = rest_of(*text, 1);
    }
    struct span part = {text->at + 1, (size_t)(end - text->at) - 1};
    size_t used = 0;
    for (size_t i = 0; i < times; i++) {
        used += make(part, out + used, room - used);
    }
    *text = rest_of(*text, part.len + 2);
    return used;
}

static size_t make(struct span text, char *out, size_t room)
{
    static const char names[] = "rnt0\\";
    static const char bytes[] = "\r\n\t\0\\";
    size_t used = 0;
    while (text.len > 0) {
        char byte = text.at[0];
        text = rest_of(text, 1);
        if (byte == '\n' || byte == '\r') {
            continue;
        }
        assert_true(used < room);
        if (byte != '\\') {
            out[used++] = byte;
            continue;
        }
        assert_true(text.len > 0);
        char what = text.at[0];
        text = rest_of(text, 1);
        if (what == '{') {
            used += repeat(&text, out + used, room - used);
        } else if (what == 'x') {
            assert_true(text.len >= 2);
            out[used++] = (char)(hex(text.at[0]) << 4 | hex(text.at[1]));
            text = rest_of(text, 2);
        } else {
            const char *name = strchr(names, what);
            assert_non_null(name);
            out[used++] = bytes[name - names];
        }
    }
    return used;
}

static char *made(const char *name, size_t *len)
{
    size_t described = 0;
    char *description = contents(name, "", FILE_MAX, &described);
    char *room = malloc(FILE_MAX);
    assert_non_null(room);
    *len = make((struct span){description, described}, room, FILE_MAX);
    free(description);
    char *bytes = realloc(room, *len + 1);
    assert_non_null(bytes);
    return bytes;
}

/* ---- the corpus ---- */

/* chunk 0: all at once. */
static void read_log(const char *sn, struct span file, enum encoding encoding, size_t chunk,
                     struct seen *seen)
{
    static struct logfile_reader reader;
    struct error err = ERROR_INIT;
    seen->used = 0;
    seen->text[0] = '\0';
    struct logline_facts facts = {0};
    for (int turn = 0; turn < 2; turn++) {
        struct span rest = file;
        logfile_begin(&reader, sn, turn == 0 ? NULL : note, seen);
        logfile_set_encoding(&reader, encoding);
        if (turn == 1) {
            logfile_set_facts(&reader, &facts);
        }
        while (rest.len > 0) {
            size_t len = chunk == 0 || chunk > rest.len ? rest.len : chunk;
            assert_true(logfile_feed(&reader, (struct span){rest.at, len}, &err));
            rest = rest_of(rest, len);
        }
        assert_true(logfile_end(&reader, &err));
        facts = *logfile_facts(&reader);
    }
}

static enum encoding encoding_named(struct span name)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } names[] = {
        {"auto", ENCODING_AUTO},        {"utf-8", ENCODING_UTF8},
        {"utf-16le", ENCODING_UTF16LE}, {"utf-16be", ENCODING_UTF16BE},
        {"windows-874", ENCODING_874},  {"windows-1252", ENCODING_1252},
    };
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        if (span_equal_nocase(name, span_of(names[i].name))) {
            return names[i].encoding;
        }
    }
    fail_msg("no encoding: %.*s", (int)name.len, name.at);
    return ENCODING_AUTO;
}

static bool check_file(const char *name, enum encoding encoding)
{
    static const size_t chunks[] = {0, 1, 7, 4096};
    static struct seen seen;
    size_t len = 0;
    size_t expected_len = 0;
    bool described = strstr(name, ".made") != NULL;
    char *file = described ? made(name, &len) : contents(name, "", FILE_MAX, &len);
    char *expected = contents(name, ".rows", ROWS_MAX, &expected_len);
    char sn[PUNCH_SN_MAX + 1];
    bool same = true;
    logname_device(name, SN, sn);
    for (size_t i = 0; same && i < HB_COUNT(chunks); i++) {
        read_log(sn, (struct span){file, len}, encoding, chunks[i], &seen);
        if (seen.used != expected_len || memcmp(seen.text, expected, expected_len) != 0) {
            print_error("%s, fed by %u\n  expected\n%.*s\n  got\n%s", name, (unsigned)chunks[i],
                        (int)expected_len, expected, seen.text);
            same = false;
        }
    }
    free(expected);
    free(file);
    return same;
}

static void test_corpus(void **state)
{
    (void)state;
    size_t len = 0;
    size_t files = 0;
    size_t wrong = 0;
    char *index = contents("index.txt", "", INDEX_MAX, &len);
    struct span rest = {index, len};
    struct span line;
    while (span_field(&rest, '\n', &line)) {
        struct span name = {NULL, 0};
        struct span encoding = {NULL, 0};
        char text[64];
        if (line.len == 0 || line.at[0] == '#') {
            continue;
        }
        assert_true(span_field(&line, '|', &name));
        assert_true(span_field(&line, '|', &encoding));
        assert_true(span_copy(span_trim(name), text, sizeof text));
        wrong += !check_file(text, encoding_named(span_trim(encoding)));
        files++;
    }
    free(index);
    assert_int_equal(wrong, 0);
    assert_true(files >= FILES_AT_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
