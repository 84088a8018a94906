#include "formats/logline_private.h"

#include <string.h>

#include "base/portability.h"
#include "formats/logcode.h"

static const char unknown_head[] =
    "the table's head does not name one user and one time that are known: say which in "
    "sync.columns";
static const char no_tabs[] = "a table's row without tabs between its columns";
static const char no_marks[] = "a table's row without what parts its columns";
static const char comment_row[] = "a punch behind a comment's mark";

void logline_begin(struct logline *logline, const struct log_columns *own,
                   const struct logline_facts *facts)
{
    logline->own = own;
    logline->learning = facts == NULL;
    logline->facts = facts != NULL ? *facts : (struct logline_facts){0};
    memset(logline->facts.forms, 0, sizeof logline->facts.forms);
    logline->number = 0;
    logline->data_seen = logline->unknown_head = logline->premium_head = false;
    logline->table = own != NULL && own->given && loghead_by_position(own, &logline->head);
    logline->form = LOGLINE_NO_FORM;
}

enum logline_form logline_form(const struct logline_facts *facts)
{
    enum logline_form most = LOGLINE_NO_FORM;
    for (int i = 0; i < LOGLINE_FORMS; i++) {
        if (facts->forms[i] > facts->forms[most]) {
            most = (enum logline_form)i;
        }
    }
    return most;
}

/* ---- clean text ---- */

/*
 * What stands for a blank or a digit in other scripts becomes ASCII; marks of no width (of the
 * direction of writing, say) go. The line itself where there is none such.
 */
static struct span cleaned(struct span line, char out[LOGLINE_MAX])
{
    static const struct {
        const char *from, *to;
    } signs[] = {
        {"\xC2\xA0", " "},     {"\xE2\x80\xAF", " "}, {"\xE2\x80\x87", " "},
        {"\xE2\x80\x89", " "}, {"\xE3\x80\x80", " "}, {"\xE2\x80\x8E", ""},
        {"\xE2\x80\x8F", ""},  {"\xE2\x80\x8B", ""},  {"\xEF\xBB\xBF", ""},
    };
    size_t used = 0;
    bool plain = true;
    for (size_t i = 0; i < line.len && plain; i++) {
        plain = (unsigned char)line.at[i] < 0x80;
    }
    if (plain || line.len > LOGLINE_MAX) {
        return line;
    }
    for (size_t i = 0; i < line.len;) {
        const unsigned char *byte = (const unsigned char *)line.at + i;
        struct span rest = {line.at + i, line.len - i};
        size_t taken = 0;
        if (byte[0] == 0xE0 && rest.len >= 3 && (byte[1] == 0xB9 || byte[1] == 0xBB) &&
            byte[2] >= 0x90 && byte[2] <= 0x99) {
            out[used] = (char)('0' + byte[2] - 0x90);
            used++;
            taken = 3;
        }
        for (size_t k = 0; taken == 0 && byte[0] >= 0x80 && k < HB_COUNT(signs); k++) {
            struct span from = span_of(signs[k].from);
            if (rest.len >= from.len && memcmp(rest.at, from.at, from.len) == 0) {
                taken = from.len;
                if (signs[k].to[0] != '\0') {
                    out[used] = signs[k].to[0];
                    used++;
                }
            }
        }
        if (taken == 0) {
            out[used] = line.at[i];
            used++;
            taken = 1;
        }
        i += taken;
    }
    return (struct span){out, used};
}

/* ---- lines that are no punches ---- */

static bool holds_nocase(struct span text, struct span part)
{
    for (; text.len >= part.len; text.at++, text.len--) {
        if (span_starts_nocase(text, part)) {
            return true;
        }
    }
    return false;
}

static bool only_of(struct span text, const char *bytes)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\0' || strchr(bytes, text.at[i]) == NULL) {
            return false;
        }
    }
    return true;
}

/*
 * What a log holds besides punches. Asked only of lines that are no punch: a name with dashes in it
 * must not hide one.
 */
static bool is_passed_over(const struct logline *logline, struct span line)
{
    static const char *const heads[] = {"No", "No.", "ID", "ลำดับ", "ลำดับที่"};
    struct span rest = line;
    struct span first = {0};
    if (only_of(line, "-=_+| \t\f\x1A") || holds_nocase(line, SPAN("Date Export"))) {
        return true;
    }
    if (logcode_has_digit(line)) {
        return false;
    }
    span_word(&rest, &first);
    for (size_t i = 0; i < HB_COUNT(heads); i++) {
        if (span_equal_nocase(first, span_of(heads[i]))) {
            return true;
        }
    }
    return !logline->data_seen; /* a title above the data */
}

/* `# DeviceModel = F18`; but a punch that somebody has put the mark before is none of these. */
static const char *read_comment(struct span line)
{
    struct span rest = {line.at + 1, line.len - 1};
    struct span word;
    struct logtime_date date;
    return span_word(&rest, &word) && logcode_all_digits(word) && span_word(&rest, &word) &&
                   (logtime_date(word, &date) || logcode_all_digits(word))
               ? comment_row
               : NULL;
}

/* Whether it is a head, which is then believed. */
static bool take_head(struct logline *logline, struct span line)
{
    struct loghead head;
    bool mapped = logline->own != NULL && logline->own->given;
    if (mapped && logline->table && logline->head.kind == LOGHEAD_OWN && logline->head.count == 0) {
        return false; /* by position: no head is needed */
    }
    switch (loghead_read(line, logline->own, &head)) {
    case LOGHEAD_NONE:
        return false;
    case LOGHEAD_UNKNOWN:
        if (logline->data_seen || logline->table) {
            return false;
        }
        logline->unknown_head = true;
        logline->head = head;
        logline->facts.unknown_head = logline->facts.unknown_head || logline->learning;
        return true;
    case LOGHEAD_KNOWN:
        break;
    }
    logline->premium_head = head.kind == LOGHEAD_PREMIUM;
    logline->table = !logline->premium_head;
    logline->unknown_head = false;
    logline->head = head;
    if (logline->learning && logline->facts.head_line == 0) {
        logline->facts.head_line = (size_t)logline->number;
    }
    return true;
}

static const char *read_row(struct logline *logline, struct span line, struct span trimmed,
                            bool ended, struct punch *punch, bool *nobody)
{
    bool tabs = memchr(trimmed.at, '\t', trimmed.len) != NULL;
    /* Below a table's head nothing else is tried: its rows could be taken for Premium Time's, with
     * the machine in the place of the user. */
    if (logline->table) {
        char mark = logline->head.separator;
        bool parted = mark == ' ' || mark == '\0' || memchr(line.at, mark, line.len) != NULL;
        return parted         ? logline_table_row(logline, line, ended, punch, nobody)
               : mark == '\t' ? no_tabs
                              : no_marks;
    }
    if (logline->unknown_head && (tabs || logline->head.separator == ' ')) {
        return unknown_head;
    }
    return tabs ? logline_tabbed(logline, trimmed, ended, punch, nobody)
                : logline_premium(logline, trimmed, ended, punch, nobody);
}

enum logline_result logline_judge(struct logline *logline, struct span line, bool ended,
                                  struct punch *punch, const char **reason)
{
    bool nobody = false;
    line = cleaned(line, logline->clean);
    struct span trimmed = span_trim(line);
    *reason = NULL;
    punch->way = PUNCH_LOGGED;
    punch->work_code[0] = '\0';
    logline->number++;
    if (trimmed.len == 0) {
        return LOGLINE_PASSED;
    }
    bool comment =
        trimmed.at[0] == '#'; /* or the head of a table whose first column is called so */
    if (!(comment && memchr(trimmed.at, '=', trimmed.len) != NULL) && take_head(logline, line)) {
        return LOGLINE_PASSED;
    }
    if (comment &&
        !(logline->table && memchr(line.at, logline->head.separator, line.len) != NULL)) {
        *reason = read_comment(trimmed);
        return *reason == NULL ? LOGLINE_PASSED : LOGLINE_BAD;
    }
    *reason = read_row(logline, line, trimmed, ended, punch, &nobody);
    if (nobody) {
        *reason = NULL;
        return LOGLINE_PASSED;
    }
    if (*reason == NULL) {
        logline->data_seen = true;
        logline->facts.forms[logline->form]++;
        return LOGLINE_PUNCH;
    }
    return is_passed_over(logline, trimmed) ? LOGLINE_PASSED : LOGLINE_BAD;
}
