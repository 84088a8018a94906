#include "formats/loghead.h"

#include <string.h>

#include "base/portability.h"
#include "formats/logcode.h"

enum { KEY_MAX = 96, KNOWN_LEAST = 3 };

enum word {
    W_NONE,
    W_NUMBER,       /* a running number */
    W_USER,         /* names the user */
    W_USER_PERHAPS, /* names the user where nothing better does */
    W_DATE,
    W_TIME,
    W_STATUS,
    W_VERIFY,
    W_MACHINE,
    W_NAME, /* of any number of words */
};

/* In small letters, without blanks and the signs between words. None begins with a digit. */
#define WORD(text, means)                                                                          \
    {                                                                                              \
        text, sizeof(text) - 1, means                                                              \
    }

static const struct {
    const char *word;
    size_t len;
    enum word means;
} words[] = {
    WORD("no", W_NUMBER),
    WORD("nr", W_NUMBER),
    WORD("seq", W_NUMBER),
    WORD("ลำดับ", W_NUMBER),
    WORD("ลำดับที่", W_NUMBER),
    WORD("ລຳດັບ", W_NUMBER),
    WORD("enno", W_USER),
    WORD("userid", W_USER),
    WORD("userno", W_USER),
    WORD("usercode", W_USER),
    WORD("empno", W_USER),
    WORD("empid", W_USER),
    WORD("empcode", W_USER),
    WORD("employeeid", W_USER),
    WORD("employeeno", W_USER),
    WORD("employeecode", W_USER),
    WORD("staffid", W_USER),
    WORD("staffno", W_USER),
    WORD("badgenumber", W_USER),
    WORD("badgeno", W_USER),
    WORD("acno", W_USER),
    WORD("pin", W_USER),
    WORD("personid", W_USER),
    WORD("personnelid", W_USER),
    WORD("enrollno", W_USER),
    WORD("enrollnumber", W_USER),
    WORD("รหัสพนักงาน", W_USER),
    WORD("รหัสผู้ใช้", W_USER),
    WORD("ລະຫັດພະນັກງານ", W_USER),
    WORD("id", W_USER_PERHAPS),
    WORD("รหัส", W_USER_PERHAPS),
    WORD("ລະຫັດ", W_USER_PERHAPS),
    WORD("date", W_DATE),
    WORD("checkdate", W_DATE),
    WORD("logdate", W_DATE),
    WORD("attdate", W_DATE),
    WORD("วันที่", W_DATE),
    WORD("ວັນທີ", W_DATE),
    WORD("datetime", W_TIME),
    WORD("dateandtime", W_TIME),
    WORD("time", W_TIME),
    WORD("checktime", W_TIME),
    WORD("punchtime", W_TIME),
    WORD("logtime", W_TIME),
    WORD("timestamp", W_TIME),
    WORD("attendancetime", W_TIME),
    WORD("clockingtime", W_TIME),
    WORD("เวลา", W_TIME),
    WORD("วันเวลา", W_TIME),
    WORD("ເວລາ", W_TIME),
    WORD("inout", W_STATUS),
    WORD("iomd", W_STATUS),
    WORD("io", W_STATUS),
    WORD("iomode", W_STATUS),
    WORD("inoutmode", W_STATUS),
    WORD("inoutstatus", W_STATUS),
    WORD("state", W_STATUS),
    WORD("status", W_STATUS),
    WORD("checktype", W_STATUS),
    WORD("punchstate", W_STATUS),
    WORD("checkstate", W_STATUS),
    WORD("attstate", W_STATUS),
    WORD("attendancestate", W_STATUS),
    WORD("direction", W_STATUS),
    WORD("สถานะ", W_STATUS),
    WORD("ສະຖານະ", W_STATUS),
    WORD("mode", W_VERIFY),
    WORD("verify", W_VERIFY),
    WORD("verifycode", W_VERIFY),
    WORD("verifymode", W_VERIFY),
    WORD("verifytype", W_VERIFY),
    WORD("verified", W_VERIFY),
    WORD("tmno", W_MACHINE),
    WORD("mchn", W_MACHINE),
    WORD("sensorid", W_MACHINE),
    WORD("machine", W_MACHINE),
    WORD("machineno", W_MACHINE),
    WORD("machineid", W_MACHINE),
    WORD("machinenumber", W_MACHINE),
    WORD("deviceid", W_MACHINE),
    WORD("deviceno", W_MACHINE),
    WORD("devicesn", W_MACHINE),
    WORD("terminalid", W_MACHINE),
    WORD("terminalno", W_MACHINE),
    WORD("name", W_NAME),
    WORD("fullname", W_NAME),
    WORD("username", W_NAME),
    WORD("employeename", W_NAME),
    WORD("empname", W_NAME),
    WORD("department", W_NAME),
    WORD("dept", W_NAME),
    WORD("ชื่อ", W_NAME),
    WORD("ชื่อนามสกุล", W_NAME),
    WORD("แผนก", W_NAME),
    WORD("ຊື່", W_NAME),
};

#undef WORD

static bool is_between(char byte)
{
    return byte != '\0' && strchr(" \t./-_:#()\"'", byte) != NULL;
}

static struct span key_of(struct span text, char out[KEY_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < text.len && used < KEY_MAX; i++) {
        char byte = text.at[i];
        if (!is_between(byte)) {
            out[used] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
            used++;
        }
    }
    return (struct span){out, used};
}

/* Asked of each field of each line, and most of those are numbers. */
static enum word meaning(struct span field)
{
    char key[KEY_MAX];
    while (field.len > 0 && is_between(field.at[0])) {
        field = (struct span){field.at + 1, field.len - 1};
    }
    if (field.len > 0 && field.at[0] >= '0' && field.at[0] <= '9') {
        return W_NONE;
    }
    struct span text = key_of(field, key);
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (text.len == words[i].len && memcmp(text.at, words[i].word, text.len) == 0) {
            return words[i].means;
        }
    }
    return W_NONE;
}

bool loghead_field(struct span *rest, char separator, struct span *field)
{
    if (separator == ' ') {
        return span_word(rest, field);
    }
    struct span blank = *rest;
    while (blank.len > 0 && blank.at[0] == ' ') {
        blank = (struct span){blank.at + 1, blank.len - 1};
    }
    const char *end =
        blank.len > 1 && blank.at[0] == '"' ? memchr(blank.at + 1, '"', blank.len - 1) : NULL;
    if (end == NULL) {
        return span_field(rest, separator, field);
    }
    struct span tail = {end + 1, blank.len - (size_t)(end + 1 - blank.at)};
    struct span ignored;
    *field = (struct span){blank.at + 1, (size_t)(end - blank.at) - 1};
    span_field(&tail, separator, &ignored); /* what stands between the mark and the separator */
    if (span_trim(ignored).len > 0) {
        return span_field(rest, separator, field);
    }
    *rest = tail;
    return true;
}

struct reading {
    size_t user, perhaps, users, perhapses;
    size_t twice; /* columns that are there more than once */
    size_t named; /* fields with a word */
    size_t known; /* of these, with one that means something */
    bool enno, checktime;
    enum word first, second; /* what the first two named fields mean */
};

static void take_one(size_t at[LOG_COLUMNS], enum log_column column, size_t number,
                     struct reading *reading)
{
    reading->twice += at[column] != 0;
    at[column] = number;
}

static void take_field(struct loghead *head, struct span field, size_t number,
                       struct reading *reading)
{
    enum word means = meaning(field);
    reading->named++;
    reading->known += means != W_NONE;
    if (reading->named == 1) {
        reading->first = means;
    } else if (reading->named == 2) {
        reading->second = means;
    }
    head->single[number] = means != W_NAME && means != W_NONE;
    switch (means) {
    case W_USER:
        reading->users++;
        reading->user = number;
        reading->enno = reading->enno || span_equal_nocase(field, SPAN("EnNo"));
        break;
    case W_USER_PERHAPS:
        reading->perhapses++;
        reading->perhaps = number;
        break;
    case W_DATE:
        take_one(head->at, LOG_DATE, number, reading);
        break;
    case W_TIME:
        take_one(head->at, LOG_TIME, number, reading);
        reading->checktime = reading->checktime || span_equal_nocase(field, SPAN("CHECKTIME"));
        break;
    case W_STATUS:
        take_one(head->at, LOG_STATUS, number, reading);
        head->checktype = span_equal_nocase(field, SPAN("CHECKTYPE"));
        break;
    case W_VERIFY:
        take_one(head->at, LOG_VERIFY, number, reading);
        break;
    case W_MACHINE:
        take_one(head->at, LOG_MACHINE, number, reading);
        break;
    case W_NONE:
    case W_NUMBER:
    case W_NAME:
        break;
    }
}

static void pack(struct loghead *head, const bool filled[LOGHEAD_FIELDS_MAX + 1])
{
    size_t place[LOGHEAD_FIELDS_MAX + 1] = {0};
    size_t used = 0;
    for (size_t i = 1; i <= head->count; i++) {
        used += filled[i];
        place[i] = used;
    }
    head->filled = used;
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        head->packed[i] = head->at[i] > 0 ? place[head->at[i]] : 0;
    }
}

/* The columns of one's own by name; false when one of them is not there. */
static bool take_own(const struct log_columns *own, struct span line, char separator,
                     struct loghead *head)
{
    struct span field;
    bool named = false;
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        head->at[i] = (size_t)own->position[i];
        named = named || (own->position[i] == 0 && own->name[i][0] != '\0');
    }
    head->checktype = false;
    for (size_t number = 1; loghead_field(&line, separator, &field); number++) {
        for (size_t i = 0; i < LOG_COLUMNS; i++) {
            bool by_name = own->position[i] == 0 && own->name[i][0] != '\0';
            if (by_name && span_equal_nocase(span_trim(field), span_of(own->name[i]))) {
                head->at[i] = number;
            }
        }
    }
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        if (own->position[i] == 0 && own->name[i][0] != '\0' && head->at[i] == 0) {
            return false;
        }
    }
    head->kind = LOGHEAD_OWN;
    return named;
}

char loghead_separator(struct span line)
{
    static const char marks[] = "\t;,|";
    for (size_t i = 0; i < sizeof marks - 1; i++) {
        if (memchr(line.at, marks[i], line.len) != NULL) {
            return marks[i];
        }
    }
    return ' ';
}

/* Whether two fields of a head hold words with blanks in it: partly tabs, partly blanks. */
static bool splits_further(struct span line)
{
    struct span field;
    while (span_field(&line, '\t', &field)) {
        struct span first;
        struct span second;
        struct span rest = field;
        if (meaning(span_trim(field)) == W_NONE && span_word(&rest, &first) &&
            span_word(&rest, &second) && meaning(first) != W_NONE && meaning(second) != W_NONE) {
            return true;
        }
    }
    return false;
}

/* Fills *head with the fields of the line; how many of them a punch needs is looked at by the
 * caller. False: no head by its look. */
static bool take_fields(struct span line, char separator, struct loghead *head,
                        struct reading *reading, bool filled[LOGHEAD_FIELDS_MAX + 1])
{
    bool words_alone = true; /* no number, no date */
    struct span field;
    size_t number = 0;
    *head = (struct loghead){.separator = separator};
    *reading = (struct reading){0};
    while (loghead_field(&line, separator, &field)) {
        number++;
        field = span_trim(field);
        if (number > LOGHEAD_FIELDS_MAX) {
            return false;
        }
        words_alone = words_alone && !logcode_has_digit(field);
        filled[number] = field.len > 0;
        if (filled[number]) {
            take_field(head, field, number, reading);
            head->count = number;
        }
    }
    head->empty_end = number - head->count;
    return words_alone;
}

/* The head that has the names of one's own columns. */
static bool read_own(struct span line, const struct log_columns *own, struct loghead *head)
{
    bool filled[LOGHEAD_FIELDS_MAX + 1] = {false};
    struct reading reading;
    char separator = own->separator != '\0' ? own->separator : loghead_separator(line);
    (void)take_fields(line, separator, head, &reading, filled);
    if (!take_own(own, line, separator, head)) {
        return false;
    }
    pack(head, filled);
    return true;
}

enum loghead_found loghead_read(struct span line, const struct log_columns *own,
                                struct loghead *head)
{
    bool filled[LOGHEAD_FIELDS_MAX + 1] = {false};
    struct reading reading;
    char separator = loghead_separator(line);
    bool tabs = separator == '\t';
    if (own != NULL && own->given && read_own(line, own, head)) {
        return LOGHEAD_KNOWN;
    }
    if (tabs && splits_further(line)) {
        separator = ' ';
    }
    bool looks = take_fields(line, separator, head, &reading, filled);
    if (!looks || reading.named < 2) {
        return LOGHEAD_NONE;
    }
    bool user = reading.users == 1 || (reading.users == 0 && reading.perhapses == 1);
    head->at[LOG_USER] = reading.users == 1 ? reading.user : reading.perhaps;
    if (head->at[LOG_TIME] == 0) { /* both in one, under the name of the date */
        head->at[LOG_TIME] = head->at[LOG_DATE];
        head->at[LOG_DATE] = 0;
    }
    if (!user || head->at[LOG_TIME] == 0 || reading.twice > 0) {
        /* Between blanks it might be a title: several words must be a table's. */
        return tabs || reading.known >= KNOWN_LEAST ? LOGHEAD_UNKNOWN : LOGHEAD_NONE;
    }
    bool numbered =
        reading.first == W_NUMBER && (reading.second == W_USER || reading.second == W_USER_PERHAPS);
    head->kind = reading.enno                                                ? LOGHEAD_GLOG
                 : reading.checktime                                         ? LOGHEAD_CHECKINOUT
                 : numbered && separator == ' ' && head->at[LOG_STATUS] == 0 ? LOGHEAD_PREMIUM
                                                                             : LOGHEAD_OTHER;
    pack(head, filled);
    return LOGHEAD_KNOWN;
}

bool loghead_by_position(const struct log_columns *own, struct loghead *head)
{
    *head = (struct loghead){.kind = LOGHEAD_OWN, .separator = own->separator};
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        if (own->position[i] == 0 && own->name[i][0] != '\0') {
            return false;
        }
        head->at[i] = head->packed[i] = (size_t)own->position[i];
    }
    return true;
}
