#include "vendor/vendor_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vendor/vendor_private.h"

/* A row of the table of persons; or a punch that was typed in. */
struct person {
    int32_t number;
    bool shared; /* another number has the badge as well */
    char badge[PUNCH_USER_MAX + 1];
};

struct typed {
    int32_t number;
    walltime time;
};

struct check {
    const struct config_access *config;
    const struct vendor_moment *moment;
    const struct vendor_audience *audience;
    struct vendor_report *report;
    uint64_t *seen; /* digest of each page of the file at the look before */
    uint32_t pages;
    struct person *persons; /* sorted by number */
    size_t person_count, person_room;
    struct typed *typed; /* sorted */
    size_t typed_count, typed_room;
    struct jetpunch_columns punch_columns;
    struct jetperson_columns person_columns;
    struct jettyped_columns typed_columns;
    struct jet_pass pass;
    struct jet_table punches, people, exact, catalog;
    struct vendor_file file;
    struct jetpunch punch;
    char line[JETPUNCH_LINE_MAX];
};

/* ---- two looks ---- */

static bool get_page(void *context, uint32_t page, struct jet_rest *rest, struct error *err)
{
    const struct check *check = context;
    (void)err;
    *rest = (struct jet_rest){0, page < check->pages ? check->seen[page] : 0, 0};
    return true;
}

static bool put_page(void *context, uint32_t page, const struct jet_rest *rest, struct error *err)
{
    struct check *check = context;
    (void)err;
    if (page < check->pages) {
        check->seen[page] = rest->seen;
    }
    return true;
}

static bool look_twice(struct check *check, const struct jet_table *table, jet_each each,
                       struct jet_tally *tally, struct error *err)
{
    const struct jet_memory memory = {check, get_page, put_page};
    bool done = true;
    memset(check->seen, 0, check->pages * sizeof *check->seen);
    for (int look = 0; done && look < 2; look++) {
        vendor_file_again(&check->file);
        check->pass.pages = &check->file.pages;
        check->pass.table = table;
        check->pass.memory = &memory;
        check->pass.all = true;
        check->pass.each = each;
        check->pass.context = check;
        done = jet_pass(&check->pass, tally, err);
    }
    check->pass.memory = NULL;
    return done;
}

/* Room for one more of `size` bytes. */
static bool grow(void **at, size_t count, size_t *room, size_t size, struct error *err)
{
    if (count < *room) {
        return true;
    }
    size_t more = *room == 0 ? 1024 : *room * 2;
    void *bytes = count < VENDOR_CHECK_PERSONS ? realloc(*at, more * size) : NULL;
    if (bytes == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory for so many persons");
    }
    *at = bytes;
    *room = more;
    return true;
}

/* ---- persons ---- */

static enum jet_answer take_person(void *context, struct span row, bool rehearsal,
                                   struct error *err)
{
    struct check *check = context;
    struct jetperson person;
    void *at = check->persons;
    if (!jetperson_read(&check->person_columns, row, &person)) {
        return JET_DAMAGED;
    }
    if (rehearsal || !person.has_number) {
        return JET_TAKEN;
    }
    if (!grow(&at, check->person_count, &check->person_room, sizeof *check->persons, err)) {
        return JET_FAILED;
    }
    check->persons = at;
    struct person *one = &check->persons[check->person_count++];
    one->number = person.number;
    memcpy(one->badge, person.badge, sizeof one->badge);
    one->shared = false;
    check->report->persons++;
    check->report->persons_without += person.badge[0] == '\0';
    return JET_TAKEN;
}

static enum jet_answer take_typed(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct check *check = context;
    struct jettyped typed;
    void *at = check->typed;
    if (!jettyped_read(&check->typed_columns, row, &typed)) {
        return JET_DAMAGED;
    }
    if (rehearsal || !typed.typed) {
        return JET_TAKEN;
    }
    if (!grow(&at, check->typed_count, &check->typed_room, sizeof *check->typed, err)) {
        return JET_FAILED;
    }
    check->typed = at;
    check->typed[check->typed_count++] = (struct typed){typed.number, typed.time};
    return JET_TAKEN;
}

static int order_persons(const void *one, const void *other)
{
    const struct person *a = one;
    const struct person *b = other;
    return a->number != b->number ? (a->number > b->number) - (a->number < b->number)
                                  : strcmp(a->badge, b->badge);
}

static int order_typed(const void *one, const void *other)
{
    const struct typed *a = one;
    const struct typed *b = other;
    return a->number != b->number ? (a->number > b->number) - (a->number < b->number)
                                  : (a->time > b->time) - (a->time < b->time);
}

static int order_badges(const void *one, const void *other)
{
    const struct person *a = one;
    const struct person *b = other;
    int order = strcmp(a->badge, b->badge);
    return order != 0 ? order : (a->number > b->number) - (a->number < b->number);
}

static void sort_all(struct check *check)
{
    struct person *persons = check->persons;
    if (check->person_count > 0) {
        qsort(persons, check->person_count, sizeof *persons, order_badges);
        for (size_t i = 1; i < check->person_count; i++) {
            struct person *before = &persons[i - 1];
            if (persons[i].badge[0] != '\0' && persons[i].number != before->number &&
                strcmp(persons[i].badge, before->badge) == 0) {
                persons[i].shared = before->shared = true;
            }
        }
        qsort(persons, check->person_count, sizeof *persons, order_persons);
    }
    if (check->typed_count > 0) {
        qsort(check->typed, check->typed_count, sizeof *check->typed, order_typed);
    }
}

/* ---- rows of punches ---- */

/* The first of those with this number; NULL: none. */
static const struct person *find_person(const struct check *check, int32_t number)
{
    size_t low = 0;
    size_t high = check->person_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (check->persons[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < check->person_count && check->persons[low].number == number ? &check->persons[low]
                                                                             : NULL;
}

/* Why it would be set aside; NULL: the person is *user. */
static const char *judge_person(const struct check *check, int32_t number, const char **user)
{
    const struct person *one = find_person(check, number);
    const struct person *end = check->persons + check->person_count;
    if (one == NULL) {
        return vendor_no_person;
    }
    bool shared = one->shared;
    for (const struct person *next = one + 1; next < end && next->number == number; next++) {
        if (strcmp(next->badge, one->badge) != 0) {
            return vendor_two_badges;
        }
        shared = shared || next->shared;
    }
    *user = one->badge;
    return one->badge[0] == '\0' ? vendor_no_badge : shared ? vendor_shared_badge : NULL;
}

static bool was_typed(const struct check *check, const struct jetpunch *punch)
{
    const struct typed key = {punch->number, punch->time};
    return check->typed_count > 0 && punch->sn[0] == '\0' &&
           bsearch(&key, check->typed, check->typed_count, sizeof key, order_typed) != NULL;
}

/* What stands in the row, whether it is believed as a serial number or not: a person has to see it
 * to tell. */
static void read_sn(const struct check *check, struct span row, char out[PUNCH_SN_MAX + 1])
{
    const struct jetpunch_columns *columns = &check->punch_columns;
    struct jet_value value;
    out[0] = '\0';
    if (columns->sn == NULL || !jet_value(columns->table, row, columns->sn, &value)) {
        return;
    }
    if (value.kind == JET_NUMBER) {
        snprintf(out, PUNCH_SN_MAX + 1, "%" PRId32, value.number);
    } else if (value.kind == JET_TEXTUAL) {
        value.text.len = utf8_cut(value.text, PUNCH_SN_MAX);
        (void)span_copy(value.text, out, PUNCH_SN_MAX + 1);
    }
}

static void count_machine(struct vendor_report *report, const struct jetpunch *punch,
                          const char *sn)
{
    size_t i = 0;
    while (i < report->machine_count && (strcmp(report->machines[i].sensor, punch->sensor) != 0 ||
                                         strcmp(report->machines[i].sn, sn) != 0)) {
        i++;
    }
    if (i == VENDOR_CHECK_MACHINES) {
        report->more_machines = true;
        return;
    }
    struct vendor_machine *machine = &report->machines[i];
    if (i == report->machine_count) {
        report->machine_count++;
        memcpy(machine->sensor, punch->sensor, sizeof machine->sensor);
        memcpy(machine->sn, sn, strlen(sn) + 1);
        machine->believed = punch->sn[0] != '\0';
    }
    machine->rows++;
    machine->last = punch->time > machine->last ? punch->time : machine->last;
}

/* Reasons are few, and each is one text. */
static void count_reason(struct vendor_report *report, const char *reason)
{
    size_t i = 0;
    while (i < report->reason_count && report->reasons[i].reason != reason) {
        i++;
    }
    if (i == VENDOR_CHECK_REASONS) {
        return;
    }
    report->reason_count += i == report->reason_count;
    report->reasons[i].reason = reason;
    report->reasons[i].rows++;
}

static enum jet_answer take_punch(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct check *check = context;
    struct vendor_report *report = check->report;
    struct jetpunch *punch = &check->punch;
    if (!jetpunch_read(&check->punch_columns, row, check->moment->wall, punch)) {
        return JET_DAMAGED;
    }
    if (rehearsal || punch->nobody) {
        return JET_TAKEN;
    }
    struct vendor_row told = {.punch = punch,
                              .user = punch->badge,
                              .sn = vendor_sn(check->config, punch),
                              .typed = was_typed(check, punch),
                              .reason = punch->reason};
    if (punch->reason == NULL && punch->has_number) {
        told.reason = judge_person(check, punch->number, &told.user);
    }
    if (told.reason == NULL && told.sn[0] == '\0') {
        told.reason = vendor_no_terminal;
    }
    bool left_out = told.typed && punch->reason == NULL && !check->config->include_typed;
    report->rows++;
    report->typed += told.typed;
    if (left_out) {
        told.reason = NULL;
    } else if (told.reason != NULL) {
        report->aside++;
        count_reason(report, told.reason);
    } else {
        report->good++;
        report->first =
            report->first == 0 || punch->time < report->first ? punch->time : report->first;
        report->last = punch->time > report->last ? punch->time : report->last;
    }
    char sn[PUNCH_SN_MAX + 1];
    read_sn(check, row, sn);
    count_machine(report, punch, sn);
    (void)jetpunch_line(&check->punch_columns, row, check->line);
    told.line = check->line;
    return check->audience->row(check->audience->context, &told, err) ? JET_TAKEN : JET_FAILED;
}

/* ---- the whole ---- */

static bool tell_table(void *context, const struct jet_entry *entry)
{
    const struct check *check = context;
    check->audience->table(check->audience->context, entry->name, entry->page == 0);
    return true;
}

static void tell_columns(const struct check *check, const char *name, const struct jet_table *table)
{
    const struct vendor_audience *audience = check->audience;
    for (size_t i = 0; i < table->count; i++) {
        audience->column(audience->context, name, table->columns[i].name, table->columns[i].type);
    }
}

static bool check_persons(struct check *check, struct error *err)
{
    const char *users = vendor_name(check->config->users, VENDOR_USERS);
    struct jet_tally tally;
    if (!vendor_table(&check->file.pages, users, &check->people, err)) {
        return false;
    }
    tell_columns(check, users, &check->people);
    if (!jetperson_columns(&check->people, &check->person_columns, err)) {
        return error_prefix(err, "table %s: ", users);
    }
    if (!look_twice(check, &check->people, take_person, &tally, err)) {
        return false;
    }
    struct error none = ERROR_INIT;
    bool has_typed = false;
    if (jet_table_find(&check->file.pages, VENDOR_TYPED, &check->exact, &none)) {
        tell_columns(check, VENDOR_TYPED, &check->exact);
        has_typed = jettyped_columns(&check->exact, &check->typed_columns, &none);
    }
    return !has_typed || look_twice(check, &check->exact, take_typed, &tally, err);
}

static bool check_all(struct check *check, struct error *err)
{
    struct vendor_report *report = check->report;
    const char *table = vendor_name(check->config->table, VENDOR_TABLE);
    struct jet_tally tally = {0};
    if (!vendor_file_open(&check->file, check->config->path, err)) {
        return false;
    }
    report->ace = check->file.head.ace;
    report->version = check->file.head.version;
    report->bytes = check->file.size;
    check->pages = check->file.pages.count;
    check->seen = calloc(check->pages, sizeof *check->seen);
    if (check->seen == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to look at the database");
    }
    if (!jet_catalog(&check->file.pages, &check->catalog, tell_table, check, err)) {
        return false;
    }
    if (!vendor_table(&check->file.pages, table, &check->punches, err)) {
        return false;
    }
    tell_columns(check, table, &check->punches);
    report->counted = check->punches.rows;
    if (!jetpunch_columns(&check->punches, &check->punch_columns, err)) {
        return error_prefix(err, "table %s: ", table);
    }
    report->own_badges = check->punch_columns.badge != NULL;
    if (!report->own_badges && !check_persons(check, err)) {
        return false;
    }
    sort_all(check);
    bool done = look_twice(check, &check->punches, take_punch, &tally, err);
    report->pages = (struct vendor_pages){
        .pages = tally.pages, .waiting = tally.waiting, .damaged = tally.damaged};
    return done;
}

bool vendor_check(const struct config_access *config, const struct vendor_moment *moment,
                  const struct vendor_audience *audience, struct vendor_report *report,
                  struct error *err)
{
    struct check *check = calloc(1, sizeof *check);
    memset(report, 0, sizeof *report);
    if (check == NULL) {
        return error_set(err, ERR_MEMORY, 0, "no memory to look at the database");
    }
    check->config = config;
    check->moment = moment;
    check->audience = audience;
    check->report = report;
    bool done = check_all(check, err);
    vendor_file_close(&check->file);
    free(check->seen);
    free(check->persons);
    free(check->typed);
    free(check);
    return done;
}
