#include "vendor/vendor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "vendor/vendor_private.h"

enum {
    ROWS = 3000,     /* of one transaction */
    PUTS = 1000,     /* states of pages in it */
    PAUSE_MS = 2,    /* between two: whoever waits for the outbox looks again and again */
    UNDERSTANDS = 1, /* grows when rows come out otherwise than with the version before */
};

struct vendor *vendor_new(struct error *err)
{
    struct vendor *vendor = calloc(1, sizeof *vendor);
    if (vendor == NULL) {
        error_set(err, ERR_MEMORY, 0, "no memory to read the vendor's database");
    }
    return vendor;
}

void vendor_free(struct vendor *vendor)
{
    free(vendor);
}

/* ---- transactions ---- */

bool vendor_outbox_said(struct vendor *vendor, bool done)
{
    vendor->outbox_failed = vendor->outbox_failed || !done;
    return done;
}

bool vendor_begin(struct vendor *vendor, struct error *err)
{
    if (!vendor->writing) {
        vendor->writing = vendor_outbox_said(vendor, outbox_begin(vendor->outbox, err));
        vendor->rows = vendor->puts = 0;
    }
    return vendor->writing;
}

static bool commit(struct vendor *vendor, struct error *err)
{
    if (!vendor->writing) {
        return true;
    }
    vendor->writing = false;
    if (!vendor_outbox_said(vendor, outbox_commit(vendor->outbox, err))) {
        return false;
    }
    const struct vendor_service *service = vendor->service;
    if (service != NULL && service->appended != NULL && vendor->summary->fresh > vendor->told) {
        service->appended(service->context);
    }
    vendor->told = vendor->summary->fresh;
    return true;
}

static bool stop(struct vendor *vendor, enum error_kind kind, const char *why, struct error *err)
{
    vendor->summary->state = VENDOR_STOPPED;
    return error_set(err, kind, 0, "%s", why);
}

/* A database must not take the room that terminals need. */
static bool has_room(struct vendor *vendor, struct error *err)
{
    int64_t used = 0;
    const struct vendor_service *service = vendor->service;
    int64_t most = service != NULL ? (int64_t)service->max_mb * 1024 * 1024 : 0;
    if (most == 0) {
        return true;
    }
    if (!vendor_outbox_said(vendor, outbox_used(vendor->outbox, &used, err))) {
        return false;
    }
    return used < most - most / 20 ||
           stop(vendor, ERR_FULL, "the outbox is nearly full: the rest is read later", err);
}

/* Between two pages: others get their turn. */
static bool take_turns(struct vendor *vendor, struct error *err)
{
    const struct vendor_service *service = vendor->service;
    if (service != NULL && service->stopped != NULL && service->stopped(service->context)) {
        return stop(vendor, ERR_STOPPED, "told to stop", err);
    }
    if (!vendor->writing ||
        (vendor->rows < ROWS && vendor->puts < PUTS && !outbox_awaited(vendor->outbox))) {
        return true;
    }
    bool rows = vendor->rows > 0;
    if (!commit(vendor, err) || (rows && !has_room(vendor, err))) {
        return false;
    }
    return service == NULL || service->pause == NULL ||
           service->pause(service->context, PAUSE_MS) ||
           stop(vendor, ERR_STOPPED, "told to stop", err);
}

/* ---- what is remembered of pages ---- */

int64_t vendor_another_day(const struct vendor *vendor)
{
    enum { DAYS = 1 << 20 };
    return -(vendor->version * DAYS + vendor->moment->wall / 86400 % (DAYS - 1) + 1);
}

static bool get_page(void *context, uint32_t page, struct jet_rest *rest, struct error *err)
{
    struct vendor *vendor = context;
    struct vendor_part *part = &vendor->part;
    if (!take_turns(vendor, err) ||
        !vendor_outbox_said(vendor,
                            outbox_page(vendor->outbox, part->which, page, &part->state, err))) {
        return false;
    }
    part->page = page;
    part->given = false;
    part->wants = 0;
    part->map[page / 8] |= (uint8_t)(1 << page % 8);
    *rest = (struct jet_rest){part->state.taken, part->state.seen, part->state.restless};
    int64_t wants = part->state.wants;
    if (wants != 0 && wants != (wants < 0 ? vendor_another_day(vendor) : vendor->version)) {
        /* A person that a row of it wanted may be there now, or its day. */
        rest->taken = 0;
    }
    return true;
}

static bool put_page(void *context, uint32_t page, const struct jet_rest *rest, struct error *err)
{
    struct vendor *vendor = context;
    struct vendor_part *part = &vendor->part;
    /* One that only has come back to what was taken of it was not looked at now. */
    bool taken = part->given || rest->taken != part->state.taken;
    const struct outbox_page state = {rest->taken, rest->seen, rest->restless,
                                      taken ? part->wants : part->state.wants};
    if (!vendor_begin(vendor, err)) {
        return false;
    }
    if (part->which == OUTBOX_PART_PERSONS && taken && !part->given && rest->taken != 0 &&
        !vendor_outbox_said(vendor, outbox_persons_clear(vendor->outbox, page, err))) {
        return false;
    }
    vendor->puts++;
    return vendor_outbox_said(vendor,
                              outbox_page_save(vendor->outbox, part->which, page, &state, err));
}

static bool on_map(void *context, uint32_t page)
{
    const struct vendor_part *part = context;
    return page < JET_PAGES_MAX && (part->map[page / 8] >> page % 8 & 1) != 0;
}

static bool run_pass(struct vendor *vendor, enum outbox_part which, const struct jet_table *table,
                     jet_each each, struct vendor_pages *pages, struct error *err)
{
    const struct jet_memory memory = {vendor, get_page, put_page};
    struct jet_tally tally = {0};
    int64_t remembered = 0;
    vendor->part.which = which;
    memset(vendor->part.map, 0, sizeof vendor->part.map);
    vendor->pass.pages = &vendor->file.pages;
    vendor->pass.table = table;
    vendor->pass.memory = &memory;
    vendor->pass.all = false;
    vendor->pass.each = each;
    vendor->pass.context = vendor;
    bool done = jet_pass(&vendor->pass, &tally, err);
    vendor->pass.memory = NULL;
    *pages = (struct vendor_pages){tally.pages,   tally.skipped, tally.waiting, tally.restless,
                                   tally.longest, tally.damaged, tally.again};
    if (!done ||
        !vendor_outbox_said(vendor, outbox_pages(vendor->outbox, which, &remembered, err))) {
        return false;
    }
    return remembered <= (int64_t)tally.pages ||
           (vendor_begin(vendor, err) &&
            vendor_outbox_said(
                vendor, outbox_pages_forget(vendor->outbox, which, on_map, &vendor->part, err)));
}

/* ---- persons, and what was typed in ---- */

static enum jet_answer take_person(void *context, struct span row, bool rehearsal,
                                   struct error *err)
{
    struct vendor *vendor = context;
    struct vendor_part *part = &vendor->part;
    struct jetperson person;
    if (!jetperson_read(&vendor->person_columns, row, &person)) {
        return JET_DAMAGED;
    }
    if (rehearsal) {
        return JET_TAKEN;
    }
    if (!vendor_begin(vendor, err) ||
        (!part->given &&
         !vendor_outbox_said(vendor, outbox_persons_clear(vendor->outbox, part->page, err)))) {
        return JET_FAILED;
    }
    part->given = true;
    if (person.has_number &&
        !vendor_outbox_said(vendor, outbox_person_add(vendor->outbox, part->page, person.number,
                                                      person.badge, err))) {
        return JET_FAILED;
    }
    return JET_TAKEN;
}

static enum jet_answer take_typed(void *context, struct span row, bool rehearsal, struct error *err)
{
    struct vendor *vendor = context;
    struct jettyped typed;
    if (!jettyped_read(&vendor->typed_columns, row, &typed)) {
        return JET_DAMAGED;
    }
    if (rehearsal || !typed.typed) {
        return JET_TAKEN;
    }
    vendor->part.given = true;
    return vendor_begin(vendor, err) &&
                   vendor_outbox_said(
                       vendor, outbox_typed_save(vendor->outbox, typed.number, typed.time, err))
               ? JET_TAKEN
               : JET_FAILED;
}

/* Whose numbers are whose, as of this round. */
static bool pass_persons(struct vendor *vendor, struct error *err)
{
    struct vendor_pages *pages = &vendor->summary->persons;
    int64_t before = 0;
    if (!vendor_outbox_said(vendor, outbox_persons_version(vendor->outbox, &before, err)) ||
        !run_pass(vendor, OUTBOX_PART_PERSONS, &vendor->persons, take_person, pages, err) ||
        !vendor_outbox_said(vendor,
                            outbox_persons_version(vendor->outbox, &vendor->version, err))) {
        return false;
    }
    vendor->persons_unrest = pages->waiting + pages->damaged + pages->again > 0;
    if (before == vendor->version && !vendor->unsettled) {
        return true;
    }
    vendor->unsettled = true;
    if (!vendor_begin(vendor, err) ||
        !vendor_outbox_said(vendor,
                            outbox_persons_settle(vendor->outbox, vendor->moment->wall, err))) {
        return false;
    }
    vendor->unsettled = false;
    return true;
}

static bool pass_typed(struct vendor *vendor, struct error *err)
{
    struct vendor_pages *pages = &vendor->summary->typed_in;
    /* A catalog that is being written may lack it for a moment. */
    vendor->untyped = vendor->has_typed ? 0 : vendor->untyped + (vendor->untyped < 2);
    vendor->typed_unrest = vendor->untyped == 1;
    if (!vendor->has_typed) {
        return true;
    }
    bool done = run_pass(vendor, OUTBOX_PART_TYPED, &vendor->typed, take_typed, pages, err);
    /* What a damaged page of it marks is not known either. */
    vendor->typed_unrest = pages->waiting + pages->damaged > 0;
    return done;
}

/* ---- a round ---- */

/* By what rows come out as they do: with other rules they are read once more. */
static void tell_rules(const struct config_access *config, char out[OUTBOX_VENDOR_RULES_MAX])
{
    const char *texts[] = {config->table, config->users, config->device_sn};
    uint64_t hash = HASH_BEGIN;
    for (size_t i = 0; i < HB_COUNT(texts); i++) {
        hash = hash_text(hash, texts[i]);
    }
    for (size_t i = 0; i < config->sensor_count; i++) {
        hash = hash_text(hash, config->sensors[i].number);
        hash = hash_text(hash, config->sensors[i].sn);
    }
    (void)snprintf(out, OUTBOX_VENDOR_RULES_MAX, "%d %016" PRIx64 "%s", (int)UNDERSTANDS, hash,
                   config->include_typed ? " typed" : "");
}

/* The tables, as they are now. */
static bool find_tables(struct vendor *vendor, struct error *err)
{
    const struct config_access *config = vendor->config;
    const struct jet_pages *pages = &vendor->file.pages;
    const char *table = vendor_name(config->table, VENDOR_TABLE);
    const char *users = vendor_name(config->users, VENDOR_USERS);
    if (!vendor_table(pages, table, &vendor->punches, err)) {
        return false;
    }
    if (!jetpunch_columns(&vendor->punches, &vendor->punch_columns, err)) {
        return error_prefix(err, "table %s: ", table);
    }
    vendor->summary->own_badges = vendor->punch_columns.badge != NULL;
    if (vendor->summary->own_badges) {
        return true;
    }
    if (!vendor_table(pages, users, &vendor->persons, err)) {
        return false;
    }
    if (!jetperson_columns(&vendor->persons, &vendor->person_columns, err)) {
        return error_prefix(err, "table %s: ", users);
    }
    struct error none = ERROR_INIT;
    vendor->has_typed = jet_table_find(pages, VENDOR_TYPED, &vendor->typed, &none) &&
                        jettyped_columns(&vendor->typed, &vendor->typed_columns, &none);
    if (none.kind != ERR_NONE && none.kind != ERR_NOT_FOUND && none.kind != ERR_INVALID) {
        *err = none;
        return false;
    }
    return true;
}

static bool read_all(struct vendor *vendor, struct error *err)
{
    char rules[OUTBOX_VENDOR_RULES_MAX];
    struct vendor_summary *summary = vendor->summary;
    if (!vendor_file_open(&vendor->file, vendor->config->path, err)) {
        return false;
    }
    summary->ace = vendor->file.head.ace;
    summary->version = vendor->file.head.version;
    summary->bytes = vendor->file.size;
    if (!find_tables(vendor, err)) {
        return false;
    }
    tell_rules(vendor->config, rules);
    if (!vendor_begin(vendor, err) ||
        !vendor_outbox_said(
            vendor, outbox_vendor_begin(vendor->outbox, vendor->config->path, rules, err)) ||
        !vendor_outbox_said(vendor,
                            outbox_vendor_aside(vendor->outbox, &vendor->some_aside, err)) ||
        !commit(vendor, err)) {
        return false;
    }
    if (!summary->own_badges && (!pass_typed(vendor, err) || !pass_persons(vendor, err))) {
        return false;
    }
    /* A round that would begin nearly full must not append its first transaction either. */
    if (!has_room(vendor, err)) {
        return false;
    }
    return run_pass(vendor, OUTBOX_PART_PUNCHES, &vendor->punches, vendor_take_punch,
                    &summary->punches, err);
}

static enum vendor_state state_of(const struct vendor *vendor, const struct error *why)
{
    if (vendor->outbox_failed) {
        return VENDOR_FAILED;
    }
    if (vendor->summary->state == VENDOR_STOPPED) {
        return VENDOR_STOPPED;
    }
    return why->kind == ERR_INVALID ? VENDOR_REFUSED : VENDOR_LATER;
}

bool vendor_round(struct vendor *vendor, struct outbox *outbox, const struct config_access *config,
                  const struct vendor_moment *moment, const struct vendor_service *service,
                  struct vendor_summary *summary, struct error *err)
{
    struct error why = ERROR_INIT;
    *summary = (struct vendor_summary){.state = VENDOR_READ};
    vendor->outbox = outbox;
    vendor->config = config;
    vendor->moment = moment;
    vendor->service = service;
    vendor->summary = summary;
    vendor->outbox_failed = vendor->some_aside = vendor->has_typed = false;
    vendor->typed_unrest = vendor->persons_unrest = false;
    vendor->told = 0;
    vendor->version = 0;
    memset(vendor->cache, 0, sizeof vendor->cache);
    bool done = read_all(vendor, &why);
    vendor_file_close(&vendor->file);
    /* Whole pages were put with their rows; those of a page that was left may come again. */
    if (vendor->writing && !vendor->outbox_failed) {
        done = commit(vendor, &why) && done;
    }
    if (vendor->writing || vendor->outbox_failed) {
        outbox_rollback(outbox);
        vendor->writing = false;
    }
    if (!done) {
        summary->state = state_of(vendor, &why);
        summary->why = why;
    }
    if (summary->state == VENDOR_FAILED && err != NULL) {
        *err = why;
    }
    return summary->state != VENDOR_FAILED;
}
