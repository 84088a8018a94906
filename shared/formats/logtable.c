#include "formats/logtable.h"

#include "formats/logcode.h"
#include "formats/logtime.h"

static const char other_count[] = "the row has another number of columns than the table's head";
static const char no_date[] = "the table's DateTime is none";
static const char lost_words[] = "which words belong to which column cannot be told";
static const char not_numeric[] = "between blanks the user id must be a number";

struct fields {
    struct span at[LOGHEAD_FIELDS_MAX + 1]; /* from 1 */
    size_t count;
    size_t filled;
};

static bool split(struct span line, char separator, struct fields *fields)
{
    struct span field;
    fields->count = fields->filled = 0;
    while (loghead_field(&line, separator, &field)) {
        if (fields->count == LOGHEAD_FIELDS_MAX) {
            return false;
        }
        fields->count++;
        fields->at[fields->count] = span_trim(field);
        fields->filled += fields->at[fields->count].len > 0;
    }
    return true;
}

static void drop_empty(struct fields *fields)
{
    size_t used = 0;
    for (size_t i = 1; i <= fields->count; i++) {
        if (fields->at[i].len > 0) {
            used++;
            fields->at[used] = fields->at[i];
        }
    }
    fields->count = used;
}

/* Which columns the row has: all of the head's, or those with a word. */
static const size_t *columns_of(const struct loghead *head, struct fields *fields)
{
    for (size_t i = 0; i < head->empty_end && fields->count > 0; i++) {
        if (fields->at[fields->count].len > 0) {
            break;
        }
        fields->count--;
    }
    if (head->kind == LOGHEAD_OWN && head->count == 0) {
        return head->at; /* by position */
    }
    if (head->filled < head->count) {
        return fields->count == head->count    ? head->at
               : fields->count == head->filled ? head->packed
                                               : NULL;
    }
    if (fields->count > head->count && fields->filled == head->count) {
        drop_empty(fields);
    }
    return head->at;
}

static const char *marked_row(const struct loghead *head, char separator, struct span line,
                              struct logtable_row *row)
{
    struct fields fields;
    if (!split(line, separator, &fields)) {
        return other_count;
    }
    row->fields = fields.count;
    const size_t *at = columns_of(head, &fields);
    if (at == NULL) {
        return other_count;
    }
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        if (at[i] > 0 && at[i] <= fields.count) {
            row->cell[i] = fields.at[at[i]];
        }
    }
    size_t behind = at[LOG_TIME] + 1;
    bool taken = false;
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        taken = taken || at[i] == behind;
    }
    if (!taken && behind <= fields.count) {
        row->next = fields.at[behind];
    }
    return NULL;
}

/* The columns before the time: those before the first of any number of words from the left, those
 * behind the last such from the right. */
static const char *place_words(const struct loghead *head, const struct fields *words,
                               size_t before, size_t columns, struct logtable_row *row)
{
    size_t first = 0;
    size_t last = 0;
    for (size_t i = 1; i <= columns; i++) {
        if (!head->single[i]) {
            first = first == 0 ? i : first;
            last = i;
        }
    }
    size_t left = first == 0 ? columns : first - 1;
    size_t right = first == 0 ? 0 : columns - last;
    if (before < left + right || (first == 0 && before != columns)) {
        return lost_words;
    }
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        size_t at = head->at[i];
        if (at > 0 && at <= left) {
            row->cell[i] = words->at[at];
        } else if (at > 0 && at <= columns && at > columns - right) {
            row->cell[i] = words->at[before - (columns - at)];
        } else if (at > 0 && at <= columns && i == LOG_USER) {
            return lost_words;
        }
    }
    return NULL;
}

static size_t first_of_time(const struct loghead *head)
{
    size_t date = head->at[LOG_DATE];
    return date > 0 && date < head->at[LOG_TIME] ? date : head->at[LOG_TIME];
}

static const char *blank_row(const struct loghead *head, struct span line, struct logtable_row *row)
{
    struct fields words = {.count = 0};
    struct logtime_date date;
    struct span rest = line;
    struct span word;
    bool apart = head->at[LOG_DATE] > 0;
    if (apart && head->at[LOG_DATE] + 1 != head->at[LOG_TIME]) {
        return lost_words;
    }
    for (;;) {
        if (!span_word(&rest, &word)) {
            return no_date;
        }
        if (logtime_date(word, &date)) {
            break;
        }
        if (words.count == LOGHEAD_FIELDS_MAX) {
            return lost_words;
        }
        words.count++;
        words.at[words.count] = word;
    }
    size_t columns = first_of_time(head) - 1;
    const char *reason = place_words(head, &words, words.count, columns, row);
    if (reason != NULL) {
        return reason;
    }
    row->moment = (struct span){word.at, (size_t)(line.at + line.len - word.at)};
    row->fields = columns;
    while (span_word(&rest, &word)) {
        row->fields++;
    }
    return logcode_all_digits(row->cell[LOG_USER]) ? NULL : not_numeric;
}

/* Columns of one's own between blanks: words by their number, the time up to the end of the line.
 */
static const char *counted_words(const struct loghead *head, struct span line,
                                 struct logtable_row *row)
{
    struct fields words;
    if (!split(line, ' ', &words)) {
        return other_count;
    }
    row->fields = words.count;
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        if (head->at[i] > 0 && head->at[i] <= words.count) {
            row->cell[i] = words.at[head->at[i]];
        }
    }
    struct span time = row->cell[LOG_TIME];
    struct logtime_date date;
    struct span first = head->at[LOG_DATE] > 0 && head->at[LOG_DATE] + 1 == head->at[LOG_TIME]
                            ? row->cell[LOG_DATE]
                            : time;
    if (time.len > 0 && logtime_date(first, &date)) {
        row->moment = (struct span){first.at, (size_t)(line.at + line.len - first.at)};
    } else if (head->at[LOG_TIME] < words.count) {
        row->next = words.at[head->at[LOG_TIME] + 1];
    }
    return NULL;
}

const char *logtable_row(const struct loghead *head, struct span line, struct logtable_row *row)
{
    char separator = head->separator != '\0' ? head->separator : loghead_separator(line);
    *row = (struct logtable_row){.fields = 0};
    if (separator != ' ') {
        return marked_row(head, separator, line, row);
    }
    return head->kind == LOGHEAD_OWN ? counted_words(head, line, row) : blank_row(head, line, row);
}

bool logtable_tail(const struct loghead *head, struct span tail, struct logtable_row *row)
{
    struct fields words;
    if (head->kind == LOGHEAD_OWN) {
        return true; /* counted from the left already */
    }
    size_t last = head->at[LOG_TIME];
    if (!split(tail, ' ', &words)) {
        return false;
    }
    size_t columns = head->count > last ? head->count - last : 0;
    if (words.count != columns) {
        return words.count == 0;
    }
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        if (head->at[i] > last) {
            row->cell[i] = words.at[head->at[i] - last];
        }
    }
    return true;
}
