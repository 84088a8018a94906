/*
 * pull_records: the input is a table: 12 bytes that say counts and what is known, then its bytes.
 */
#include "fuzz.h"
#include "pull/frame.h"
#include "pull/pull.h"
#include "pull/records.h"

struct table {
    const uint8_t *bytes;
    size_t len;
    uint64_t rows, aside;
};

static bool read_spool(void *context, enum visit_table name, uint64_t offset, uint8_t *bytes,
                       size_t len, struct error *err)
{
    const struct table *table = context;
    (void)name;
    (void)err;
    MUST(offset <= table->len && len <= table->len - offset);
    memcpy(bytes, table->bytes + offset, len);
    return true;
}

static const char *user_of(void *context, uint32_t slot, walltime time, const char **reason)
{
    (void)context;
    (void)time;
    if (slot % 3 == 0) {
        *reason = "nobody";
        return "";
    }
    return "1001";
}

static bool take_row(void *context, const struct visit_row *row, struct error *err)
{
    struct table *table = context;
    (void)err;
    table->rows++;
    MUST(row->punch.raw.len > 0 && utf8_valid(row->punch.raw));
    if (row->reason != NULL) {
        table->aside++;
    } else {
        must_be_punch(&row->punch, "FUZZ");
    }
    return true;
}

static bool take_person(void *context, uint32_t slot, const char *user, const char *name,
                        struct error *err)
{
    (void)context;
    (void)err;
    MUST(slot <= UINT16_MAX && punch_user_valid(span_of(user)) && utf8_valid(span_of(name)));
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { HEAD = 12 };
    static const unsigned layouts[] = {0, PULL_8A, PULL_8B, PULL_16, PULL_22, PULL_40, PULL_49, 7};
    struct error err = ERROR_INIT;
    struct visit visit = {.protocol = &pull_protocol};
    struct visit_verdict verdict;
    if (size < HEAD) {
        return 0;
    }
    struct table table = {data + HEAD, size - HEAD, 0, 0};
    struct visit_spool spool = {&table, read_spool};
    struct visit_people people = {&table, user_of};
    struct visit_judging judging = {.spool = &spool,
                                    .people = &people,
                                    .now = 1795795200,
                                    .layout = layouts[data[0] % HB_COUNT(layouts)]};
    memcpy(visit.facts.sn, "FUZZ", 5);
    visit.facts.before = (int16_t)pull_u16(data + 2);
    visit.facts.after = (int16_t)pull_u16(data + 4);
    visit.facts.users = (int16_t)pull_u16(data + 6);
    visit.table_len[VISIT_RECORDS] = visit.table_len[VISIT_USERS] = table.len;
    MUST(pull_judge(&visit, &judging, &verdict, &err));
    MUST(verdict.sound == (verdict.why[0] == '\0'));
    if (verdict.sound) {
        uint64_t at = 0;
        MUST(pull_rows(&visit, &judging, &verdict, &at, take_row, &table, &err));
        MUST(table.rows == verdict.rows);
        MUST(table.aside >= verdict.aside); /* slots may name nobody */
    }
    MUST(pull_people(&visit, &spool, take_person, NULL, &err));
    return 0;
}
