#include "att.h"

#include "vendor/vendor_check.h"

static struct att att;

struct told {
    int tables, links, columns, rows;
    char users[64];
    bool refuse;
};

static void tell_table(void *context, const char *name, bool linked)
{
    struct told *told = context;
    (void)name;
    told->tables++;
    told->links += linked;
}

static void tell_column(void *context, const char *table, const char *name, int type)
{
    struct told *told = context;
    told->columns += table[0] != '\0' && name[0] != '\0' && type > 0;
}

static bool tell_row(void *context, const struct vendor_row *row, struct error *error)
{
    struct told *told = context;
    size_t used = strlen(told->users);
    told->rows++;
    snprintf(told->users + used, sizeof told->users - used, "%s%s%s ", row->user,
             row->typed ? "*" : "", row->reason != NULL ? "!" : "");
    return !told->refuse || error_set(error, ERR_FULL, 0, "the disk is full");
}

static struct vendor_report look(struct told *told, bool expected)
{
    const struct vendor_audience audience = {tell_table, tell_column, tell_row, told};
    struct vendor_report report;
    memset(told, 0, offsetof(struct told, refuse));
    error_clear(&err);
    CHECK_INT(err.text, expected, vendor_check(&att.config, &att.moment, &audience, &report, &err));
    return report;
}

static void test_a_look(void **state)
{
    (void)state;
    struct told told = {.refuse = false};
    att_begin(&att);
    att_user(&att, 7, "1007");
    att_user(&att, 8, "1008");
    att_user(&att, 18, "1008");
    att_user(&att, 9, "1009");
    att_user(&att, 9, "1999");
    att_user(&att, 10, NULL);
    att_punch(&att, 7, ATT_MONDAY + 60, ATT_SN, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY, NULL, NULL, NULL);
    att_punch(&att, 8, ATT_MONDAY + 120, ATT_SN, NULL, NULL);
    att_punch(&att, 9, ATT_MONDAY + 180, ATT_SN, NULL, NULL);
    att_punch(&att, 10, ATT_MONDAY + 240, ATT_SN, NULL, NULL);
    att_punch(&att, 11, ATT_MONDAY + 300, ATT_SN, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 360, NULL, NULL, NULL);
    att_punch(&att, 7, ATT_MONDAY + 400 * 86400, ATT_SN, NULL, NULL);
    att_typed(&att, 7, ATT_MONDAY + 360, 1);
    build_link(&att.build, "ELSEWHERE", 6);
    att_write(&att);
    struct vendor_report report = look(&told, true);
    CHECK_INT("tables", 4, told.tables);
    CHECK_INT("links", 1, told.links);
    CHECK_INT("columns", 12, told.columns);
    CHECK_TEXT("rows", "1007 1007 1008! ! ! ! 1007* ! ", told.users);
    CHECK_INT("rows", 8, report.rows);
    CHECK_INT("counted", 8, report.counted);
    CHECK_INT("good", 2, report.good);
    CHECK_INT("aside", 5, report.aside);
    CHECK_INT("typed", 1, report.typed);
    CHECK_INT("reasons", 5, report.reason_count);
    CHECK_INT("persons", 6, report.persons);
    CHECK_INT("without", 1, report.persons_without);
    CHECK_INT("first", ATT_MONDAY, report.first);
    CHECK_INT("last", ATT_MONDAY + 60, report.last);
    CHECK_INT("machines", 2, report.machine_count);
    CHECK_TEXT("machine", "101", report.machines[0].sensor);
    CHECK_TEXT("machine", ATT_SN, report.machines[0].sn);
    CHECK_INT("machine", 6, report.machines[0].rows);
    CHECK_INT("nothing is stored", 0, att_count(&att, "1"));
    att.config.include_typed = true;
    CHECK_INT("with what was typed", 3, look(&told, true).good);
    att.config.device_sn[0] = '\0';
    CHECK_INT("no terminal", 1, look(&told, true).good);
    told.refuse = true;
    report = look(&told, false);
    CHECK_INT("the caller ends it", ERR_FULL, err.kind);
    CHECK_INT("at once", 1, told.rows);
    att_end(&att);
}

static void test_what_cannot_be_read(void **state)
{
    (void)state;
    struct told told = {.refuse = false};
    att_begin(&att);
    struct vendor_report report = look(&told, false);
    CHECK_INT("no file", ERR_NOT_FOUND, err.kind);
    att.build.bytes[0x3E] ^= 1;
    att_write(&att);
    report = look(&told, false);
    CHECK_INT("encoded", ERR_INVALID, err.kind);
    att.build.bytes[0x3E] ^= 1;
    att_write(&att);
    snprintf(att.config.table, sizeof att.config.table, "NOTHERE");
    report = look(&told, false);
    CHECK_INT("another database", ERR_INVALID, err.kind);
    CHECK_INT("its tables are told all the same", 3, told.tables);
    CHECK_INT("nothing", 0, report.rows);
    /* A page of which a row is damaged. */
    att.config.table[0] = '\0';
    att_user(&att, 7, "1007");
    uint32_t page = 0;
    int row = 0;
    att_punch(&att, 7, ATT_MONDAY, ATT_SN, &page, &row);
    build_page(&att.build, page)[15] = 0x1F;
    att_write(&att);
    report = look(&told, true);
    CHECK_INT("damaged", 1, report.pages.damaged);
    CHECK_INT("damaged", 0, report.rows);
    att_end(&att);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_look),
        cmocka_unit_test(test_what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
