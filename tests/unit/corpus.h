/*
 * corpus: the files of ../corpus/iclock, read for the tests; ../corpus/iclock/README.md says how
 * they are written. A file that is not written so ends the test.
 */
#ifndef HIPBRIDGE_TEST_CORPUS_H
#define HIPBRIDGE_TEST_CORPUS_H

#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <io.h>
#else
#include <dirent.h>
#endif

#include "system/file.h"
#include "iclock/iclock.h"

enum { CORPUS_MAX = 1000, CORPUS_NAME_MAX = 120, CORPUS_FILE_MAX = 65536 };

struct corpus_case {
    char name[CORPUS_NAME_MAX];
    bool known;
    bool other_family;
    char content_type[80];
    char content_encoding[16];
    struct iclock_device device;
    char command[TERMINAL_COMMAND_MAX + 1];
    char *line; /* "POST /iclock/cdata?…" */
    char *body;
    size_t body_len;
    int status;
    char *reply;
    size_t reply_len;
    char *effects; /* as the file has them, each with LF, escapes resolved */
};

static struct corpus_case corpus[CORPUS_MAX];
static size_t corpus_count;

static inline void corpus_fail(const char *name, const char *what)
{
    fprintf(stderr, "%s: %s\n", name, what);
    exit(1);
}

static inline int corpus_hex(char digit)
{
    const char *digits = "0123456789ABCDEF";
    const char *at = memchr(digits, digit, 16);
    return at != NULL ? (int)(at - digits) : -1;
}

/* A copy with the escapes resolved and a terminator. */
static inline char *corpus_text(const char *name, struct span text, size_t *len)
{
    char *out = malloc(text.len + 1);
    size_t used = 0;
    if (out == NULL) {
        corpus_fail(name, "no memory");
        return NULL;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\\') {
            out[used++] = text.at[i];
            continue;
        }
        static const char from[] = "trn\\";
        static const char to[] = "\t\r\n\\";
        const char *simple = ++i < text.len ? strchr(from, text.at[i]) : NULL;
        if (simple != NULL && *simple != '\0') {
            out[used++] = to[simple - from];
        } else if (i + 2 < text.len && text.at[i] == 'x' && corpus_hex(text.at[i + 1]) >= 0 &&
                   corpus_hex(text.at[i + 2]) >= 0) {
            out[used++] = (char)(corpus_hex(text.at[i + 1]) * 16 + corpus_hex(text.at[i + 2]));
            i += 2;
        } else {
            corpus_fail(name, "an escape that is none");
        }
    }
    out[used] = '\0';
    if (len != NULL) {
        *len = used;
    }
    return out;
}

static inline bool corpus_value(struct span line, const char *key, struct span *value)
{
    struct span prefix = span_of(key);
    if (!span_starts_nocase(line, prefix)) {
        return false;
    }
    *value = (struct span){line.at + prefix.len, line.len - prefix.len};
    return true;
}

static inline void corpus_heading(struct corpus_case *one, struct span line)
{
    struct span value;
    int32_t number = 0;
    bool fine = true;
    if (corpus_value(line, "device: ", &value)) {
        one->known = span_equal(value, SPAN("known"));
        fine = one->known || span_equal(value, SPAN("never seen"));
    } else if (corpus_value(line, "attlog stamp: ", &value)) {
        fine = span_copy(value, one->device.attlog_stamp, sizeof one->device.attlog_stamp);
    } else if (corpus_value(line, "operlog stamp: ", &value)) {
        fine = span_copy(value, one->device.operlog_stamp, sizeof one->device.operlog_stamp);
    } else if (corpus_value(line, "timezone: ", &value)) {
        fine = span_to_int32(value, &number);
        one->device.timezone_minutes = number;
    } else if (corpus_value(line, "kind: ", &value)) {
        fine = span_equal(value, SPAN("pid"));
        one->device.identity = true;
    } else if (corpus_value(line, "command: ", &value)) {
        struct span id;
        fine = span_field(&value, ' ', &id) && span_to_int32(id, &number) && value.len > 0;
        char *text = corpus_text(one->name, value, NULL);
        fine = fine && span_copy(span_of(text), one->command, sizeof one->command);
        free(text);
        one->device.command = one->command;
        one->device.command_id = number;
    } else if (corpus_value(line, "header: ", &value)) {
        one->other_family = span_equal(value, SPAN("request_code"));
        fine = one->other_family ||
               (corpus_value(value, "Content-Type: ", &value)
                    ? span_copy(value, one->content_type, sizeof one->content_type)
                    : corpus_value(value, "Content-Encoding: ", &value) &&
                          span_copy(value, one->content_encoding, sizeof one->content_encoding));
    } else if (corpus_value(line, "packet: ", &value)) {
        one->device.packet =
            span_equal(value, SPAN("torn")) ? ICLOCK_PACKET_TORN : ICLOCK_PACKET_WHOLE;
    } else {
        fine = line.len == 0 || line.at[0] == '#' || span_starts_nocase(line, SPAN("installed: "));
    }
    if (!fine) {
        corpus_fail(one->name, "a heading that is none");
    }
}

/* The body between two marks, without the line ends around it. */
static inline struct span corpus_between(const char *from, const char *to)
{
    while (to > from && to[-1] == '\n') {
        to--;
    }
    return (struct span){from, (size_t)(to - from)};
}

static inline void corpus_read(struct corpus_case *one, struct span text)
{
    enum { HEADING, REQUEST, REPLY, EFFECTS } part = HEADING;
    const char *begin = text.at; /* of the body of this part */
    char effects[8192] = "";
    struct span rest = text;
    struct span line;
    one->device.timezone_minutes = 420;
    while (span_field(&rest, '\n', &line)) {
        char mark = line.len > 1 && line.at[1] == ' ' ? line.at[0] : '\0';
        if (part == HEADING && mark != '>') {
            corpus_heading(one, line);
        } else if (part == HEADING) {
            one->line = corpus_text(one->name, (struct span){line.at + 2, line.len - 2}, NULL);
            part = REQUEST;
            begin = rest.at;
        } else if (part == REQUEST && mark == '<') {
            int32_t status = 0;
            struct span body = corpus_between(begin, line.at);
            one->body = corpus_text(one->name, body, &one->body_len);
            if (!span_to_int32((struct span){line.at + 2, line.len - 2}, &status)) {
                corpus_fail(one->name, "a status that is none");
            }
            one->status = status;
            part = REPLY;
            begin = rest.at;
        } else if (mark == '!' && (part == REPLY || part == EFFECTS)) {
            if (part == REPLY) {
                one->reply =
                    corpus_text(one->name, corpus_between(begin, line.at), &one->reply_len);
            }
            part = EFFECTS;
            char *effect = corpus_text(one->name, (struct span){line.at + 2, line.len - 2}, NULL);
            size_t used = strlen(effects);
            snprintf(effects + used, sizeof effects - used, "%s\n", effect);
            free(effect);
        }
    }
    if (part == REPLY) {
        one->reply =
            corpus_text(one->name, corpus_between(begin, text.at + text.len), &one->reply_len);
    } else if (part != EFFECTS) {
        corpus_fail(one->name, "no request, or no reply");
    }
    one->effects = malloc(strlen(effects) + 1);
    if (one->effects == NULL) {
        corpus_fail(one->name, "no memory");
        return;
    }
    memcpy(one->effects, effects, strlen(effects) + 1);
}

static inline void corpus_add(const char *folder, const char *name)
{
    char path[FILE_PATH_MAX];
    char *bytes = NULL;
    size_t len = 0;
    struct corpus_case *one = &corpus[corpus_count];
    const char *end = strrchr(name, '.');
    if (end == NULL || strcmp(end, ".txt") != 0) {
        return;
    }
    if (corpus_count == CORPUS_MAX || strlen(name) >= CORPUS_NAME_MAX ||
        !file_resolve(folder, name, path, sizeof path) ||
        !file_read(path, CORPUS_FILE_MAX, &bytes, &len, NULL)) {
        corpus_fail(name, "cannot be read");
    }
    memcpy(one->name, name, strlen(name) + 1);
    corpus_read(one, (struct span){bytes, len});
    free(bytes);
    corpus_count++;
}

static inline void corpus_load(const char *folder)
{
#ifdef _WIN32
    char pattern[FILE_PATH_MAX];
    struct _finddata_t found;
    snprintf(pattern, sizeof pattern, "%s/*.txt", folder);
    intptr_t list = _findfirst(pattern, &found);
    if (list == -1) {
        corpus_fail(folder, "no such folder");
    }
    do {
        corpus_add(folder, found.name);
    } while (_findnext(list, &found) == 0);
    _findclose(list);
#else
    DIR *list = opendir(folder);
    if (list == NULL) {
        corpus_fail(folder, "no such folder");
        return;
    }
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        corpus_add(folder, entry->d_name);
    }
    closedir(list);
#endif
}

static inline void corpus_free(void)
{
    for (size_t i = 0; i < corpus_count; i++) {
        free(corpus[i].line);
        free(corpus[i].body);
        free(corpus[i].reply);
        free(corpus[i].effects);
    }
}

#endif
