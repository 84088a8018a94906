/*
 * access: the input changes a small database that is sound: a byte of flags, then steps of four
 * bytes (page, place, value), with a pass after those that say so. Nothing outside of a page is
 * read, what is refused says why, and no row is given that was not whole when it was looked at.
 */
#include "fuzz.h"

#include "access/jetpass.h"
#include "access/jetpunch.h"
#include "unit/access/jetbuild.h"

enum { PAGES_MAX = 64 };

static struct jet_rest rests[PAGES_MAX];
static struct jet_table table;
static struct jetpunch_columns punch_columns;
static struct jetperson_columns person_columns;
static struct jettyped_columns typed_columns;

enum { NOW = 1767250800 };

static bool get(void *context, uint32_t page, struct jet_rest *rest, struct error *err)
{
    (void)context;
    (void)err;
    MUST(page < PAGES_MAX);
    *rest = rests[page];
    return true;
}

static bool put(void *context, uint32_t page, const struct jet_rest *rest, struct error *err)
{
    (void)context;
    (void)err;
    MUST(page < PAGES_MAX && rest->seen != 0);
    rests[page] = *rest;
    return true;
}

/* What the row says as a punch, a person or a typed mark: it is damaged or well-formed. */
static void read_punch(struct span row)
{
    struct jetpunch punch;
    struct jetperson person;
    struct jettyped typed;
    char line[JETPUNCH_LINE_MAX];
    if (jetpunch_read(&punch_columns, row, NOW, &punch)) {
        MUST(punch.reason != NULL || punch.has_number || punch.badge[0] != '\0');
        MUST(punch.reason != NULL || (punch.time > 0 && punch.time <= NOW + JETPUNCH_AHEAD_S));
        MUST(punch.status >= 0 && punch.verify >= 0);
        MUST(punch.sn[0] == '\0' || punch_sn_valid(span_of(punch.sn)));
        MUST(punch.badge[0] == '\0' || punch_user_valid(span_of(punch.badge)));
        MUST(utf8_valid(span_of(punch.work_code)) && utf8_valid(span_of(punch.sensor)));
    }
    size_t len = jetpunch_line(&punch_columns, row, line);
    MUST(len < sizeof line && strlen(line) == len && utf8_valid(span_of(line)));
    if (person_columns.table != NULL && jetperson_read(&person_columns, row, &person)) {
        MUST(person.badge[0] == '\0' || punch_user_valid(span_of(person.badge)));
    }
    if (typed_columns.table != NULL && jettyped_read(&typed_columns, row, &typed)) {
        MUST(!typed.typed || typed.time > 0);
    }
}

static enum jet_answer each(void *context, struct span row, bool rehearsal, struct error *err)
{
    (void)context;
    (void)err;
    MUST(row.len > 0 && row.len <= JET_PAGE);
    if (punch_columns.table != NULL) {
        read_punch(row);
    }
    for (size_t i = 0; i < table.count; i++) {
        struct jet_value value;
        if (!jet_value(&table, row, &table.columns[i], &value)) {
            MUST(rehearsal);
            return JET_DAMAGED;
        }
        MUST(value.kind != JET_TEXTUAL || utf8_valid(value.text));
    }
    return JET_TAKEN;
}

/* One of the two has the badge under another name, so that both kinds of tables are read. */
static void make(struct build *build, bool wide_map)
{
    static struct build_column columns[] = {
        {"USERID", JET_LONG, 4},    {"sn", JET_TEXT, 40},          {"CHECKTIME", JET_DATE, 8},
        {"CHECKTYPE", JET_TEXT, 2}, {"Badgenumber", JET_TEXT, 48}, {"ISADD", JET_INTEGER, 2}};
    struct build_table made;
    columns[4].name = wide_map ? "Badge" : "Badgenumber";
    build_begin(build, wide_map);
    build_table(build, &made, "CHECKINOUT", columns, HB_COUNT(columns), wide_map);
    for (int i = 0; i < 20; i++) {
        struct build_value values[] = {{true, i, 0, NULL},
                                       {i % 3 != 0, 0, 0,
                                        "\xE0\xB8\xAA"
                                        "A1"},
                                       {true, 0, 45663.25, NULL},
                                       {true, 0, 0, "~i"},
                                       {i % 2 == 0, 0, 0, "1007"},
                                       {true, 1, 0, NULL}};
        uint32_t page = 0;
        int row = build_row(build, &made, values, i % 4 == 0 ? 2 : 6, &page);
        if (i % 5 == 4) {
            build_move(build, &made, page, row);
        }
    }
}

static void pass_once(struct build *build)
{
    static struct jet_pass pass;
    static const struct jet_memory memory = {NULL, get, put};
    struct jet_pages pages = build_pages(build);
    struct error err = ERROR_INIT;
    struct jet_tally tally;
    struct jet_head head;
    if (!jet_head(build->bytes, JET_PAGE, (uint64_t)build->pages * JET_PAGE, &head, &err) ||
        !jet_table_find(&pages, "CHECKINOUT", &table, &err)) {
        MUST(err.kind != ERR_NONE && err.kind != ERR_SYSTEM && err.text[0] != '\0');
        return;
    }
    struct error none = ERROR_INIT;
    if (!jetpunch_columns(&table, &punch_columns, &none)) {
        punch_columns.table = NULL;
    }
    if (!jetperson_columns(&table, &person_columns, &none)) {
        person_columns.table = NULL;
    }
    if (!jettyped_columns(&table, &typed_columns, &none)) {
        typed_columns.table = NULL;
    }
    pass = (struct jet_pass){.pages = &pages, .table = &table, .memory = &memory, .each = each};
    if (!jet_pass(&pass, &tally, &err)) {
        MUST(err.kind == ERR_BUSY);
        return;
    }
    MUST(tally.skipped + tally.waiting + tally.damaged <= tally.pages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct build sound[2];
    if (size == 0) {
        return 0;
    }
    bool wide = (data[0] & 1) != 0;
    if (sound[wide].bytes == NULL) {
        make(&sound[wide], wide);
        MUST(sound[wide].pages <= PAGES_MAX);
    }
    size_t bytes = (size_t)sound[wide].pages * JET_PAGE;
    struct build build = {malloc(bytes), sound[wide].pages};
    MUST(build.bytes != NULL);
    memcpy(build.bytes, sound[wide].bytes, bytes);
    memset(rests, 0, sizeof rests);
    for (size_t at = 1; at + 4 <= size; at += 4) {
        size_t place = (data[at + 1] | (size_t)data[at + 2] << 8) % JET_PAGE;
        build.bytes[data[at] % build.pages * (size_t)JET_PAGE + place] = data[at + 3];
        if ((data[at + 2] & 0x80) != 0) {
            pass_once(&build);
        }
    }
    pass_once(&build);
    pass_once(&build);
    free(build.bytes);
    return 0;
}
