/*
 * pulled_table: what a simulated terminal holds.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pulled_private.h"

enum { USER_BASE = 10000 };

uint32_t pulled_stamp(int64_t wall)
{
    time_t seconds = (time_t)wall;
    struct tm date = *gmtime(&seconds);
    return (uint32_t)((((date.tm_year - 100) * 12 + date.tm_mon) * 31 + date.tm_mday - 1) * 24 +
                      date.tm_hour) *
               3600 +
           (uint32_t)(date.tm_min * 60 + date.tm_sec);
}

/* ---- what it holds ---- */

uint32_t pulled_user(const struct pulled *terminal, uint32_t n)
{
    return USER_BASE + n % terminal->plan.users + 1;
}

int64_t pulled_time(const struct pulled *terminal, uint32_t n)
{
    return terminal->plan.start + (int64_t)n * terminal->plan.interval_s;
}

static unsigned record_size(const struct pulled_plan *plan)
{
    return plan->layout > 80 ? 8 : plan->layout;
}

static uint32_t stamp(const struct pulled *terminal, uint32_t n)
{
    if ((terminal->plan.faults & PULLED_BAD_DATES) != 0) {
        if (n == 1) {
            return 0;
        }
        if (n == 3) {
            return (uint32_t)((26 * 12 + 5) * 31 + 30) * 86400 + 3600; /* 2026-06-31 */
        }
        if (n == 5) {
            return (uint32_t)((71 * 12 + 2) * 31 + 3) * 86400;
        }
    }
    return pulled_stamp(pulled_time(terminal, n));
}

static void write_record(const struct pulled *terminal, uint32_t n, uint8_t out[64])
{
    unsigned slot = n % terminal->plan.users + 1;
    unsigned state = n % 2;
    memset(out, 0, 64);
    le16(out, slot);
    switch (terminal->plan.layout) {
    case 81:
        out[2] = (uint8_t)(state * 16 + 1);
        le32(out + 4, stamp(terminal, n));
        break;
    case 82:
        out[2] = 1;
        le32(out + 3, stamp(terminal, n));
        out[7] = (uint8_t)state;
        break;
    case 16:
        le32(out, pulled_user(terminal, n));
        le32(out + 4, stamp(terminal, n));
        out[8] = 1;
        out[9] = (uint8_t)state;
        break;
    case 22:
        snprintf((char *)out + 2, 7, "%u", (unsigned)(pulled_user(terminal, n) % 1000000));
        out[8] = 0;
        out[12] = 1;
        le32(out + 13, stamp(terminal, n));
        out[17] = (uint8_t)state;
        break;
    default:
        snprintf((char *)out + 2, 24, "%u", (unsigned)pulled_user(terminal, n));
        out[26] = 1;
        le32(out + 27, stamp(terminal, n));
        out[31] = (uint8_t)state;
        out[36] = 255;
        break;
    }
}

static void write_user(const struct pulled *terminal, uint32_t n, uint8_t out[80])
{
    memset(out, 0, 80);
    le16(out, n + 1);
    if (terminal->plan.user_size == 28) {
        memcpy(out + 3, "PASSW", 5);
        if (n % 3 != 0) {
            snprintf((char *)out + 8, 8, "P%u", (unsigned)(n % 10000));
        }
        le32(out + 24, USER_BASE + n + 1);
    } else {
        memcpy(out + 3, "PASSWORD", 8);
        if (n % 3 != 0) {
            snprintf((char *)out + 11, 24, "Person %u", (unsigned)n);
        }
        snprintf((char *)out + 48, 24, "%u", (unsigned)(USER_BASE + n + 1));
    }
}

uint32_t pulled_table_size(const struct pulled_line *line, unsigned table)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    if (table == 9) {
        return 4 + plan->users * plan->user_size;
    }
    return 4 + line->table_records * record_size(plan) +
           ((plan->faults & PULLED_ODD_TOTAL) != 0 ? 3u : 0u);
}

/* Bytes [start, start + len) of a table. */
void pulled_table_fill(const struct pulled_line *line, unsigned table, uint32_t start, uint32_t len,
                       uint8_t *out)
{
    const struct pulled_plan *plan = &line->terminal->plan;
    unsigned size = table == 9 ? plan->user_size : record_size(plan);
    uint8_t head[4];
    uint8_t row[80] = {0};
    uint32_t now = UINT32_MAX;
    le32(head, pulled_table_size(line, table) - 4);
    for (uint32_t i = 0; i < len; i++) {
        uint32_t at = start + i;
        if (at < 4) {
            out[i] = head[at];
            continue;
        }
        uint32_t n = (at - 4) / size;
        if (n != now) {
            now = n;
            if (table == 9) {
                write_user(line->terminal, n, row);
            } else {
                write_record(line->terminal, n, row);
            }
        }
        out[i] = row[(at - 4) % size];
    }
}
