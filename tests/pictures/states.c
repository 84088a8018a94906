/*
 * states FOLDER: what status.json is in the states that the documents show, made by the product's
 * own code from an outbox in each of them: FOLDER/<state>.json. For pictures.py.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "outbox/outbox.h"
#include "outbox/outbox_note.h"
#include "outbox/outbox_proof.h"
#include "outbox/outbox_pull.h"
#include "outbox/outbox_reading.h"
#include "outbox/outbox_scan.h"
#include "outbox/outbox_stats.h"
#include "record/event.h"
#include "status/concern.h"
#include "status/status.h"

/* Sunday, 2026-11-29 13:24:36 in Bangkok. One clock for all pictures. */
enum { NOW = 1795933476, DAY_S = 86400, ZONE_S = 7 * 3600, OFFICE = 4, MANY = 300 };

static struct error err;

static void must(bool done, const char *what)
{
    if (!done) {
        fprintf(stderr, "states: %s: %s\n", what, err.text);
        exit(1);
    }
}

struct state {
    const char *name;
    int terminals;
    bool database; /* one is named */
    void (*furnish)(struct outbox *outbox, const struct state *state);
};

static const char *const names[OFFICE] = {"Front gate", "Warehouse", "Canteen",
                                          "Office, 2nd floor"};

static void sn_of(int i, char out[PUNCH_SN_MAX + 1])
{
    snprintf(out, PUNCH_SN_MAX + 1, "CDQ91929600%02d", i);
}

static void note(struct outbox *outbox, enum outbox_note which, const char *text)
{
    must(outbox_note(outbox, which, text, &err), "note");
}

static void note_time(struct outbox *outbox, enum outbox_note which, int64_t unix_s)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, unix_s);
    note(outbox, which, text);
}

/* ---- what happens in an office ---- */

static void punch(struct outbox *outbox, const char *sn, int user, walltime time)
{
    struct punch one = {.time = time, .raw = SPAN("1")};
    enum outbox_added added;
    snprintf(one.device_sn, sizeof one.device_sn, "%s", sn);
    snprintf(one.user_id, sizeof one.user_id, "%d", user);
    must(outbox_append(outbox, &one, 0, time - ZONE_S + 2, &added, &err), "append");
}

/* Eight days: in at eight, out and in at noon, out at five; nobody much on Sundays. */
static void work(struct outbox *outbox, int terminals)
{
    static const int hours[] = {8, 12, 13, 17};
    walltime today = (NOW + ZONE_S) / DAY_S * DAY_S;
    for (int day = 7; day >= 0; day--) {
        walltime date = today - (walltime)day * DAY_S;
        int people = day == 0 || day == 7 ? 3 : 14; /* today is a Sunday */
        for (size_t h = 0; h < HB_COUNT(hours); h++) {
            for (int i = 0; i < terminals; i++) {
                for (int user = 0; user < people - i % 4 * 2; user++) {
                    char sn[PUNCH_SN_MAX + 1];
                    sn_of(i, sn);
                    walltime at = date + hours[h] * 3600 - 1500 + user * 170 + i * 7 + day * 31;
                    if (at < NOW + ZONE_S) {
                        punch(outbox, sn, 1001 + i * 100 + user, at);
                    }
                }
            }
        }
    }
}

static void know(struct outbox *outbox, int terminals, int64_t seen_ago_s)
{
    for (int i = 0; i < terminals; i++) {
        struct outbox_device device = {.first_seen_s = NOW - 90 * DAY_S,
                                       .last_seen_s = NOW - seen_ago_s - i % 7,
                                       .punches = 5210 + i * 13,
                                       .last_punch = (NOW + ZONE_S) / 60 * 60 - 1200 - i * 60,
                                       .push_version = "2.4.1"};
        sn_of(i, device.sn);
        snprintf(device.address, sizeof device.address, "192.168.%d.%d", 1 + i / 200, 20 + i % 200);
        snprintf(device.info, sizeof device.info, "Ver 8.0.4.3,60,120,%" PRId64 ",%s",
                 device.punches, device.address);
        device.audit.clock_ahead_s = i % 5 - 2;
        device.audit.clock_shown_s = NOW - 1200;
        must(outbox_device_save(outbox, &device, &err), "terminal");
        if (i % 9 != 5) {
            must(outbox_prove(outbox, device.sn, OUTBOX_PROOF_COUNTED, device.last_punch, NOW - 300,
                              &err),
                 "proof");
        }
    }
    must(outbox_devices_settle(outbox, &err), "terminals");
}

/* One that cannot push, and one that is not reached. */
static void read_some(struct outbox *outbox)
{
    struct outbox_pull canteen = {.place = "192.168.1.202:4370",
                                  .model = "iFace702",
                                  .firmware = "Ver 6.60 Apr 28 2017",
                                  .visited_s = NOW - 130,
                                  .answered_s = NOW - 130,
                                  .held = 5236,
                                  .capacity = 100000,
                                  .users = 61,
                                  .read_s = NOW - 780,
                                  .before = 5236,
                                  .after = 5236,
                                  .bytes = 5236 * 40,
                                  .rows = 5236,
                                  .fresh = 3,
                                  .known = 5233,
                                  .agrees = true,
                                  .through = (NOW + ZONE_S) / 60 * 60 - 1320};
    struct outbox_pull store = {.place = "192.168.1.203:5005",
                                .why = "nothing there answers on that port",
                                .visited_s = NOW - 300,
                                .held = -1,
                                .capacity = -1,
                                .rows = -1,
                                .fresh = -1,
                                .known = -1,
                                .aside = -1};
    sn_of(2, canteen.sn);
    must(outbox_pull_save(outbox, &canteen, &err), "read");
    must(outbox_pull_save(outbox, &store, &err), "read");
    must(outbox_prove(outbox, canteen.sn, OUTBOX_PROOF_READ, canteen.through, NOW - 200, &err),
         "proof");
}

static void read_vendor(struct outbox *outbox)
{
    struct outbox_reading reading = {.state = OUTBOX_READING_WELL,
                                     .looked_s = NOW - 95,
                                     .read_s = NOW - 95,
                                     .came_s = NOW - 1500,
                                     .bytes = INT64_C(18874368),
                                     .pages = 4608,
                                     .waiting = 2,
                                     .restless = 1,
                                     .rows = 214655,
                                     .fresh = 211843,
                                     .known = 2790,
                                     .aside = 22,
                                     .typed = 17,
                                     .last = (NOW + ZONE_S) / 60 * 60 - 1560,
                                     .path = "C:\\Program Files (x86)\\HIPPremiumTime-2.0.4"
                                             "\\db\\Pm2014.mdb"};
    must(outbox_reading_save(outbox, &reading, &err), "vendor's database");
}

static void read_log(struct outbox *outbox)
{
    struct outbox_file file;
    must(outbox_file_begin(outbox, "front-office.txt", &file, &err), "file");
    file.size = 18233;
    file.modified_s = NOW - 6 * 3600;
    file.read_s = NOW - 84 * 60;
    file.new_count = 214;
    file.known_count = 31;
    snprintf(file.archived_as, sizeof file.archived_as, "front-office.txt");
    must(outbox_file_save(outbox, &file, &err), "file");
}

/* All that came is in the database, within seconds. */
static void deliver(struct outbox *outbox, int64_t left)
{
    struct outbox_counts counts;
    struct outbox_delays yesterday = {{380, 61, 9, 2, 0, 0, 0}, 700};
    struct outbox_delays today = {{10 - left, 2, 0, 0, 0, 0, 0}, 14};
    must(outbox_counts(outbox, &counts, &err), "counts");
    must(outbox_advance(outbox, counts.last_id - left, NOW - 40, &err), "advance");
    must(outbox_delivered(outbox, &yesterday, NOW - 20 * 3600, &err), "delays");
    must(outbox_delivered(outbox, &today, NOW - 3600, &err), "delays");
    must(outbox_count_hours(outbox, NOW, INT64_C(1000000), &err), "hours");
    for (int minute = 55; minute >= 0; minute -= 5) {
        must(outbox_sample(outbox, NOW - minute * 60, &err), "sample");
    }
}

static void connect(struct outbox *outbox)
{
    note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "connected");
    note(outbox, OUTBOX_NOTE_UPLOADER_HOST, "db.example:3306");
    note(outbox, OUTBOX_NOTE_UPLOADER_SERVER, "10.11.11-MariaDB");
    note(outbox, OUTBOX_NOTE_UPLOADER_TLS, "TLSv1.3 TLS_AES_256_GCM_SHA384");
    note(outbox, OUTBOX_NOTE_UPLOADER_TLS_ISSUER, "CN=Example Authority");
    note_time(outbox, OUTBOX_NOTE_UPLOADER_TLS_UNTIL, NOW + 211 * DAY_S);
    note_time(outbox, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, NOW - 40);
    note_time(outbox, OUTBOX_NOTE_UPLOADER_REACHED, NOW - 40);
    note(outbox, OUTBOX_NOTE_UPLOADER_ROUND_TRIP, "4210");
}

static void tell(struct outbox *outbox, int event, size_t count, const char *const *strings,
                 int64_t ago_s)
{
    must(concern_note(outbox, event, count, strings, NOW - ago_s, &err), "event");
}

/* ---- the states ---- */

static void start_first(struct outbox *outbox, const struct state *state)
{
    (void)state;
    note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "not configured");
    note(outbox, OUTBOX_NOTE_PC_VENDOR,
         "C:\\Program Files (x86)\\HIPPremiumTime-2.0.4\\db\\Pm2014.mdb");
}

static void be_well(struct outbox *outbox, const struct state *state)
{
    connect(outbox);
    work(outbox, state->terminals);
    know(outbox, state->terminals, 3);
    read_log(outbox);
    deliver(outbox, 0);
}

static void lose_folder(struct outbox *outbox, const struct state *state)
{
    static const char *const strings[] = {"D:\\Premium\\alog",
                                          "cannot read the folder D:\\Premium\\alog: The system "
                                          "cannot find the path specified (3)"};
    be_well(outbox, state);
    tell(outbox, EVENT_LOG_FOLDER_UNREADABLE, HB_COUNT(strings), strings, 1500);
}

static void lose_database(struct outbox *outbox, const struct state *state)
{
    connect(outbox);
    work(outbox, state->terminals);
    know(outbox, state->terminals, 3);
    read_some(outbox);
    read_log(outbox);
    deliver(outbox, 6);
    note_time(outbox, OUTBOX_NOTE_UPLOADER_LAST_SUCCESS, NOW - 2 * 3600);
    note_time(outbox, OUTBOX_NOTE_UPLOADER_REACHED, NOW - 2 * 3600);
    note(outbox, OUTBOX_NOTE_UPLOADER_STATE, "waiting");
    note(outbox, OUTBOX_NOTE_UPLOADER_ERROR,
         "cannot connect to the database at db.example:3306: Can't connect to server (10060)");
}

/* Every way that punches come. */
static void be_all(struct outbox *outbox, const struct state *state)
{
    static const char *const strings[] = {"C:\\Program Files (x86)\\HIPPremiumTime-2.0.4"
                                          "\\db\\Pm2014.mdb",
                                          "22"};
    be_well(outbox, state);
    read_some(outbox);
    read_vendor(outbox);
    tell(outbox, EVENT_ACCESS_ROWS_ASIDE, HB_COUNT(strings), strings, 1500);
}

static void be_many(struct outbox *outbox, const struct state *state)
{
    connect(outbox);
    work(outbox, 12);
    know(outbox, state->terminals, 3);
    struct outbox_device device;
    bool found = false;
    char sn[PUNCH_SN_MAX + 1];
    for (int i = 7; i < 60; i += 20) {
        sn_of(i, sn);
        must(outbox_device(outbox, sn, &device, &found, &err) && found, "terminal");
        device.last_seen_s = NOW - 4000 - i * 60;
        must(outbox_device_save(outbox, &device, &err), "terminal");
    }
    read_log(outbox);
    deliver(outbox, 0);
}

static void be_stormed(struct outbox *outbox, const struct state *state)
{
    be_well(outbox, state);
    for (int i = 0; i < 40; i++) {
        char address[24];
        snprintf(address, sizeof address, "203.0.113.%d", i + 1);
        const char *const strings[] = {address, "-", "the address is in none of allowed_networks",
                                       "1800"};
        tell(outbox, EVENT_REQUEST_REFUSED, HB_COUNT(strings), strings, 60 + i);
    }
}

static const struct state states[] = {
    {"first-start", 0, false, start_first},    {"well", OFFICE, true, be_well},
    {"log-folder", OFFICE, true, lose_folder}, {"database-away", OFFICE, true, lose_database},
    {"three-hundred", MANY, true, be_many},    {"storm", OFFICE, true, be_stormed},
    {"all-sources", OFFICE, true, be_all},
};

/* ---- one of them ---- */

static const char every_source[] =
    "\"access\":{\"enabled\":true,\"path\":"
    "\"C:\\\\Program Files (x86)\\\\HIPPremiumTime-2.0.4\\\\db\\\\Pm2014.mdb\"},"
    "\"pull\":{\"terminals\":[{\"address\":\"192.168.1.202\"},"
    "{\"address\":\"192.168.1.203\",\"port\":5005,\"protocol\":\"fk\"}]},";

static struct config *config_of(const struct state *state)
{
    size_t size = 200 + MANY * 64;
    char *text = malloc(size);
    must(text != NULL, "memory");
    size_t len = (size_t)snprintf(
        text, size,
        "{\"database\":{\"host\":\"%s\"},\"sync\":{\"log_directory\":\"D:\\\\Premium\\\\alog\"},"
        "%s\"listener\":{\"devices\":[",
        state->database ? "db.example" : "", state->furnish == be_all ? every_source : "");
    for (int i = 0; i < state->terminals; i++) {
        char sn[PUNCH_SN_MAX + 1];
        char name[64];
        sn_of(i, sn);
        snprintf(name, sizeof name, i < OFFICE ? "%s" : "Site %s", i < OFFICE ? names[i] : sn + 9);
        len += (size_t)snprintf(text + len, size - len, "%s{\"sn\":\"%s\",\"name\":\"%s\"}",
                                i > 0 ? "," : "", sn, name);
    }
    snprintf(text + len, size - len, "]}}");
    struct config *config =
        config_parse(span_of(text), "C:\\ProgramData\\HipBridge\\config.json", &err);
    must(config != NULL, "configuration");
    free(text);
    return config;
}

static void make(const struct state *state, const char *folder)
{
    char path[FILE_PATH_MAX];
    struct config *config = config_of(state);
    snprintf(path, sizeof path, "%s/%s.db", folder, state->name);
    remove(path);
    struct outbox *outbox = outbox_open(path, NULL, &err);
    must(outbox != NULL, "outbox");
    must(outbox_begin(outbox, &err), "begin");
    note(outbox, OUTBOX_NOTE_SERVICE_VERSION, HIPBRIDGE_VERSION);
    note_time(outbox, OUTBOX_NOTE_SERVICE_STARTED, NOW - 9 * 3600);
    note_time(outbox, OUTBOX_NOTE_SYNC_LAST_RUN, NOW - 84 * 60);
    note_time(outbox, OUTBOX_NOTE_SYNC_NEXT_RUN, NOW + 216 * 60);
    note(outbox, OUTBOX_NOTE_PC_ADDRESSES, "192.168.1.10");
    note(outbox, OUTBOX_NOTE_PC_CALLED, "192.168.1.10");
    char watched[80];
    snprintf(watched, sizeof watched, "%d %d 0", NOW - 9 * 3600, (int)NOW);
    note(outbox, OUTBOX_NOTE_TERMINALS_WATCHED, watched);
    state->furnish(outbox, state);
    must(outbox_commit(outbox, &err), "commit");
    char *text = status_json(outbox, config, "running", NOW, &err);
    must(text != NULL, "status");
    outbox_close(outbox);
    snprintf(path, sizeof path, "%s/%s.json", folder, state->name);
    FILE *out = fopen(path, "wb");
    must(out != NULL && fputs(text, out) >= 0 && fclose(out) == 0, path);
    free(text);
    config_free(config);
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fputs("usage: states FOLDER\n", stderr);
        return 2;
    }
    for (size_t i = 0; i < HB_COUNT(states); i++) {
        make(&states[i], arguments[1]);
    }
    return 0;
}
