/* A person who is forgotten goes from what is set aside in a form that is no text, too. */
#include <stdlib.h>

#define ZLIB_CONST
#include <zlib.h>

#include "outbox_disk.h"
#include "outbox_punches.h"
#include "fk/fkrecord.h"
#include "outbox/outbox_forget.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_rejected.h"

#define HIS "90417"
#define ANOTHERS "90418"

enum { WINDOW = 15, GZIP = 16, BARE = -1, ROOM = 512 };

static struct outbox *outbox;

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

struct form {
    char bytes[ROOM];
    size_t len;
    const char *type;
};

/* As pull/records.c writes a record that is set aside. */
static void hex_form(struct form *form, const char *before, const void *record, size_t size)
{
    size_t len = (size_t)snprintf(form->bytes, ROOM, "%s", before);
    hex_put(record, size, form->bytes + len);
    form->len = len + 2 * size;
}

static void put_u32(uint8_t *at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        at[i] = (uint8_t)(value >> (8 * i));
    }
}

static void packed_form(struct form *form, int way, const char *text)
{
    enum { MEMORY = 8 };
    z_stream stream = {0};
    int window = way == BARE ? -WINDOW : WINDOW + way;
    assert_int_equal(
        Z_OK, deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window, MEMORY, Z_DEFAULT_STRATEGY));
    stream.next_in = (const Bytef *)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = (Bytef *)form->bytes;
    stream.avail_out = ROOM;
    assert_int_equal(Z_STREAM_END, deflate(&stream, Z_FINISH));
    form->len = ROOM - stream.avail_out;
    deflateEnd(&stream);
}

enum { FORMS = 11, DAMAGED = 8 };

/* One of this user, as the bytes of which nothing could be made. */
static const char *make(int which, const char *user, struct form *form)
{
    uint8_t record[49] = {0x34, 0x12};
    char text[128];
    uint32_t number = (uint32_t)strtoul(user, NULL, 10);
    snprintf(text, sizeof text, "%s\tat eight\n77\tat nine\n", user);
    memset(form, 0, sizeof *form);
    form->type = "";
    switch (which) {
    case 0: /* a terminal's on port 4370: text of a fixed width behind the slot */
        memcpy(record + 2, user, strlen(user));
        put_u32(record + 27, 0xFFFFFFFF);
        hex_form(form, "4370 40 ", record, 40);
        return "4370, text";
    case 1:
        put_u32(record, number);
        put_u32(record + 4, 0xFFFFFFFF);
        hex_form(form, "4370 16 ", record, 16);
        return "4370, number";
    case 2: /* HIP's own terminals, 12-A and 48 */
        put_u32(record, number);
        hex_form(form, "", record, fkrecord_size(FKRECORD_12A));
        return "FK, number";
    case 3:
        memset(record, 0, 2);
        memcpy(record, user, strlen(user));
        hex_form(form, "", record, fkrecord_size(FKRECORD_48));
        return "FK, text";
    case 4: /* bodies whole */
        packed_form(form, GZIP, text);
        form->type = "text/plain";
        return "gzip";
    case 5:
        packed_form(form, 0, text);
        return "zlib";
    case 6:
        packed_form(form, BARE, text);
        form->type = "deflate";
        return "deflate";
    case 7:
        form->len = (size_t)snprintf(form->bytes, ROOM, "%s%c%s%c%s", "head", 0, user, 0, "Name");
        return "text between NULs";
    case DAMAGED: /* whose it is nobody can say */
        packed_form(form, GZIP, text);
        form->len -= 3;
        form->type = "gzip";
        return "gzip, cut";
    case 9:
        put_u32(record + 3, number);
        memcpy(form->bytes, record, 20);
        form->len = 20;
        return "a number in bytes";
    default:
        form->len = (size_t)snprintf(form->bytes, ROOM, "row=%%09%s%%09at%%20eight", user);
        return "a query's signs";
    }
}

static void reject_all(const char *user)
{
    for (int i = 0; i < FORMS; i++) {
        struct form form;
        enum outbox_kept kept;
        const char *name = make(i, user, &form);
        const struct outbox_rejection rejection = {.device_sn = "SN1",
                                                   .bytes = {form.bytes, form.len},
                                                   .reason = name,
                                                   .content_type = form.type,
                                                   .wall = 5};
        DO(outbox_reject(outbox, &rejection, 100 + i, &kept, &err));
    }
}

static bool has_bytes(const struct form *form)
{
    sqlite3_stmt *statement = NULL;
    CHECK_INT("prepared", SQLITE_OK,
              sqlite3_prepare_v2(outbox->db, "SELECT count(*) FROM rejected WHERE line = ?1", -1,
                                 &statement, NULL));
    outbox_bind_bytes(statement, 1, (struct span){form->bytes, form->len});
    CHECK_INT("a row", SQLITE_ROW, sqlite3_step(statement));
    bool has = sqlite3_column_int(statement, 0) > 0;
    sqlite3_finalize(statement);
    return has;
}

/* What is his can't be read; what is another's stands as it came, but where nobody can say. */
static void check(size_t records, bool before)
{
    for (int i = 0; i < FORMS; i++) {
        struct form form;
        const char *name = make(i, HIS, &form);
        CHECK_INT(name, false, has_bytes(&form));
        (void)make(i, ANOTHERS, &form);
        CHECK_INT(name, i != DAMAGED, has_bytes(&form));
    }
    CHECK_INT("records", records, query(outbox, "SELECT count(*) FROM rejected"));
    CHECK_INT("before", before, query(outbox, "SELECT count(*) FROM rejected WHERE times > 1") > 0);
}

static void what_was_there_before(void **state)
{
    struct outbox_forgotten gone;
    (void)state;
    DO(outbox_begin(outbox, &err));
    reject_all(HIS);
    reject_all(ANOTHERS);
    DO(outbox_commit(outbox, &err));
    DO(outbox_forget(outbox, HIS, 7000, &gone, &err));
    CHECK_INT("aside", FORMS + 1, gone.aside);
    check(2 * FORMS, false);
}

static void what_comes_afterwards(void **state)
{
    struct outbox_forgotten gone;
    (void)state;
    DO(outbox_forget(outbox, HIS, 7000, &gone, &err));
    outbox_close(outbox);
    outbox = open_outbox((struct outbox_options){0});
    DO(outbox_begin(outbox, &err));
    reject_all(HIS);
    reject_all(ANOTHERS);
    DO(outbox_commit(outbox, &err));
    /* the two that nobody can read are of one shape */
    check(2 * FORMS - 1, true);
}

static int64_t keys(void)
{
    int64_t count = 0;
    DO(outbox_delivered_keys(outbox, "SN1", INT64_MAX, &count, &err));
    return count;
}

static void reject_at(const char *second)
{
    char line[64];
    enum outbox_kept kept;
    snprintf(line, sizeof line, HIS "\t2026-01-15 08:00:%s\t0", second);
    const struct outbox_rejection rejection = {
        .device_sn = "SN1", .bytes = span_of(line), .reason = "no time", .wall = 5};
    DO(outbox_reject(outbox, &rejection, 100, &kept, &err));
}

/* Lines of one shape are one record when nothing of them can be read, and keys as many as came. */
static void each_line_is_a_key(void **state)
{
    struct outbox_forgotten gone;
    (void)state;
    DO(outbox_begin(outbox, &err));
    reject_at("91");
    reject_at("92");
    DO(outbox_commit(outbox, &err));
    DO(outbox_forget(outbox, HIS, 7000, &gone, &err));
    CHECK_INT("both", 2, keys());
    DO(outbox_begin(outbox, &err));
    reject_at("92");
    reject_at("93");
    reject_at("94");
    reject_at("94");
    DO(outbox_commit(outbox, &err));
    CHECK_INT("two more", 4, keys());
    CHECK_INT("two keys more", 4, query(outbox, "SELECT count(*) FROM key"));
}

/* ---- numbers of every length ---- */

/* One of this user, as what may name him and of which nobody can say for certain that it does, or
 * where. NULL: there is none such. */
static const char *make_uncertain(int which, const char *user, struct form *form)
{
    uint8_t record[FKRECORD_SIZE_MAX] = {0x81, 0xEE, 0xEE, 0xEE};
    uint32_t number = (uint32_t)strtoul(user, NULL, 10);
    memset(form, 0, sizeof *form);
    form->type = "";
    memset(record + 4, 0xEE, sizeof record - 4);
    switch (which) {
    case 0: /* HIP's own, 12-A, and 12-B or 12-C */
        put_u32(record, number);
        hex_form(form, "", record, 12);
        return "12 bytes, first";
    case 1:
        put_u32(record + 4, number);
        hex_form(form, "", record, 12);
        return "12 bytes, second";
    case 2: /* a sample in a layout that is not known */
        put_u32(record + 5, number);
        hex_form(form, "", record, 28);
        return "28 bytes";
    case 3:
        snprintf((char *)record + 7, 16, "%s", user);
        hex_form(form, "", record, 28);
        return "28 bytes, text";
    case 4: /* a body whole: JSON, and records behind it */
        form->len = (size_t)snprintf(form->bytes, ROOM, "{\"log_count\":\"9\"}");
        put_u32(record + 4, number);
        memcpy(form->bytes + form->len, record, 12);
        form->len += 12;
        return "a body's number";
    case 5:
        form->bytes[0] = '\xFE';
        form->bytes[1] = '\xFF';
        for (form->len = 2; user[form->len / 2 - 1] != '\0'; form->len += 2) {
            form->bytes[form->len + 1] = user[form->len / 2 - 1];
        }
        form->bytes[form->len++] = '\x0E'; /* a Thai letter */
        form->bytes[form->len++] = '\x01';
        return "UTF-16";
    case 6:
        form->len = (size_t)snprintf(form->bytes, ROOM, "at eight %s came", user);
        return "a line";
    default:
        packed_form(form, GZIP, user);
        form->type = "gzip";
        return "packed";
    }
}
enum { UNCERTAIN = 8 };

static void reject_uncertain(const char *user)
{
    for (int i = 0; i < UNCERTAIN; i++) {
        struct form form;
        enum outbox_kept kept;
        const char *name = make_uncertain(i, user, &form);
        const struct outbox_rejection rejection = {.device_sn = "SN1",
                                                   .bytes = {form.bytes, form.len},
                                                   .reason = name,
                                                   .content_type = form.type,
                                                   .wall = 5};
        DO(outbox_reject(outbox, &rejection, 100 + i, &kept, &err));
    }
}

static void none_on_disk(const char *user, bool expected)
{
    outbox_close(outbox);
    for (int i = 0; i < UNCERTAIN; i++) {
        struct form form;
        const char *name = make_uncertain(i, user, &form);
        CHECK_INT(name, expected, anywhere((struct span){form.bytes, form.len}) > 0);
    }
    outbox = open_outbox((struct outbox_options){0});
}

/* No file holds what may name him, before and after it comes again; and another's stays. */
static void numbers_of_every_length(void **state)
{
    static const char *const users[] = {"1",      "22",      "333",      "4444",      "55555",
                                        "666666", "7777777", "88888888", "999999999", "3000000003"};
    (void)state;
    for (size_t i = 0; i < HB_COUNT(users); i++) {
        const char *user = users[i];
        struct outbox_forgotten gone;
        DO(outbox_begin(outbox, &err));
        reject_uncertain(user);
        reject_uncertain("2708080826");
        DO(outbox_commit(outbox, &err));
        none_on_disk(user, true);
        DO(outbox_forget(outbox, user, 7000, &gone, &err));
        CHECK_INT(user, UNCERTAIN, gone.aside);
        CHECK_INT(user, i + 1 < BLOT_SURE_LEN ? UNCERTAIN : 0, gone.guessed);
        none_on_disk(user, false);
        DO(outbox_begin(outbox, &err));
        reject_uncertain(user);
        DO(outbox_commit(outbox, &err));
        none_on_disk(user, false);
        none_on_disk("2708080826", true);
    }
}

/* ---- places in a list of users ---- */

static void reject_place(unsigned place, const char *sn)
{
    struct form form;
    enum outbox_kept kept;
    uint8_t record[8] = {(uint8_t)place, (uint8_t)(place >> 8), 1, 0, 0xFF, 0xFF, 0xFF, 0xFF};
    hex_form(&form, "4370 8 ", record, sizeof record);
    const struct outbox_rejection rejection = {
        .device_sn = sn, .bytes = {form.bytes, form.len}, .reason = "no time", .wall = 5};
    DO(outbox_reject(outbox, &rejection, 100, &kept, &err));
}

static int64_t places_left(void)
{
    return query(outbox, "SELECT count(*) FROM rejected WHERE CAST(line AS TEXT) NOT GLOB '*x*'");
}

/* A record of eight bytes names a place: it goes where he has it, or had it; where nobody is known
 * to have, by its number. */
static void places_in_a_list(void **state)
{
    struct outbox_forgotten gone;
    (void)state;
    DO(outbox_begin(outbox, &err));
    DO(outbox_slot(outbox, "SN1", 300, "7", 1000, &err)); /* his, */
    DO(outbox_slot(outbox, "SN1", 5, "7", 1000, &err));   /* and until another got it */
    DO(outbox_slot(outbox, "SN1", 5, "8", 2000, &err));
    DO(outbox_slot(outbox, "SN1", 7, "9", 1000, &err)); /* another's */
    reject_place(300, "SN1");
    reject_place(5, "SN1");
    reject_place(7, "SN1");
    reject_place(6, "SN1");
    reject_place(300, "SN2");
    reject_place(7, "SN2"); /* whose list is not known */
    DO(outbox_commit(outbox, &err));
    DO(outbox_forget(outbox, "7", 7000, &gone, &err));
    CHECK_INT("gone", 3, gone.aside);
    CHECK_INT("of them by a guess", 1, gone.guessed);
    CHECK_INT("left", 3, places_left());
    DO(outbox_begin(outbox, &err));
    reject_place(300, "SN1");
    reject_place(7, "SN2");
    reject_place(7, "SN1");
    DO(outbox_commit(outbox, &err));
    CHECK_INT("came again", 3, places_left());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_there_before, begin, end),
        cmocka_unit_test_setup_teardown(what_comes_afterwards, begin, end),
        cmocka_unit_test_setup_teardown(each_line_is_a_key, begin, end),
        cmocka_unit_test_setup_teardown(numbers_of_every_length, begin, end),
        cmocka_unit_test_setup_teardown(places_in_a_list, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
