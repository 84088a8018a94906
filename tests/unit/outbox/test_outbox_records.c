/* What an outbox keeps beside punches: log files, terminals, notes, lines that are no punch. */
#include "outbox_punches.h"
#include "outbox/outbox_note.h"

static void a_log_file_is_through_when_each_of_its_punches_is(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){.skip_pushed = true});
    struct outbox_file one;
    struct outbox_file two;
    bool uploaded = false;
    size_t count = 0;
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "one.txt", &one, &err));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    assert_true(one.id > 0 && two.id > one.id);
    CHECK_INT("pushed", OUTBOX_NEW, add(outbox, "SN", "1", 1, 0));
    CHECK_INT("in one", OUTBOX_NEW, add(outbox, "LOG", "1", 2, one.id));
    CHECK_INT("in two as well", OUTBOX_KNOWN, add(outbox, "LOG", "1", 2, two.id));
    CHECK_INT("pushed before", OUTBOX_KNOWN, add(outbox, "LOG", "1", 1, two.id));
    one.high_id = two.high_id = 2;
    one.new_count = 1;
    two.known_count = 2;
    two.size = 1234;
    two.modified_s = 77;
    two.changed = INT64_C(133444000000000001);
    two.volume = 0xFEDC;
    two.number = UINT64_C(0x8000000000000001);
    two.read_s = 88;
    DO(outbox_file_save(outbox, &one, &err));
    DO(outbox_file_save(outbox, &two, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &one, &uploaded, &err));
    CHECK_INT("one waits", false, uploaded);

    /* the pushed punch is refused: two has a part in it, one has not */
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 1, 1406, "no", 9, &err));
    DO(outbox_advance(outbox, 2, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &one, &uploaded, &err));
    CHECK_INT("one is through", true, uploaded);
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two is not", false, uploaded);

    /* sent again it waits above the file's high_id, and the file with it */
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two waits", false, uploaded);
    DO(outbox_begin(outbox, &err));
    DO(outbox_refuse(outbox, 3, 1406, "still no", 9, &err));
    DO(outbox_advance(outbox, 3, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("refused again under its new id", false, uploaded);
    DO(outbox_begin(outbox, &err));
    DO(outbox_requeue_refused(outbox, &count, &err));
    DO(outbox_advance(outbox, 4, 9, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_file_uploaded(outbox, &two, &uploaded, &err));
    CHECK_INT("two is through", true, uploaded);

    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    CHECK_INT("kept: size", 1234, two.size);
    CHECK_INT("kept: modified", 77, two.modified_s);
    CHECK_INT("kept: changed", INT64_C(133444000000000001), two.changed);
    assert_true(two.volume == 0xFEDC && two.number == UINT64_C(0x8000000000000001));
    CHECK_INT("kept: read", 88, two.read_s);
    CHECK_INT("kept: known", 2, two.known_count);
    int64_t id = two.id;
    snprintf(two.archived_as, sizeof two.archived_as, "%s", "processed\\two.txt");
    DO(outbox_file_save(outbox, &two, &err));
    CHECK_INT("no claims left", 0, query(outbox, "SELECT count(*) FROM claim"));
    DO(outbox_file_begin(outbox, "two.txt", &two, &err));
    assert_true(two.id > id); /* another file of that name */
    DO(outbox_commit(outbox, &err));
    outbox_close(outbox);
}

static bool name_file(void *context, const struct outbox_file *file)
{
    char *text = context;
    strcat(text, file->name);
    return strlen(text) < 3;
}

static bool name_device(void *context, const struct outbox_device *device)
{
    char *text = context;
    strcat(text, device->sn);
    return strlen(text) < 3;
}

static void files_and_terminals_are_listed_newest_first(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    char text[20] = "";
    struct outbox_file file;
    DO(outbox_begin(outbox, &err));
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < HB_COUNT(names); i++) {
        struct outbox_device device = {.last_seen_s = (int64_t)i};
        snprintf(device.sn, sizeof device.sn, "%s", names[i]);
        DO(outbox_device_save(outbox, &device, &err));
        DO(outbox_file_begin(outbox, names[i], &file, &err));
    }
    DO(outbox_commit(outbox, &err));
    DO(outbox_each_file(outbox, 2, name_file, text, &err));
    CHECK_TEXT("at most two", "dc", text);
    text[0] = '\0';
    DO(outbox_each_file(outbox, 100, name_file, text, &err));
    CHECK_TEXT("the visitor ends it", "dcb", text);
    text[0] = '\0';
    DO(outbox_each_device(outbox, name_device, text, &err));
    CHECK_TEXT("devices", "dcb", text);
    outbox_close(outbox);
}

static void a_terminal_is_remembered(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    struct outbox_device device;
    bool found = true;
    DO(outbox_device(outbox, "SN1", &device, &found, &err));
    CHECK_INT("never seen", false, found);
    const struct outbox_device saved = {.sn = "SN1",
                                        .address = "192.168.1.201",
                                        .push_version = "2.4.1",
                                        .info = "Ver 6.60,1,2",
                                        .attlog_stamp = "9999",
                                        .operlog_stamp = "12",
                                        .first_seen_s = 5,
                                        .last_seen_s = 6,
                                        .punches = 7,
                                        .last_punch = 8};
    DO(outbox_begin(outbox, &err));
    DO(outbox_device_save(outbox, &saved, &err));
    DO(outbox_device_save(outbox, &saved, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_device(outbox, "SN1", &device, &found, &err));
    CHECK_INT("seen", true, found);
    CHECK_TEXT("sn", saved.sn, device.sn);
    CHECK_TEXT("address", saved.address, device.address);
    CHECK_TEXT("push_version", saved.push_version, device.push_version);
    CHECK_TEXT("info", saved.info, device.info);
    CHECK_TEXT("attlog_stamp", saved.attlog_stamp, device.attlog_stamp);
    CHECK_TEXT("operlog_stamp", saved.operlog_stamp, device.operlog_stamp);
    CHECK_INT("first_seen_s", saved.first_seen_s, device.first_seen_s);
    CHECK_INT("last_seen_s", saved.last_seen_s, device.last_seen_s);
    CHECK_INT("punches", saved.punches, device.punches);
    CHECK_INT("last_punch", saved.last_punch, device.last_punch);
    outbox_close(outbox);
}

static void a_note_is_kept_and_cut(void **state)
{
    (void)state;
    struct outbox *outbox = open_outbox((struct outbox_options){0});
    char out[OUTBOX_NOTE_MAX + 1];
    static char longest[OUTBOX_NOTE_MAX + 10];
    DO(outbox_noted(outbox, OUTBOX_NOTE_SYNC_SUMMARY, out, &err));
    CHECK_TEXT("none", "", out);
    DO(outbox_begin(outbox, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_SERVICE_VERSION, "first", &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_SERVICE_VERSION, "second", &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_noted(outbox, OUTBOX_NOTE_SERVICE_VERSION, out, &err));
    CHECK_TEXT("the last", "second", out);
    memset(longest, 'x', sizeof longest - 1);
    memcpy(longest + OUTBOX_NOTE_MAX - 1, "\xE0\xB8\x81", 3);
    DO(outbox_note(outbox, OUTBOX_NOTE_SERVICE_VERSION, longest,
                   &err)); /* on its own it is its own transaction */
    DO(outbox_noted(outbox, OUTBOX_NOTE_SERVICE_VERSION, out, &err));
    CHECK_INT("cut before the character that does not fit", OUTBOX_NOTE_MAX - 1, strlen(out));
    outbox_close(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_log_file_is_through_when_each_of_its_punches_is),
        SCRATCH_TEST(files_and_terminals_are_listed_newest_first),
        SCRATCH_TEST(a_terminal_is_remembered),
        SCRATCH_TEST(a_note_is_kept_and_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
