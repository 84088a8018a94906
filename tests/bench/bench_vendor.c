/*
 * bench_vendor: the vendor's database, made of any size and read.
 *
 *     bench_vendor FOLDER               the figures of bench.py: 300,000 punches
 *     bench_vendor make FILE ROWS SEED  a database: punches of ROWS rows in CHECKINOUT, some
 * deleted, moved, and older than their columns; persons with names bench_vendor read FILE OUTBOX
 * rounds over it, and what they took bench_vendor rows FILE TABLE      its rows, as other programs
 * print them
 */
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

#include "bench.h"
#include "access/jetpass.h"
#include "unit/access/jetbuild.h"
#include "vendor/vendor_check.h"

enum { PERSONS = 500, FIRST = 45000 /* days since 1899-12-30 */, PERIOD = 600 /* days */ };

/* ---- making ---- */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(((seed >> 32) * below) >> 32);
}

static const struct build_column punch_columns[] = {
    {"USERID", JET_LONG, 4},     {"CHECKTIME", JET_DATE, 8}, {"CHECKTYPE", JET_TEXT, 2},
    {"VERIFYCODE", JET_LONG, 4}, {"SENSORID", JET_TEXT, 10}, {"Memoinfo", JET_TEXT, 60},
    {"WorkCode", JET_TEXT, 48},  {"sn", JET_TEXT, 40},       {"UserExtFmt", JET_INTEGER, 2}};
static const struct build_column user_columns[] = {
    {"USERID", JET_LONG, 4}, {"Badgenumber", JET_TEXT, 48}, {"Name", JET_TEXT, 80}};

enum { FIELDS = HB_COUNT(punch_columns), WORK = 6, WIDE = 150 };

/* A definition that takes several pages, with columns of each type. */
static void make_wide(struct build *build)
{
    static const uint8_t types[] = {JET_LONG, JET_TEXT,    JET_DATE,
                                    JET_BYTE, JET_BOOLEAN, JET_INTEGER};
    static char names[WIDE][40];
    struct build_column columns[WIDE];
    struct build_table table;
    for (size_t i = 0; i < WIDE; i++) {
        uint8_t type = types[draw(HB_COUNT(types))];
        (void)snprintf(names[i], sizeof names[i], "Column of the number %03d", (int)i);
        columns[i] = (struct build_column){names[i], type, type == JET_TEXT ? 20 : 8};
    }
    build_table(build, &table, "SystemLog", columns, WIDE, false);
    for (int row = 0; row < 300; row++) {
        struct build_value values[WIDE];
        for (size_t i = 0; i < WIDE; i++) {
            values[i] =
                (struct build_value){draw(3) != 0 || columns[i].type == JET_BOOLEAN,
                                     (int32_t)draw(columns[i].type == JET_BOOLEAN ? 2 : 100),
                                     FIRST + (double)draw(PERIOD), "ab"};
        }
        (void)build_row(build, &table, values, WIDE - draw(WIDE / 2), NULL);
    }
}

/* The columns in an order that the seed gives, WorkCode of one type or the other. */
static void shuffle(struct build_column *columns, size_t *order)
{
    for (size_t i = 0; i < FIELDS; i++) {
        order[i] = i;
    }
    for (size_t i = FIELDS - 1; i > 0; i--) {
        size_t other = draw((uint32_t)i + 1);
        size_t swap = order[i];
        order[i] = order[other];
        order[other] = swap;
    }
    bool number = draw(2) == 0;
    for (size_t i = 0; i < FIELDS; i++) {
        columns[i] = punch_columns[order[i]];
        if (order[i] == WORK && number) {
            columns[i].type = JET_LONG;
            columns[i].length = 4;
        }
    }
}

static void make(const char *path, size_t rows, bool ace)
{
    static const char *const names[] = {
        "Somchai", "\xE0\xB8\xAA\xE0\xB8\xA1\xE0\xB8\x8A\xE0\xB8\xB2\xE0\xB8\xA2",
        "\xE0\xBA\xAA\xE0\xBA\xB8\xE0\xBA\x81 A", "~Plain", "J\xC3\xB6rg"};
    static const char *const types[] = {"I", "O", "i", "o", "0", "1"};
    struct build build;
    struct build_table punches;
    struct build_table users;
    struct build_column columns[FIELDS];
    size_t order[FIELDS];
    shuffle(columns, order);
    build_begin(&build, ace);
    build_table(&build, &users, "USERINFO", user_columns, HB_COUNT(user_columns), false);
    build_table(&build, &punches, "CHECKINOUT", columns, FIELDS, true);
    make_wide(&build);
    for (int i = 1; i <= PERSONS; i++) {
        char badge[16];
        (void)snprintf(badge, sizeof badge, "%d", 1000 + i);
        const struct build_value values[] = {
            {true, i, 0, NULL}, {true, 0, 0, badge}, {true, 0, 0, names[draw(HB_COUNT(names))]}};
        (void)build_row(&build, &users, values, HB_COUNT(values), NULL);
    }
    for (size_t i = 0; i < rows; i++) {
        /* A punch of each person every so often: none twice. */
        double second = (double)(i / PERSONS) * (PERIOD * 86400.0 / (double)(rows / PERSONS + 1));
        double days = FIRST + (double)(int64_t)second / 86400.0;
        const struct build_value usual[FIELDS] = {
            {true, (int32_t)(i % PERSONS) + 1, 0, NULL},
            {true, 0, days, NULL},
            {true, 0, 0, types[draw(20) == 0 ? draw(6) : draw(2)]},
            {draw(50) != 0, (int32_t)draw(2), 0, NULL},
            {true, 0, 0, "101"},
            {draw(30) == 0, 0, 0, names[draw(HB_COUNT(names))]},
            {draw(3) == 0, 0, 0, "0"},
            {true, 0, 0, draw(2) == 0 ? "INV0000000001" : "INV0000000002"},
            {true, 1, 0, NULL}};
        struct build_value values[FIELDS];
        size_t needed = 0; /* so many columns have the person and the time */
        for (size_t c = 0; c < FIELDS; c++) {
            values[c] = usual[order[c]];
            needed = order[c] < 2 ? c + 1 : needed;
        }
        uint32_t page = 0;
        int row = build_row(&build, &punches, values, draw(8) == 0 ? needed : FIELDS, &page);
        if (i % 97 == 96) {
            build_delete(&build, page, row);
        } else if (i % 5003 == 5002) {
            build_move(&build, &punches, page, row);
        }
    }
    FILE *file = fopen(path, "wb");
    bench_must(file != NULL && fwrite(build.bytes, JET_PAGE, build.pages, file) == build.pages &&
                   fclose(file) == 0,
               "cannot write the database", NULL);
    build_end(&build);
}

/* ---- reading ---- */

/* The file's bytes, read once with the same size of pieces. */
static double raw_read(const char *path)
{
    static char piece[1 << 20];
    double start = bench_clock();
    FILE *file = fopen(path, "rb");
    bench_must(file != NULL, "cannot open the database", NULL);
    while (fread(piece, 1, sizeof piece, file) > 0) {
    }
    (void)fclose(file);
    return bench_clock() - start;
}

struct reading {
    double first, again, raw;
    struct vendor_summary summary; /* of the round that took the rows */
    long grown_kb;
};

static long peak_kb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static struct reading read_file(const char *path, const char *outbox_path)
{
    static struct config_access config;
    static const struct outbox_options options = {.max_mb = 2048, .skip_pushed = true};
    struct error err = ERROR_INIT;
    struct reading reading = {0};
    struct vendor_summary summary;
    struct vendor_moment moment = {1767225600, 1767250800};
    bench_remove(outbox_path);
    (void)snprintf(config.path, sizeof config.path, "%s", path);
    (void)snprintf(config.device_sn, sizeof config.device_sn, "HIP_DEVICE_1");
    long before = peak_kb();
    struct outbox *outbox = outbox_open(outbox_path, &options, &err);
    bench_must(outbox != NULL, "outbox", &err);
    struct vendor *vendor = vendor_new(&err);
    bench_must(vendor != NULL, "vendor", &err);
    for (int round = 0; round < 4; round++) {
        double start = bench_clock();
        bool done = vendor_round(vendor, outbox, &config, &moment, NULL, &summary, &err);
        double took = bench_clock() - start;
        bench_must(done && summary.state == VENDOR_READ, "round", &summary.why);
        *(round < 2 ? &reading.first : &reading.again) += took;
        if (round == 1) {
            reading.summary = summary;
        }
        moment.unix_s += 30;
        moment.wall += 30;
    }
    reading.again /= 2;
    reading.raw = raw_read(path);
    reading.grown_kb = peak_kb() - before;
    vendor_free(vendor);
    outbox_close(outbox);
    return reading;
}

/* ---- rows ---- */

struct printing {
    struct vendor_pages pages;
    const struct jet_table *table;
    uint64_t seen[1 << 16];
};

static bool get_page(void *context, uint32_t page, struct jet_rest *rest, struct error *err)
{
    struct printing *printing = context;
    (void)err;
    *rest = (struct jet_rest){0, printing->seen[page % HB_COUNT(printing->seen)], 0};
    return true;
}

static bool put_page(void *context, uint32_t page, const struct jet_rest *rest, struct error *err)
{
    struct printing *printing = context;
    (void)err;
    printing->seen[page % HB_COUNT(printing->seen)] = rest->seen;
    return true;
}

static void print_value(const struct jet_value *value, enum jet_type type)
{
    char text[WALLTIME_TEXT_MAX];
    switch (value->kind) {
    case JET_NULL:
        break;
    case JET_NUMBER:
        printf("%ld", (long)value->number);
        break;
    case JET_FRACTION:
        if (type == JET_DATE) {
            printf("%s", walltime_text((walltime)((value->fraction - 25569) * 86400 + 0.5), text));
        } else {
            printf("%.17g", value->fraction);
        }
        break;
    default:
        printf("%.*s", (int)value->text.len, value->text.at);
    }
}

static enum jet_answer print_row(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct printing *printing = context;
    (void)err;
    for (size_t i = 0; !rehearsal && i < printing->table->count; i++) {
        const struct jet_column *column = &printing->table->columns[i];
        struct jet_value value;
        if (!jet_value(printing->table, row, column, &value)) {
            return JET_DAMAGED;
        }
        printf("%s", i > 0 ? "\t" : "");
        print_value(&value, (enum jet_type)column->type);
    }
    if (!rehearsal) {
        printf("\n");
    }
    return JET_TAKEN;
}

static bool read_page(void *context, uint32_t number, uint8_t page[JET_PAGE], struct error *err)
{
    FILE *file = context;
    return (fseek(file, (long)number * JET_PAGE, SEEK_SET) == 0 &&
            fread(page, JET_PAGE, 1, file) == 1) ||
           error_set(err, ERR_SYSTEM, 0, "cannot read the database");
}

static void print_rows(const char *path, const char *name)
{
    static struct printing printing;
    static struct jet_table table;
    static struct jet_pass pass;
    struct error err = ERROR_INIT;
    struct jet_tally tally;
    FILE *file = fopen(path, "rb");
    bench_must(file != NULL && fseek(file, 0, SEEK_END) == 0, "cannot open the database", NULL);
    const struct jet_pages pages = {file, (uint32_t)(ftell(file) / JET_PAGE), read_page};
    const struct jet_memory memory = {&printing, get_page, put_page};
    bench_must(jet_table_find(&pages, name, &table, &err), "table", &err);
    printing.table = &table;
    pass = (struct jet_pass){.pages = &pages,
                             .table = &table,
                             .memory = &memory,
                             .all = true,
                             .each = print_row,
                             .context = &printing};
    for (int look = 0; look < 2; look++) {
        bench_must(jet_pass(&pass, &tally, &err), "pass", &err);
    }
    bench_must(tally.damaged + tally.waiting == 0, "pages are damaged", NULL);
    (void)fclose(file);
}

/* ---- the program ---- */

static void tell(const struct reading *reading)
{
    printf("rows %" PRIu64 ", fresh %" PRIu64 ", known %" PRIu64 ", set aside %" PRIu64
           ", pages %lu, bytes %" PRIu64 "\n",
           reading->summary.rows, reading->summary.fresh, reading->summary.known,
           reading->summary.aside, (unsigned long)reading->summary.punches.pages,
           reading->summary.bytes);
    printf("first read %.3f s, nothing new %.3f s, raw read %.3f s, memory grew by %ld KB\n",
           reading->first, reading->again, reading->raw, reading->grown_kb);
}

int main(int argc, char **argv)
{
    enum { ROWS = 300000 };
    seed = argc == 5 ? strtoull(argv[4], NULL, 10) : 1;
    if (argc == 5 && strcmp(argv[1], "make") == 0) {
        make(argv[2], strtoull(argv[3], NULL, 10), seed % 2 == 0);
    } else if (argc == 4 && strcmp(argv[1], "read") == 0) {
        struct reading reading = read_file(argv[2], argv[3]);
        tell(&reading);
    } else if (argc == 4 && strcmp(argv[1], "rows") == 0) {
        print_rows(argv[2], argv[3]);
    } else if (argc == 2) {
        char file[4096];
        char outbox[4096];
        (void)snprintf(file, sizeof file, "%s/bench_vendor.mdb", argv[1]);
        (void)snprintf(outbox, sizeof outbox, "%s/bench_vendor.db", argv[1]);
        make(file, ROWS, false);
        struct reading reading = read_file(file, outbox);
        bench_figure("vendor first read of 300,000", reading.first, "s", 2);
        bench_figure("vendor round with nothing new", reading.again, "s", reading.raw);
        (void)remove(file);
        bench_remove(outbox);
    } else {
        fprintf(stderr, "usage: bench_vendor FOLDER | make FILE ROWS SEED | read FILE OUTBOX |"
                        " rows FILE TABLE\n");
        return 2;
    }
    return 0;
}
