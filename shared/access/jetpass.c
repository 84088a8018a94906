#include "access/jetpass.h"

enum outcome { WHOLE, BROKEN, UNREADABLE };

/*
 * The page's digest, with the pages that its pointers lead to. A pointer that leads to nothing is
 * no failure here: the page is then as it is.
 */
static uint64_t digest_page(struct jet_pass *pass)
{
    uint64_t digest = jet_digest(pass->table->digest, pass->row.page, JET_PAGE);
    int rows = jet_row_count(pass->row.page);
    pass->led.count = 0;
    for (int i = 0; i < rows; i++) {
        struct error ignored = ERROR_INIT;
        (void)jet_row_read(pass->pages, pass->table, &pass->row, i, &pass->led, &ignored);
    }
    for (size_t i = 0; i < pass->led.count; i++) {
        uint8_t word[8];
        memcpy(word, &pass->led.pages[i].digest, sizeof word);
        digest = jet_digest(digest, word, sizeof word);
    }
    return digest;
}

/* All rows of the page, once. *again: one wants to come again. */
static enum outcome give(struct jet_pass *pass, bool rehearsal, struct jet_tally *tally,
                         bool *again, struct error *err)
{
    int rows = jet_row_count(pass->row.page);
    if (rows < 0) {
        return BROKEN;
    }
    for (int i = 0; i < rows; i++) {
        struct error damage = ERROR_INIT;
        if (!jet_row_read(pass->pages, pass->table, &pass->row, i, &pass->led, &damage)) {
            return BROKEN;
        }
        if (pass->row.bytes.len == 0) {
            continue;
        }
        enum jet_answer answer = pass->each(pass->context, pass->row.bytes, rehearsal, err);
        if (answer == JET_FAILED) {
            return UNREADABLE;
        }
        if (answer == JET_DAMAGED) {
            return BROKEN;
        }
        *again = *again || answer == JET_AGAIN;
        tally->rows += !rehearsal;
    }
    return WHOLE;
}

static bool take_resting(struct jet_pass *pass, struct jet_rest *rest, struct jet_tally *tally,
                         struct error *err)
{
    bool again = false;
    enum outcome outcome = give(pass, true, tally, &again, err);
    if (outcome == WHOLE) {
        again = false;
        outcome = give(pass, false, tally, &again, err);
    }
    if (outcome == UNREADABLE) {
        return false;
    }
    tally->damaged += outcome == BROKEN;
    tally->again += outcome == WHOLE && again;
    rest->taken = outcome == WHOLE && !again ? rest->seen : 0;
    return true;
}

static bool take_page(struct jet_pass *pass, uint32_t number, struct jet_tally *tally,
                      struct error *err)
{
    struct jet_rest rest = {0, 0, 0};
    if (!pass->pages->read(pass->pages->context, number, pass->row.page, err) ||
        !pass->memory->get(pass->memory->context, number, &rest, err)) {
        return false;
    }
    struct jet_rest before = rest;
    tally->pages++;
    uint64_t digest = digest_page(pass);
    bool owned = pass->row.page[0] == JET_DATA && pass->row.page[1] == 1 &&
                 jet_u32(pass->row.page + 4) == pass->table->page;
    if (digest != rest.seen) {
        rest.restless += rest.seen != 0 && rest.restless < UINT32_MAX;
        rest.seen = digest;
        tally->waiting++;
        tally->restless += rest.restless >= JET_RESTLESS;
        tally->longest = rest.restless > tally->longest ? rest.restless : tally->longest;
    } else {
        rest.restless = 0;
        if (rest.taken == digest && !pass->all) {
            tally->skipped++;
        } else if (!owned) {
            tally->damaged++;
        } else if (!take_resting(pass, &rest, tally, err)) {
            return false;
        }
    }
    return (before.taken == rest.taken && before.seen == rest.seen &&
            before.restless == rest.restless) ||
           pass->memory->put(pass->memory->context, number, &rest, err);
}

bool jet_pass(struct jet_pass *pass, struct jet_tally *tally, struct error *err)
{
    uint32_t number = 0;
    uint32_t last = 0;
    *tally = (struct jet_tally){0};
    if (!jet_map_begin(&pass->map, pass->pages, pass->table->map_page, pass->table->map_row, err)) {
        return false;
    }
    for (;;) {
        if (!jet_map_next(&pass->map, &number, err)) {
            return false;
        }
        if (number == 0) {
            return true;
        }
        if (number <= last) {
            return error_set(err, ERR_BUSY, 0, "the list of a table's pages is damaged");
        }
        last = number;
        if (!take_page(pass, number, tally, err)) {
            return false;
        }
    }
}
