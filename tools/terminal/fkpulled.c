#include "fkpulled.h"

#include <stdio.h>
#include <string.h>

enum { ASK = 16, ACK = 10, PAGE_MAX = 1024, DAY_S = 86400, SET_CLOCK_SIZE = 28 };

static void put(uint8_t *at, uint32_t value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(value >> 8 * i);
    }
}

static uint32_t get(const uint8_t *at, size_t size)
{
    uint32_t value = 0;
    for (size_t i = 0; i < size; i++) {
        value |= (uint32_t)at[i] << 8 * i;
    }
    return value;
}

void fkpulled_begin(struct fkpulled *terminal, const struct fkpulled_plan *plan)
{
    memset(terminal, 0, sizeof *terminal);
    terminal->plan = *plan;
    struct fkpulled_plan *own = &terminal->plan;
    own->serial = own->serial != NULL ? own->serial : "FKT1234567";
    own->layout = own->layout != 0 ? own->layout : 48;
    own->records = own->records != 0 ? own->records : 100;
    own->capacity = own->capacity != 0 ? own->capacity : 200000;
    own->start = own->start != 0 ? own->start : INT64_C(1790000000);
    own->interval_s = own->interval_s != 0 ? own->interval_s : 37;
    own->clock = own->clock != 0 ? own->clock : INT64_C(1795694400);
    terminal->records = own->records == FKPULLED_NONE ? 0 : own->records;
}

void fkpulled_accept(struct fkpulled_line *line, struct fkpulled *terminal)
{
    line->terminal = terminal;
    line->opened = line->closed = false;
    line->have = 0;
}

/* ---- records ---- */

struct date {
    uint32_t year, month, day, hour, minute, second;
};

/* Days since 1970 as a date, after Howard Hinnant's algorithm. */
static struct date date_of(int64_t time)
{
    int64_t days = time / DAY_S + 719468;
    int64_t era = days / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;
    int64_t rest = time % DAY_S;
    return (struct date){(uint32_t)(yoe + era * 400 + (month <= 2)),
                         (uint32_t)month,
                         (uint32_t)(doy - (153 * mp + 2) / 5 + 1),
                         (uint32_t)(rest / 3600),
                         (uint32_t)(rest / 60 % 60),
                         (uint32_t)(rest % 60)};
}

static size_t size_of(const struct fkpulled_plan *plan)
{
    return plan->layout > 100 ? 12 : plan->layout;
}

static void spoil(struct date *date, uint32_t n)
{
    static const struct date bad[] = {
        {1900, 1, 1, 0, 0, 0}, {2026, 6, 31, 8, 0, 0}, {2099, 1, 1, 0, 0, 0}};
    *date = bad[n / 5 % 3];
}

size_t fkpulled_record(const struct fkpulled_plan *plan, uint32_t n, uint8_t bytes[48],
                       char user[33], int64_t *time)
{
    size_t size = size_of(plan);
    uint32_t number = 1000 + n % 997;
    memset(bytes, 0, 48);
    *time = plan->start + (int64_t)n * plan->interval_s;
    snprintf(user, 33, "%u", (unsigned)number);
    if (plan->faults & FKPULLED_GARBAGE) {
        for (size_t i = 0; i < size; i++) {
            bytes[i] = (uint8_t)(0xa5 + 31 * n + 7 * i);
        }
        user[0] = '\0';
        return size;
    }
    if (plan->faults & FKPULLED_TWO_FIT) {
        static const uint8_t both[] = {1, 1, 1, 10, 1, 0, 0, 0, 0xea, 0x37, 0x3a, 0x92};
        memcpy(bytes, both, sizeof both);
        user[0] = '\0';
        return size;
    }
    struct date date = date_of(*time);
    if ((plan->faults & FKPULLED_BAD_DATES) && n % 5 == 4) {
        spoil(&date, n);
        user[0] = '\0';
    }
    uint32_t rest = date.month << 12 | date.day << 16 | date.hour << 21 | date.minute << 26;
    uint32_t p = rest | (date.year - 1900) << 2 | 2;
    switch (plan->layout) {
    case 121:
        put(bytes, number, 4);
        bytes[5] = (uint8_t)(1 + n % 2);
        bytes[6] = 1;
        bytes[7] = (uint8_t)date.second;
        put(bytes + 8, p, 4);
        break;
    case 122:
        bytes[0] = 1;
        bytes[1] = 1 << 6 | 1;
        bytes[2] = (uint8_t)(n % 10);
        bytes[3] = (uint8_t)date.second;
        put(bytes + 4, number, 4);
        put(bytes + 8, rest | date.year, 4);
        break;
    case 123:
        bytes[0] = 1;
        bytes[1] = (uint8_t)date.second;
        put(bytes + 2, 1U | 1U << 6 | 11U << 11, 2);
        put(bytes + 4, number, 4);
        put(bytes + 8, rest | date.year, 4);
        break;
    case 20:
        put(bytes, number, 4);
        bytes[4] = 1;
        bytes[7] = (uint8_t)date.second;
        put(bytes + 8, p, 4);
        bytes[15] = (uint8_t)(1 + n % 2);
        bytes[19] = 0x10;
        break;
    default: {
        size_t text = plan->layout == 32 ? 16 : 32;
        memcpy(bytes, user[0] != '\0' ? user : "1", strlen(user[0] != '\0' ? user : "1"));
        bytes[text] = 1;
        bytes[text + 3] = (uint8_t)date.second;
        put(bytes + text + 4, p, 4);
        bytes[text + 11] = (uint8_t)(1 + n % 2);
        bytes[text + 15] = 0x40;
    }
    }
    return size;
}

/* ---- answers ---- */

static void transmit(struct fkpulled_line *line, const uint8_t *bytes, size_t len)
{
    line->send(line->context, bytes, len);
}

/* data NULL: the acknowledgement alone. It comes as one write: whoever carries it may split it. */
static void answer(struct fkpulled_line *line, const uint8_t *ask, bool fine, uint32_t status,
                   const uint8_t *data, size_t len)
{
    uint8_t out[2 * ACK + 2 + PAGE_MAX + 4];
    size_t at = 0;
    const struct fkpulled_plan *plan = &line->terminal->plan;
    uint32_t seq = get(ask + 14, 2);
    if (plan->faults & FKPULLED_STALE_ACK) {
        memcpy(out, "\xaa\x55\x01\x01", 4);
        put(out + 4, 77, 4);
        put(out + 8, seq + 40000, 2);
        at = ACK;
    }
    memcpy(out + at, "\xaa\x55\x01", 3);
    out[at + 3] = fine;
    put(out + at + 4, status, 4);
    put(out + at + 8, seq, 2);
    at += ACK;
    if (fine && data != NULL) {
        uint32_t sum = 0x55 + 0xaa;
        out[at] = 0x55;
        out[at + 1] = 0xaa;
        memcpy(out + at + 2, data, len);
        for (size_t i = 0; i < len; i++) {
            sum += data[i];
        }
        put(out + at + 2 + len, sum + (plan->faults & FKPULLED_BAD_SUM ? 1 : 0), 4);
        at += 2 + len + 4;
    }
    if (plan->cut_at == ask[3]) {
        at = at / 2;
        line->closed = true;
    }
    transmit(line, out, at);
}

static void forbid(struct fkpulled_line *line, const uint8_t *ask)
{
    char *out = line->terminal->forbidden;
    if (out[0] != '\0') {
        return;
    }
    for (size_t i = 0; i < ASK; i++) {
        snprintf(out + 3 * i, 4, "%02x ", ask[i]);
    }
}

static void answer_records(struct fkpulled_line *line, const uint8_t *ask)
{
    struct fkpulled *terminal = line->terminal;
    uint8_t page[PAGE_MAX];
    uint32_t p2 = get(ask + 8, 4);
    uint32_t len = get(ask + 12, 2);
    bool first = (p2 & 0xffff) != 0 || p2 == 0;
    size_t page_size = terminal->plan.faults & FKPULLED_SMALL_PAGES ? 512 : PAGE_MAX;
    size_t size = size_of(&terminal->plan);
    uint64_t offset = first ? 0 : (uint64_t)(p2 >> 16) * page_size;
    uint64_t total = (uint64_t)terminal->records * size;
    terminal->whole_reads += first;
    if (len == 0 || len > page_size || offset + len > total || (first && p2 > terminal->records)) {
        forbid(line, ask);
        answer(line, ask, false, 3, NULL, 0);
        return;
    }
    uint8_t record[48] = {0};
    for (uint64_t at = 0; at < len; at++) {
        char user[33];
        int64_t time = 0;
        uint64_t n = (offset + at) / size;
        if (at == 0 || (offset + at) % size == 0) {
            fkpulled_record(&terminal->plan, (uint32_t)n, record, user, &time);
        }
        page[at] = record[(offset + at) % size];
    }
    if ((terminal->plan.faults & FKPULLED_SHORT_PAGE) && !first) {
        uint8_t out[ACK + 2 + PAGE_MAX + 4];
        memcpy(out, "\xaa\x55\x01\x01\0\0\0\0", 8);
        memcpy(out + 8, ask + 14, 2);
        memcpy(out + ACK, "\x55\xaa", 2);
        memcpy(out + ACK + 2, page, len);
        transmit(line, out, ACK + 2 + len - 1);
        return;
    }
    answer(line, ask, true, 0, page, len);
    if ((terminal->plan.faults & FKPULLED_SHRINK)) {
        terminal->records = 1;
    }
}

static void answer_info(struct fkpulled_line *line, const uint8_t *ask)
{
    static const char *const classes[] = {"11", "10", "?"};
    const struct fkpulled_plan *plan = &line->terminal->plan;
    uint8_t info[PAGE_MAX] = {0};
    if (get(ask + 4, 4) == 0) {
        put(info + 2, 48, 2);
        put(info + 0x0c, plan->faults & FKPULLED_SMALL_PAGES ? 0x103 : 0x104, 2);
        put(info + 0x24, plan->capacity, 4);
        put(info + 0x2e, 300, 2);
        answer(line, ask, true, 0, info, 48);
        return;
    }
    const char *class = plan->layout == 48   ? "13_1"
                        : plan->layout == 32 ? "13"
                        : plan->layout == 20 ? "12_1"
                                             : classes[plan->layout % 10 - 1];
    snprintf((char *)info, sizeof info, "{CommunicationInterfaceId:%s,CodePage:UTF-16,x:1}", class);
    answer(line, ask, true, 0, info, PAGE_MAX);
}

static void answer_serial(struct fkpulled_line *line, const uint8_t *ask)
{
    const struct fkpulled_plan *plan = &line->terminal->plan;
    uint8_t text[256] = {0};
    snprintf((char *)text, 32, "SIM-48");
    snprintf((char *)text + 0x20, 32, "HIP");
    if (!(plan->faults & FKPULLED_NO_SERIAL)) {
        snprintf((char *)text + 0x60, 32, "%s", plan->serial);
    }
    answer(line, ask, true, 0, text, sizeof text);
}

static void answer_clock(struct fkpulled_line *line, const uint8_t *ask)
{
    uint8_t bytes[8];
    struct date date = date_of(line->terminal->plan.clock);
    put(bytes, date.year, 2);
    bytes[2] = (uint8_t)date.month;
    bytes[3] = (uint8_t)date.day;
    bytes[4] = (uint8_t)((line->terminal->plan.clock / DAY_S + 4) % 7);
    bytes[5] = (uint8_t)date.hour;
    bytes[6] = (uint8_t)date.minute;
    bytes[7] = (uint8_t)date.second;
    answer(line, ask, true, 0, bytes, sizeof bytes);
}

static void answer_count(struct fkpulled_line *line, const uint8_t *ask)
{
    struct fkpulled *terminal = line->terminal;
    uint32_t count = terminal->records;
    if (terminal->plan.faults & FKPULLED_HUGE) {
        count = UINT32_MAX;
    }
    answer(line, ask, true, count, NULL, 0);
    terminal->records += (terminal->plan.faults & FKPULLED_GROW) != 0;
}

/* What may be asked, with which arguments, and who answers it. */
static const struct {
    uint8_t command;
    uint32_t p1, p2;
    uint32_t len;
    void (*answer)(struct fkpulled_line *line, const uint8_t *ask);
} questions[] = {
    {0x13, 0, 0, 48, answer_info},          {0x13, 1, 0, 1024, answer_info},
    {0xc3, 0x100, 0, 256, answer_serial},   {0xb2, 0, 0, 8, answer_clock},
    {0xb4, 8, 0xffff0000, 0, answer_count},
};

static void dispatch(struct fkpulled_line *line, const uint8_t *ask)
{
    struct fkpulled *terminal = line->terminal;
    const struct fkpulled_plan *plan = &terminal->plan;
    uint8_t command = ask[3];
    terminal->commands++;
    if (memcmp(ask, "\x55\xaa\x01", 3) != 0) {
        forbid(line, ask);
        line->closed = true;
        return;
    }
    if (plan->mute_at == command || (command == 0x80 && (plan->faults & FKPULLED_NO_OPEN))) {
        return;
    }
    if (plan->close_at == command) {
        line->closed = true;
        return;
    }
    if (plan->refuse_at == command) {
        answer(line, ask, false, 16, NULL, 0);
        return;
    }
    if (command == 0x80) {
        line->opened = get(ask + 4, 4) == plan->password;
        answer(line, ask, line->opened, 0, NULL, 0);
        return;
    }
    if (command == 0xb3) {
        terminal->clock_set = true;
        answer(line, ask, true, 0, NULL, 0);
        return;
    }
    if ((command == 0x13 || command == 0xc3) && (plan->faults & FKPULLED_NO_CLASS)) {
        answer(line, ask, false, 16, NULL, 0);
        return;
    }
    if (command == 0xa4 && get(ask + 4, 4) == 0) {
        answer_records(line, ask);
        return;
    }
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        if (questions[i].command == command && questions[i].p1 == get(ask + 4, 4) &&
            questions[i].p2 == get(ask + 8, 4) && questions[i].len == get(ask + 12, 2)) {
            questions[i].answer(line, ask);
            return;
        }
    }
    forbid(line, ask);
    answer(line, ask, false, 16, NULL, 0);
}

void fkpulled_take(struct fkpulled_line *line, const uint8_t *bytes, size_t len)
{
    if (line->terminal->plan.faults & FKPULLED_HTTP) {
        static const char page[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
        transmit(line, (const uint8_t *)page, sizeof page - 1);
        line->closed = true;
        return;
    }
    for (size_t i = 0; i < len && !line->closed; i++) {
        line->bytes[line->have++] = bytes[i];
        size_t whole = line->have > 3 && line->bytes[3] == 0xb3 ? SET_CLOCK_SIZE : ASK;
        if (line->have == whole) {
            line->have = 0;
            dispatch(line, line->bytes);
        }
    }
}
