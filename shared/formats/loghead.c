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

/* In small letters, without blanks and the signs between words. */
static const struct {
    const char *word;
    enum word means;
} words[] = {
    {"no", W_NUMBER},
    {"nr", W_NUMBER},
    {"seq", W_NUMBER},
    {"ลำดับ", W_NUMBER},
    {"ลำดับที่", W_NUMBER},
    {"ລຳດັບ", W_NUMBER},
    {"enno", W_USER},
    {"userid", W_USER},
    {"userno", W_USER},
    {"usercode", W_USER},
    {"empno", W_USER},
    {"empid", W_USER},
    {"empcode", W_USER},
    {"employeeid", W_USER},
    {"employeeno", W_USER},
    {"employeecode", W_USER},
    {"staffid", W_USER},
    {"staffno", W_USER},
    {"badgenumber", W_USER},
    {"badgeno", W_USER},
    {"acno", W_USER},
    {"pin", W_USER},
    {"personid", W_USER},
    {"personnelid", W_USER},
    {"enrollno", W_USER},
    {"enrollnumber", W_USER},
    {"รหัสพนักงาน", W_USER},
    {"รหัสผู้ใช้", W_USER},
    {"ລະຫັດພະນັກງານ", W_USER},
    {"id", W_USER_PERHAPS},
    {"รหัส", W_USER_PERHAPS},
    {"ລະຫັດ", W_USER_PERHAPS},
    {"date", W_DATE},
    {"checkdate", W_DATE},
    {"logdate", W_DATE},
    {"attdate", W_DATE},
    {"วันที่", W_DATE},
    {"ວັນທີ", W_DATE},
    {"datetime", W_TIME},
    {"dateandtime", W_TIME},
    {"time", W_TIME},
    {"checktime", W_TIME},
    {"punchtime", W_TIME},
    {"logtime", W_TIME},
    {"timestamp", W_TIME},
    {"attendancetime", W_TIME},
    {"clockingtime", W_TIME},
    {"เวลา", W_TIME},
    {"วันเวลา", W_TIME},
    {"ເວລາ", W_TIME},
    {"inout", W_STATUS},
    {"iomd", W_STATUS},
    {"io", W_STATUS},
    {"iomode", W_STATUS},
    {"inoutmode", W_STATUS},
    {"inoutstatus", W_STATUS},
    {"state", W_STATUS},
    {"status", W_STATUS},
    {"checktype", W_STATUS},
    {"punchstate", W_STATUS},
    {"checkstate", W_STATUS},
    {"attstate", W_STATUS},
    {"attendancestate", W_STATUS},
    {"direction", W_STATUS},
    {"สถานะ", W_STATUS},
    {"ສະຖານະ", W_STATUS},
    {"mode", W_VERIFY},
    {"verify", W_VERIFY},
    {"verifycode", W_VERIFY},
    {"verifymode", W_VERIFY},
    {"verifytype", W_VERIFY},
    {"verified", W_VERIFY},
    {"tmno", W_MACHINE},
    {"mchn", W_MACHINE},
    {"sensorid", W_MACHINE},
    {"machine", W_MACHINE},
    {"machineno", W_MACHINE},
    {"machineid", W_MACHINE},
    {"machinenumber", W_MACHINE},
    {"deviceid", W_MACHINE},
    {"deviceno", W_MACHINE},
    {"devicesn", W_MACHINE},
    {"terminalid", W_MACHINE},
    {"terminalno", W_MACHINE},
    {"name", W_NAME},
    {"fullname", W_NAME},
    {"username", W_NAME},
    {"employeename", W_NAME},
    {"empname", W_NAME},
    {"department", W_NAME},
    {"dept", W_NAME},
    {"ชื่อ", W_NAME},
    {"ชื่อนามสกุล", W_NAME},
    {"แผนก", W_NAME},
    {"ຊື່", W_NAME},
};

static struct span key_of(struct span text, char out[KEY_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < text.len && used < KEY_MAX; i++) {
        char byte = text.at[i];
        if (byte == '\0' || strchr(" \t./-_:#()\"'", byte) == NULL) {
            out[used] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
            used++;
        }
    }
    return (struct span){out, used};
}

static enum word meaning(struct span field)
{
    char key[KEY_MAX];
    struct span text = key_of(field, key);
    for (size_t i = 0; i < HB_COUNT(words); i++) {
        if (span_equal(text, span_of(words[i].word))) {
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
