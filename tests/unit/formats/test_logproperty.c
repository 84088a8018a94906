/*
 * Files made from random columns, separators, heads, date forms, calendars and words, whose truth
 * is known: no punch with a wrong user, a wrong time or a wrong half of the day comes out, and no
 * row is passed over without a word. How many come out right and how many are set aside is printed.
 *
 * HIPBRIDGE_SEED and HIPBRIDGE_CASES choose others than the usual ones.
 */
#include "check.h"

#include "formats/logfile.h"

enum { CASES = 100000, FILE_MAX = 16384, ROWS_MAX = 8, COLUMNS_MAX = 12, TEXT_MAX = 128 };

/* ---- chance ---- */

static uint64_t state_of_chance;

static uint64_t chance(void)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return state_of_chance;
}

static unsigned below(unsigned count)
{
    return (unsigned)(chance() >> 11) % count;
}

static bool one_in(unsigned count)
{
    return below(count) == 0;
}

#define ANY(list) ((list)[below((unsigned)HB_COUNT(list))])

/* ---- the truth ---- */

struct row {
    char user[24];
    char name[48];
    struct civil civil;
    walltime time;
    bool none; /* no calendar of ours has its year, or nobody can know its user */
    size_t line;
};

struct made {
    char text[FILE_MAX];
    size_t len;
    size_t lines;
    struct row rows[ROWS_MAX];
    size_t count;
    bool cut; /* somewhere in its last line */
};

static struct made made;

HB_PRINTF(1, 2)
static void put(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int len = vsnprintf(made.text + made.len, sizeof made.text - made.len, format, list);
    va_end(list);
    assert_true(len >= 0 && (size_t)len < sizeof made.text - made.len);
    made.len += (size_t)len;
}

static void end_line(void)
{
    static const char *const ends[] = {"\r\n", "\n"};
    put("%s", ends[made.len % 2 == 0]);
    made.lines++;
}

static void make_rows(void)
{
    static const char *const names[] = {"Somchai", "Mary Ann",   "Max 14",      "สมชาย ใจดี",
                                        "O'Neil",  "Anne-Marie", "Agent 007 b", "Lee"};
    made.count = 1 + below(ROWS_MAX);
    bool one_person = one_in(6);
    for (size_t i = 0; i < made.count; i++) {
        struct row *row = &made.rows[i];
        *row = (struct row){.none = false};
        snprintf(row->user, sizeof row->user, one_in(3) ? "%08u" : "%u", 1000 + below(900000));
        if (one_person && i > 0) {
            memcpy(row->user, made.rows[0].user, sizeof row->user);
        }
        snprintf(row->name, sizeof row->name, "%s", ANY(names));
        row->civil =
            (struct civil){(int)(1990 + below(60)), (int)(1 + below(12)), (int)(1 + below(28)),
                           (int)below(24),          (int)below(60),       (int)below(60)};
        assert_true(walltime_from_civil(&row->civil, &row->time));
    }
}

/* ---- how a moment is written, the same in all of a file ---- */

enum order { YEAR_FIRST, DAY_FIRST, MONTH_FIRST };

static struct {
    enum order order;
    char mark;    /* between the parts of a date */
    int ahead;    /* of the calendar's years */
    bool foreign; /* no calendar that is known */
    bool padded;
    bool seconds;
    bool twelve;
    const char *am, *pm;
    const char *gap; /* before them */
} form;

static void make_form(bool premium)
{
    static const struct {
        const char *am, *pm;
    } halves[] = {{"AM", "PM"},
                  {"am", "pm"},
                  {"a. m.", "p. m."},
                  {"SA", "CH"},
                  {"ก่อนเที่ยง", "หลังเที่ยง"},
                  {"fm", "em"},
                  {"上午", "下午"},
                  {"πμ", "μμ"},
                  {"dop.", "odp."},
                  {"Sáng", "Chiều"},
                  {"A", "P"},
                  {"vorm", "nachm"},
                  {"de.", "du."},
                  {"a.m.", "p.m."},
                  {"e paradites", "e pasdites"}};
    static const char *const gaps[] = {" ", " ", "", "  ", "\xC2\xA0", "\xE2\x80\xAF"};
    static const int ahead[] = {0, 0, 0, 0, 543, 543, -621, -579};
    size_t half = below((unsigned)HB_COUNT(halves));
    form.order = premium ? DAY_FIRST : (enum order)below(3);
    form.mark = "/-."[below(3)];
    form.ahead = ANY(ahead);
    form.foreign = form.ahead < 0;
    form.padded = one_in(2);
    form.seconds = !one_in(4);
    form.twelve = one_in(2);
    form.am = halves[half].am;
    form.pm = halves[half].pm;
    form.gap = ANY(gaps);
    for (size_t i = 0; i < made.count; i++) {
        struct row *row = &made.rows[i];
        if (!form.seconds) {
            row->civil.second = 0;
            assert_true(walltime_from_civil(&row->civil, &row->time));
        }
        row->none = form.foreign;
    }
}

static const char *date_text(const struct row *row, char out[TEXT_MAX])
{
    const struct civil *at = &row->civil;
    int year = at->year + form.ahead;
    int first = form.order == MONTH_FIRST ? at->month : at->day;
    int second = form.order == MONTH_FIRST ? at->day : at->month;
    if (form.order == YEAR_FIRST) {
        snprintf(out, TEXT_MAX, form.padded ? "%04d%c%02d%c%02d" : "%04d%c%d%c%d", year, form.mark,
                 at->month, form.mark, at->day);
    } else {
        snprintf(out, TEXT_MAX, form.padded ? "%02d%c%02d%c%04d" : "%d%c%d%c%04d", first, form.mark,
                 second, form.mark, year);
    }
    return out;
}

static const char *clock_text(const struct row *row, bool half_apart, char out[TEXT_MAX])
{
    const struct civil *at = &row->civil;
    char seconds[8] = "";
    int hour = form.twelve ? (at->hour + 11) % 12 + 1 : at->hour;
    if (form.seconds) {
        snprintf(seconds, sizeof seconds, ":%02d", at->second);
    }
    snprintf(out, TEXT_MAX, form.padded ? "%02d:%02d%s%s%s" : "%d:%02d%s%s%s", hour, at->minute,
             seconds, form.twelve && !half_apart ? form.gap : "",
             !form.twelve || half_apart ? ""
             : at->hour < 12            ? form.am
                                        : form.pm);
    return out;
}

/* ---- kinds of files ---- */

static void make_premium(void)
{
    static const char *const tails[] = {" 1 T", "", " I 1 1 S", "  15 F"};
    static const char *const blanks[] = {" ", "   ", "\t", " \t "};
    char date[TEXT_MAX];
    char clock[TEXT_MAX];
    make_form(true);
    const char *blank = ANY(blanks);
    const char *tail = ANY(tails);
    bool names = one_in(3);
    unsigned number = one_in(2) ? 1 : 1 + below(90000);
    if (one_in(3)) {
        put("Date Export : 15/01/2026 09:00:05 AM");
        end_line();
        put("No.    ID        Time                        Verify");
        end_line();
    }
    for (size_t i = 0; i < made.count; i++) {
        struct row *row = &made.rows[i];
        row->line = made.lines + 1;
        put("%u%s%s%s", number + (unsigned)i, blank, row->user, blank);
        if (names) {
            put("%s%s", row->name, blank);
        }
        put("%s%s%s%s", date_text(row, date), blank[0] == '\t' ? " " : blank,
            clock_text(row, false, clock), tail);
        end_line();
    }
}

/* Whether the dates of the file show which number is the day. */
static bool is_shown(void)
{
    for (size_t i = 0; i + (made.cut ? 1 : 0) < made.count; i++) {
        if (made.rows[i].civil.day > 12) {
            return true;
        }
    }
    return false;
}

static void make_attlog(void)
{
    char date[TEXT_MAX];
    char clock[TEXT_MAX];
    make_form(false);
    if (form.order == MONTH_FIRST && !is_shown()) {
        form.order = DAY_FIRST; /* a terminal's export is day first where nothing shows otherwise */
    }
    bool columns = !one_in(4);
    bool letters = one_in(4);
    if (letters && form.order != YEAR_FIRST && !is_shown()) {
        form.order = YEAR_FIRST;
    }
    for (size_t i = 0; i < made.count; i++) {
        struct row *row = &made.rows[i];
        row->line = made.lines + 1;
        put("%s%s\t%s %s", one_in(2) ? "   " : "", row->user, date_text(row, date),
            clock_text(row, false, clock));
        if (columns) {
            put(letters ? "\t%s\t%u\t1" : "\t1\t%.0s%u\t1\t0", one_in(2) ? "I" : "O", below(256));
        }
        end_line();
    }
}

/* id, name, whatever, time; or a number that counts the rows in the place of the id. */
static void make_headless(void)
{
    char date[TEXT_MAX];
    char clock[TEXT_MAX];
    make_form(false);
    bool counts = one_in(3);
    bool both = counts && one_in(2); /* number, id, name */
    bool name = !both || one_in(2);
    bool department = one_in(3);
    unsigned number = made.count < 3 || one_in(2) ? 1 : 1 + below(5000);
    if (both && !name) {
        form.order = DAY_FIRST; /* else it is no form of Premium Time's */
    }
    for (size_t i = 0; i < made.count; i++) {
        struct row *row = &made.rows[i];
        row->line = made.lines + 1;
        row->none = row->none || (counts && !both);
        if (counts) {
            put("%u\t", number + (unsigned)i);
        }
        if (!counts || both) {
            put("%s\t", row->user);
        }
        if (name) {
            put("%s\t", row->name);
        }
        if (department) {
            put("%s\t", one_in(2) ? "Sales" : "Hall 2");
        }
        put("%s %s", date_text(row, date), clock_text(row, false, clock));
        put("%s", one_in(2) ? "\t1\t0" : one_in(2) ? "\tSalida" : "");
        end_line();
    }
}

enum kind { NUMBER, USER, NAME, DATE, TIME, MOMENT, HALF, STATUS, VERIFY, MACHINE, NOTE, EMPTY };

static const char *head_of(enum kind kind, bool known)
{
    static const char *const users[] = {"EnNo",   "USERID", "Emp No.",  "Employee ID",
                                        "AC-No.", "ID",     "รหัสพนักงาน"};
    static const char *const moments[] = {"DateTime", "Date/Time", "CHECKTIME", "Time",
                                          "Punch Time"};
    static const char *const states[] = {"INOUT", "IN/OUT", "IOMd", "Status", "CHECKTYPE"};
    static const char *const notes[] = {"Ort", "Bemerkung", "Raum", "Notiz"};
    switch (kind) {
    case NUMBER:
        return "No";
    case USER:
        return known ? ANY(users) : "Kennung";
    case NAME:
        return "Name";
    case DATE:
        return "Date";
    case TIME:
        return "Time";
    case MOMENT:
        return known ? ANY(moments) : "Zeitpunkt";
    case HALF:
        return "AM/PM";
    case STATUS:
        return ANY(states);
    case VERIFY:
        return one_in(2) ? "Mode" : "VERIFYCODE";
    case MACHINE:
        return one_in(2) ? "Mchn" : "TMNo";
    case NOTE:
        return ANY(notes);
    case EMPTY:
        break;
    }
    return "";
}

static void put_cell(enum kind kind, const struct row *row, size_t index, bool half_apart,
                     bool blanks)
{
    static const char *const states[] = {"0", "1", "I", "O", "C/In", "DutyOff", "S"};
    char text[TEXT_MAX];
    char more[TEXT_MAX];
    switch (kind) {
    case NUMBER:
        put("%u", (unsigned)index + 1);
        break;
    case USER:
        put("%s", row->user);
        break;
    case NAME:
        put("%s", one_in(4) ? "" : row->name);
        break;
    case DATE:
        put("%s", date_text(row, text));
        break;
    case TIME:
        put("%s", clock_text(row, half_apart, text));
        break;
    case MOMENT:
        put("%s %s", date_text(row, text), clock_text(row, half_apart, more));
        break;
    case HALF:
        put("%s", !form.twelve ? "" : row->civil.hour < 12 ? form.am : form.pm);
        break;
    case STATUS:
        put("%s", one_in(5) && !blanks ? "" : ANY(states));
        break;
    case VERIFY:
        put("%u", below(256));
        break;
    case MACHINE:
        put("%u", 1 + below(9));
        break;
    case NOTE:
        put("%s", one_in(2) ? "Hall 2" : one_in(2) ? "12" : "");
        break;
    case EMPTY:
        break;
    }
}

/* Any order of columns below a head, known or not. */
static void make_table(void)
{
    static const char marks[] = "\t\t;,|  ";
    enum kind columns[COLUMNS_MAX];
    size_t count = 0;
    make_form(false);
    char mark = marks[below(sizeof marks - 1)];
    bool blanks = mark == ' ';
    bool known = blanks || !one_in(5); /* between blanks nothing tells a head from a title */
    bool apart = one_in(3);
    bool half_apart = apart && form.twelve && !blanks && one_in(3);
    bool kept = one_in(2); /* the rows have the head's empty columns */
    if (one_in(2)) {
        columns[count++] = NUMBER;
    }
    if (one_in(2)) {
        columns[count++] = MACHINE;
    }
    bool name_first = one_in(3);
    if (name_first) {
        columns[count++] = NAME;
    }
    columns[count++] = USER;
    if (!name_first && one_in(2)) {
        columns[count++] = NAME;
    }
    if (!blanks && one_in(4)) {
        columns[count++] = EMPTY;
    }
    bool early = one_in(2);
    if (early && one_in(2)) {
        columns[count++] = VERIFY;
    }
    if (early) {
        columns[count++] = STATUS;
    }
    if (apart) {
        columns[count++] = DATE;
        columns[count++] = TIME;
    } else {
        columns[count++] = MOMENT;
    }
    if (half_apart) {
        columns[count++] = HALF;
    }
    if (!early && one_in(2)) {
        columns[count++] = STATUS;
    }
    if (!blanks && one_in(4)) {
        columns[count++] = NOTE;
    }
    if (blanks && columns[0] == NUMBER && columns[1] == USER && form.order == MONTH_FIRST) {
        form.order = DAY_FIRST; /* it is Premium Time's own, which is day first always */
    }
    char text[4] = {mark, '\0', '\0', '\0'};
    for (size_t i = 0; i < count; i++) {
        const char *word = head_of(columns[i], known);
        char joined[64] = "";
        for (size_t k = 0, used = 0; word[k] != '\0'; k++) { /* between blanks it is one word */
            if (!blanks || word[k] != ' ') {
                joined[used++] = word[k];
                joined[used] = '\0';
            }
        }
        put("%s%s", i > 0 ? text : "", joined);
    }
    end_line();
    for (size_t r = 0; r < made.count; r++) {
        struct row *row = &made.rows[r];
        row->line = made.lines + 1;
        for (size_t i = 0; i < count; i++) {
            if (columns[i] == EMPTY && !kept) {
                continue;
            }
            put("%s", i > 0 ? text : "");
            put_cell(columns[i], row, r, half_apart, blanks);
        }
        end_line();
    }
}

/* ---- what came out ---- */

static struct {
    uint64_t right, aside, wrong;
    bool seen[ROWS_MAX];
    uint64_t seed;
} outcome;

static void complain(const char *what, const struct logfile_line *line)
{
    char time[WALLTIME_TEXT_MAX] = "-";
    outcome.wrong++;
    print_error("seed %llu: %s: line %u: user %s, %s: %s\n", (unsigned long long)outcome.seed, what,
                line != NULL ? (unsigned)line->number : 0U,
                line != NULL ? line->punch.user_id : "-",
                line != NULL ? walltime_text(line->punch.time, time) : "-",
                line != NULL && line->punch.raw.len > 0 ? line->punch.raw.at : "-");
}

static bool judge(void *context, const struct logfile_line *line, struct error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < made.count; i++) {
        const struct row *row = &made.rows[i];
        if (row->line != line->number) {
            continue;
        }
        outcome.seen[i] = true;
        if (line->reason != NULL) {
            outcome.aside++;
        } else if (row->none) {
            complain("a punch where none can be known", line);
        } else if (strcmp(row->user, line->punch.user_id) != 0) {
            complain("a wrong user", line);
        } else if (row->time != line->punch.time) {
            complain("a wrong time", line);
        } else {
            outcome.right++;
        }
        return true;
    }
    if (line->reason == NULL) {
        complain("a punch out of nothing", line);
    }
    return true;
}

static void read_made(void)
{
    static struct logfile_reader reader;
    struct error err = ERROR_INIT;
    struct logline_facts facts = {0};
    memset(outcome.seen, 0, sizeof outcome.seen);
    for (int turn = 0; turn < 2; turn++) {
        logfile_begin(&reader, "SN", turn == 0 ? NULL : judge, NULL);
        if (turn > 0) {
            logfile_set_facts(&reader, &facts);
        }
        assert_true(logfile_feed(&reader, (struct span){made.text, made.len}, &err));
        assert_true(logfile_end(&reader, &err));
        facts = *logfile_facts(&reader);
    }
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static void no_wrong_punch_comes_out(void **state)
{
    static void (*const kinds[])(void) = {make_premium, make_attlog, make_headless, make_table,
                                          make_table};
    uint64_t cases = number_of("HIPBRIDGE_CASES", CASES);
    uint64_t first = number_of("HIPBRIDGE_SEED", 20260115);
    (void)state;
    for (uint64_t i = 0; i < cases && outcome.wrong < 10; i++) {
        outcome.seed = first + i;
        state_of_chance = outcome.seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
        for (int k = 0; k < 8; k++) {
            (void)chance();
        }
        made.len = made.lines = 0;
        make_rows();
        made.cut = one_in(8);
        ANY(kinds)();
        if (made.cut) {
            size_t less = 1 + below(30);
            size_t keep = made.len > less ? made.len - less : 0;
            const struct row *last = &made.rows[made.count - 1];
            size_t at = 0;
            for (size_t line = 1; line < last->line; at++) {
                line += made.text[at] == '\n';
            }
            made.len = keep > at ? keep : at;
        }
        read_made();
        for (size_t r = 0; r < made.count; r++) {
            bool gone = made.cut && r + 1 == made.count;
            if (!outcome.seen[r] && !gone) {
                complain("a row passed over without a word", NULL);
                print_error("%.*s\n", (int)made.len, made.text);
            }
        }
        if (outcome.wrong > 0) {
            print_error("%.*s\n", (int)made.len, made.text);
            break;
        }
    }
    print_message("%llu files from seed %llu: %llu punches right, %llu set aside, %llu wrong\n",
                  (unsigned long long)cases, (unsigned long long)first,
                  (unsigned long long)outcome.right, (unsigned long long)outcome.aside,
                  (unsigned long long)outcome.wrong);
    assert_int_equal(outcome.wrong, 0);
    assert_true(outcome.right * 2 >
                outcome.aside); /* a reader that refuses all would be right too */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wrong_punch_comes_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
