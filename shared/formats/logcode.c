#include "formats/logcode.h"

#include <string.h>

#include "base/portability.h"

enum { DEFAULT_STATUS = 0, DEFAULT_VERIFY = 1, NOT_UNDERSTOOD = 255, KEY_MAX = 64 };

static const char bad_user[] = "the user id is missing, too long or holds control characters";
static const char damaged_user[] =
    "a spreadsheet has made a number of the user id, and lost digits of it; export it as text";
static const char name_for_user[] = "a name stands where the user id should be";
static const char bad_code[] = "the status is a number beyond the table's column";
static const char bad_verify[] = "the kind of verification is a number beyond the table's column";

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

bool logcode_has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (is_digit(text.at[i])) {
            return true;
        }
    }
    return false;
}

bool logcode_all_digits(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_digit(text.at[i])) {
            return false;
        }
    }
    return text.len > 0;
}

bool logcode_has_letter(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.at[i];
        if ((byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || byte >= 0x80) {
            return true;
        }
    }
    return false;
}

/* ---- in and out ---- */

/* Compared without blanks and the signs between words. */
static const struct {
    const char *word;
    int32_t status;
} states[] = {
    {"in", 0},          {"out", 1},     {"cin", 0},      {"cout", 1},       {"checkin", 0},
    {"checkout", 1},    {"clockin", 0}, {"clockout", 1}, {"i", 0},          {"o", 1},
    {"dutyon", 0},      {"dutyoff", 1}, {"onduty", 0},   {"offduty", 1},    {"breakout", 2},
    {"breakin", 3},     {"outback", 3}, {"goout", 2},    {"goback", 3},     {"overtimein", 4},
    {"overtimeout", 5}, {"otin", 4},    {"otout", 5},    {"overtimeon", 4}, {"overtimeoff", 5},
    {"เข้า", 0},         {"ออก", 1},     {"เข้างาน", 0},   {"ออกงาน", 1},     {"ເຂົ້າ", 0},
    {"ອອກ", 1},         {"entrada", 0}, {"salida", 1},   {"saída", 1},      {"saida", 1},
    {"entrée", 0},      {"sortie", 1},  {"entrata", 0},  {"uscita", 1},     {"kommen", 0},
    {"gehen", 1},       {"masuk", 0},   {"keluar", 1},   {"vào", 0},        {"ra", 1},
    {"签到", 0},        {"签退", 1},    {"上班签到", 0}, {"下班签退", 1},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static struct span key_of(struct span text, char out[KEY_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < text.len && used < KEY_MAX; i++) {
        if (strchr(" \t./-_", text.at[i]) == NULL || text.at[i] == '\0') {
            out[used] = lower(text.at[i]);
            used++;
        }
    }
    return (struct span){out, used};
}

static bool state_of(struct span word, int32_t *status)
{
    char key[KEY_MAX];
    struct span text = key_of(word, key);
    for (size_t i = 0; i < HB_COUNT(states); i++) {
        if (span_equal(text, span_of(states[i].word))) {
            *status = states[i].status;
            return true;
        }
    }
    return false;
}

bool logcode_is_state(struct span word)
{
    int32_t ignored = 0;
    return state_of(word, &ignored);
}

/* The vendor's database: case matters. */
static bool checktype_of(struct span cell, int32_t *status)
{
    static const char letters[] = "IO01io";
    const char *at = cell.len == 1 ? memchr(letters, cell.at[0], sizeof letters - 1) : NULL;
    *status = at != NULL ? (int32_t)(at - letters) : NOT_UNDERSTOOD;
    return at != NULL;
}

static bool is_word_of(struct span cell, const char words[LOG_WORDS_MAX][LOG_WORD_MAX])
{
    for (size_t i = 0; i < LOG_WORDS_MAX && words[i][0] != '\0'; i++) {
        if (span_equal_nocase(cell, span_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether it has the shape of a number. */
static bool is_number(struct span cell)
{
    bool sign = cell.len > 1 && (cell.at[0] == '-' || cell.at[0] == '+');
    return logcode_all_digits((struct span){cell.at + (sign ? 1 : 0), cell.len - (sign ? 1 : 0)});
}

const char *logcode_status(struct span cell, bool checktype, const struct log_columns *own,
                           int32_t *status)
{
    cell = span_trim(cell);
    *status = DEFAULT_STATUS;
    if (own != NULL && cell.len > 0 && is_word_of(cell, own->words_in)) {
        return NULL;
    }
    if (own != NULL && cell.len > 0 && is_word_of(cell, own->words_out)) {
        *status = 1;
        return NULL;
    }
    if (cell.len == 0 || (checktype && checktype_of(cell, status))) {
        return NULL;
    }
    if (is_number(cell)) {
        return span_to_int32(cell, status) ? NULL : bad_code;
    }
    if (!state_of(cell, status)) {
        *status = NOT_UNDERSTOOD;
    }
    return NULL;
}

const char *logcode_verify(struct span cell, int32_t *verify)
{
    struct span rest = cell;
    struct span word;
    *verify = DEFAULT_VERIFY;
    if (!span_word(&rest, &word)) {
        return NULL;
    }
    if (is_number(word)) { /* Premium Time writes "1 T" */
        return span_to_int32(word, verify) ? NULL : bad_verify;
    }
    *verify = NOT_UNDERSTOOD;
    return NULL;
}

/* ---- a person ---- */

/* "1.23457E+12", "1,5E+05", "42.0", "1,234": what is left of an id that was taken for a number. */
static bool is_damaged(struct span user)
{
    size_t digits = 0;
    size_t marks = 0;
    for (size_t i = 0; i < user.len; i++) {
        char byte = user.at[i];
        bool exponent = (byte == 'E' || byte == 'e') && i > 0 && i + 1 < user.len &&
                        (user.at[i + 1] == '+' || user.at[i + 1] == '-');
        if (is_digit(byte)) {
            digits++;
        } else if (byte == '#' && user.at[0] == '#') {
            digits = marks = i + 1; /* too wide for its column */
        } else if (byte == '.' || byte == ',' || exponent) {
            marks++;
            i += exponent ? 1 : 0;
        } else {
            return false;
        }
    }
    return digits > 0 && marks > 0;
}

/* Without what a spreadsheet puts round a text so as to leave it one. */
static struct span unmarked(struct span user)
{
    if (user.len > 3 && user.at[0] == '=' && user.at[1] == '"' && user.at[user.len - 1] == '"') {
        return (struct span){user.at + 2, user.len - 3};
    }
    if (user.len > 1 && user.at[0] == '\'') {
        return (struct span){user.at + 1, user.len - 1};
    }
    return user;
}

static bool is_nobody(struct span user)
{
    for (size_t i = 0; i < user.len; i++) {
        if (user.at[i] != '0') {
            return false;
        }
    }
    return user.len > 0;
}

const char *logcode_user(struct span cell, char out[PUNCH_USER_MAX + 1], bool *nobody)
{
    struct span user = unmarked(span_trim(cell));
    *nobody = is_nobody(user);
    if (user.len == 0 || user.at[0] == '\'' || user.at[0] == '"') {
        return bad_user;
    }
    if (is_damaged(user)) {
        return damaged_user;
    }
    if (!punch_user_valid(user) || !span_copy(user, out, PUNCH_USER_MAX + 1)) {
        return logcode_has_letter(user) && memchr(user.at, ' ', user.len) != NULL ? name_for_user
                                                                                  : bad_user;
    }
    return logcode_has_digit(user) ? NULL : name_for_user;
}
