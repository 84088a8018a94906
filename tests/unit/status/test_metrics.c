#include "status/metrics.h"

#include "outbox/outbox_pull.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_stats.h"
#include "outbox/outbox_rejected.h"
#include "scratch_outbox.h"

static void each_figure_has_its_line(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "\nhipbridge_outbox_waiting_punches 1\n",
        "\nhipbridge_outbox_oldest_waiting_timestamp_seconds 1650000000\n",
        "\nhipbridge_outbox_rejected_lines 1\n",
        "\nhipbridge_database_connected 1\n",
        "\nhipbridge_level 1\n",
        "\nhipbridge_concern{code=\"not_configured\"} 1\n",
        "\nhipbridge_concern{code=\"terminal_silent\"} 1\n",
        "\nhipbridge_sync_last_run_timestamp_seconds 101\n",
        "\nhipbridge_database_certificate_end_timestamp_seconds 1707776000\n",
        "\nhipbridge_punch_to_row_seconds_bucket{le=\"2\"} 2\n",
        "\nhipbridge_punch_to_row_seconds_bucket{le=\"60\"} 3\n",
        "\nhipbridge_punch_to_row_seconds_bucket{le=\"+Inf\"} 4\n",
        "\nhipbridge_punch_to_row_seconds_sum 100060\n",
        "\nhipbridge_punch_to_row_seconds_count 4\n",
        "\n# TYPE hipbridge_terminal_punches_total counter\n",
        "\nhipbridge_terminal_punches_total{sn=\"A\\\"\\\\1\",name=\"\"} 7\n",
        "\nhipbridge_terminal_silent{sn=\"A\\\"\\\\1\",name=\"\"} 1\n",
        "\nhipbridge_terminal_silent{sn=\"B2\",name=\"\"} 0\n",
        "\nhipbridge_pull_well{address=\"10.0.0.1:4370\",sn=\"P1\"} 0\n",
        "\nhipbridge_pull_records{address=\"10.0.0.1:4370\",sn=\"P1\"} 58\n",
        "\nhipbridge_pull_last_read_timestamp_seconds{address=\"10.0.0.1:4370\",sn=\"P1\"} 102\n",
        "\nhipbridge_strangers 1\n",
        "\nhipbridge_access_well 1\n",
        "\nhipbridge_access_last_read_timestamp_seconds 103\n",
        "\n# TYPE hipbridge_access_new_punches_total counter\n",
        "\nhipbridge_access_new_punches_total 11\n",
        "\nhipbridge_access_rows_set_aside_total 12\n",
        "\nhipbridge_access_pages_waiting 13\n",
        "\nhipbridge_access_pages_held 29\n",
    };
    struct outbox *outbox = new_outbox();
    const struct punch punch = {
        .time = 1600000000, .device_sn = "A1", .user_id = "7", .raw = SPAN("x")};
    const struct outbox_device device = {.sn = "A\"\\1", .punches = 7, .last_seen_s = 1649999000};
    const struct outbox_device heard = {.sn = "B2", .punches = 1, .last_seen_s = 1649999900};
    const struct outbox_device stranger = {.sn = "C3", .last_seen_s = 1649999900};
    const struct outbox_pull pull = {
        .place = "10.0.0.1:4370", .sn = "P1", .why = "it is off", .held = 58, .read_s = 102};
    struct outbox_delays delays = {{0}, 0};
    static const int64_t seconds[] = {-5, 0, 60, 100000};
    for (size_t i = 0; i < HB_COUNT(seconds); i++) {
        outbox_delay_add(&delays, seconds[i]);
    }
    enum outbox_added added;
    DO(outbox_begin(outbox, &err));
    DO(outbox_append(outbox, &punch, 0, 1650000000, &added, &err));
    DO(outbox_reject_line(outbox, "A1", SPAN("?"), "why", 9, &err));
    DO(outbox_device_save(outbox, &device, &err));
    DO(outbox_device_save(outbox, &heard, &err));
    DO(outbox_pull_save(outbox, &pull, &err));
    const struct outbox_pull gone = {.place = "10.0.0.9:4370", .why = "it is off"};
    DO(outbox_pull_save(outbox, &gone, &err));
    DO(outbox_device_save(outbox, &stranger, &err));
    DO(outbox_delivered(outbox, &delays, 1650000000, &err));
    const struct outbox_reading reading = {.state = OUTBOX_READING_WELL,
                                           .path = "/db/att2000.mdb",
                                           .read_s = 103,
                                           .fresh = 11,
                                           .aside = 12,
                                           .waiting = 13,
                                           .restless = 14,
                                           .damaged = 15};
    DO(outbox_reading_save(outbox, &reading, &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "connected", &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, "101", &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, "1640000000 1650000000 0", &err));
    DO(outbox_note(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, "1707776000", &err));
    DO(outbox_commit(outbox, &err));
    struct config *config = config_parse(SPAN("{\"pull\": {\"terminals\": [{\"address\": "
                                              "\"10.0.0.1\"}]}, \"access\": {\"enabled\": true, "
                                              "\"path\": \"/db/att2000.mdb\"}}"),
                                         "/x/config.json", &err);
    assert_non_null(config);
    char *text = metrics_text(outbox, config, 1650000000, &err);
    assert_non_null(text);
    for (size_t i = 0; i < HB_COUNT(lines); i++) {
        if (strstr(text, lines[i]) == NULL) {
            fail_msg("not there: %s\n%s", lines[i], text);
        }
    }
    assert_null(strstr(text, "C3"));
    assert_null(strstr(text, "10.0.0.9")); /* taken out of the list */
    free(text);
    config->access.enabled = false;
    text = metrics_text(outbox, config, 1650000000, &err);
    assert_non_null(text);
    assert_null(strstr(text, "hipbridge_access")); /* nothing is read */
    free(text);
    config_free(config);
    drop_outbox(outbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_figure_has_its_line)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
