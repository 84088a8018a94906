/* voice, by itself and by way of intake: what a stranger says in a terminal's name. */
#include "terminal_a1.h"

#include "iclock/devicecmd.h"
#include "terminals/audit.h"
#include "terminals/voice.h"

enum { MINUTE = 60, HOUR = 3600 };

/* Who speaks when ("A 0"), with who is then believed and whether it is torn. */
static void two_in_turn_are_told_from_a_new_lease(void **state)
{
    static const struct {
        const char *what;
        struct {
            const char *from; /* NULL: no more */
            int64_t at_s;
            bool delivers;
        } words[6];
        const char *believed;
        bool torn;
    } cases[] = {
        {"one", {{"10.0.0.1", 0, true}, {"10.0.0.1", 10, true}}, "10.0.0.1", false},
        {"a new lease", {{"10.0.0.1", 0, true}, {"10.0.0.2", 7200, true}}, "10.0.0.2", false},
        {"one at once, which is believed once the former is quiet",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 20, true}, {"10.0.0.2", 321, true}},
         "10.0.0.2",
         false},
        {"not sooner",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 20, true}, {"10.0.0.2", 299, true}},
         "10.0.0.1",
         false},
        {"in turn",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 5, false}, {"10.0.0.1", 10, true}},
         "10.0.0.1",
         true},
        {"in turn, within the hour",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 30 * MINUTE, false}, {"10.0.0.1", 59 * MINUTE, true}},
         "10.0.0.1",
         true},
        {"back after more than an hour: two leases",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 30 * MINUTE, true}, {"10.0.0.1", 61 * MINUTE, true}},
         "10.0.0.1",
         false},
        {"three leases",
         {{"10.0.0.1", 0, true}, {"10.0.0.2", 400, true}, {"10.0.0.3", 800, true}},
         "10.0.0.3",
         false},
        {"the second in turn is not heard more for speaking often",
         {{"10.0.0.1", 0, true},
          {"10.0.0.2", 1, true},
          {"10.0.0.2", 2, true},
          {"10.0.0.2", 3, true},
          {"10.0.0.1", 4, true}},
         "10.0.0.1",
         true},
        {"who came first and brings nothing gives way to who does",
         {{"10.0.0.66", 0, false}, {"10.0.0.1", 5, true}, {"10.0.0.66", 6, false}},
         "10.0.0.1",
         true},
        {"whose punches came does not, to another's",
         {{"10.0.0.1", 0, true}, {"10.0.0.66", 5, true}},
         "10.0.0.1",
         false},
        {"a network of IPv6 is one",
         {{"2001:db8::1", 0, true}, {"2001:db8::2", 5, true}, {"2001:db8::1", 9, true}},
         "2001:db8::",
         false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox_voice voice = {.heard_s = 0};
        int64_t at_s = 0;
        for (size_t k = 0; k < HB_COUNT(cases[i].words) && cases[i].words[k].from != NULL; k++) {
            struct address from;
            bool fresh = false;
            at_s = INT64_C(1700000000) + cases[i].words[k].at_s;
            assert_true(address_parse(span_of(cases[i].words[k].from), &from));
            voice_hear(&voice, &from, 60, at_s, &fresh);
            if (cases[i].words[k].delivers) {
                voice_delivers(&voice, &from, at_s, &fresh);
            }
        }
        CHECK_TEXT(cases[i].what, cases[i].believed, voice.address);
        CHECK_INT(cases[i].what, cases[i].torn, voice_is_torn(&voice, at_s));
        CHECK_INT(cases[i].what, false, voice_is_torn(&voice, at_s + VOICE_TORN_S));
    }
}

/* The stranger speaks from next door; the terminal itself goes on as ever. */
static void as_stranger(void)
{
    peer_address = "10.0.0.66";
}

static void as_terminal(void)
{
    peer_address = "10.0.0.1";
}

static const char *handshake(const char *more)
{
    char query[80];
    snprintf(query, sizeof query, "SN=A1&options=all%s", more);
    return ask(ICLOCK_GET, "/iclock/cdata", query, "");
}

static struct outbox_device stored(void)
{
    struct outbox_device device;
    bool found = false;
    wait_s(INTAKE_FLUSH_S);
    intake_flush(intake, now);
    DO(outbox_device(outbox, "A1", &device, &found, &err));
    assert_true(found);
    return device;
}

static void a_stranger_makes_the_terminal_skip_nothing(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    as_stranger();
    ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=ATTLOG&Stamp=2000000000",
        "66\t2036-03-04 11:00:00\n");
    as_terminal();
    assert_non_null(strstr(handshake(""), "ATTLOGStamp=1\n"));
}

/* Nobody's stamp is taken for what held no punch. */
static void a_stamp_needs_a_punch(void **state)
{
    static const struct {
        const char *query;
        const char *body;
        const char *stamp;
    } cases[] = {
        {"table=ATTLOG&Stamp=7", "1\t2036-03-04 11:00:00\n", "7"},
        {"table=ATTLOG&Stamp=8", "", "7"},
        {"table=ATTLOG&Stamp=8", "\n\n", "7"},
        {"table=ATTLOG&Stamp=8", "rubbish\n", "7"},
        {"table=ATTLOG&Stamp=8", "1\t2036-02-30 11:00:00\n", "7"},
        {"table=ATTLOG&Stamp=9", "1\t2036-03-04 11:00:00\n", "9"}, /* known */
        {"table=ATTLOG&Stamp=10", "rubbish\n2\t2036-03-04 11:00:00\n", "10"},
        {"table=OPERLOG&Stamp=11", "OPLOG 0\t0\t2036-03-04 11:00:00\n", "10"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char query[80];
        char expected[40];
        snprintf(query, sizeof query, "SN=A1&%s", cases[i].query);
        ask(ICLOCK_POST, "/iclock/cdata", query, cases[i].body);
        snprintf(expected, sizeof expected, "ATTLOGStamp=%s\n", cases[i].stamp);
        CHECK_INT(query, true, strstr(handshake(""), expected) != NULL);
    }
    ask(ICLOCK_POST, "/iclock/cdata", "SN=A1&table=OPERLOG&Stamp=12", "");
    assert_null(strstr(handshake(""), "OPERLOGStamp=12\n"));
}

static void a_stranger_says_nothing_of_its_kind(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    as_stranger();
    handshake("&DeviceType=pid");
    ask(ICLOCK_POST, "/iclock/registry", "SN=A1", "");
    as_terminal();
    CHECK_TEXT("as it was", "", stored().kind);
}

/* And from its own address: what it says each time, and what it sends. */
static void the_kind_follows_the_terminal(void **state)
{
    static const struct {
        const char *path;
        const char *query;
        const char *body; /* NULL: GET */
        const char *kind;
    } cases[] = {
        {"/iclock/cdata", "SN=A1&options=all&DeviceType=pid", NULL, "pid"},
        {"/iclock/getrequest", "SN=A1", NULL, "pid"},
        {"/iclock/cdata", "SN=A1&options=all", NULL, ""},
        {"/iclock/registry", "SN=A1", "", "acc"},
        {"/iclock/cdata", "SN=A1&table=ATTLOG", "rubbish\n", "acc"},
        {"/iclock/cdata", "SN=A1&table=ATTLOG", "1\t2036-03-04 11:00:00\n", ""},
        {"/iclock/cdata", "SN=A1&table=rtlog",
         "time=2036-03-04 11:00:01\tpin=1\tcardno=0\teventaddr=1\tevent=0\tinoutstatus=0\t"
         "verifytype=1\tindex=1\n",
         "acc"},
        {"/iclock/cdata", "SN=A1&options=all&pushver=3.1.2", NULL, "acc"},
        {"/iclock/cdata", "SN=A1&options=all&pushver=2.4.1", NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        ask(cases[i].body != NULL ? ICLOCK_POST : ICLOCK_GET, cases[i].path, cases[i].query,
            cases[i].body != NULL ? cases[i].body : "");
        CHECK_TEXT(cases[i].query, cases[i].kind, stored().kind);
    }
}

static void a_stranger_gets_no_command_and_answers_none(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    queue("INFO");
    as_stranger();
    CHECK_TEXT("a stranger", "", command());
    as_terminal();
    CHECK_TEXT("the terminal", "INFO", command());
    as_stranger();
    result("Return=-1&CMD=INFO&FWVersion=evil");
    CHECK_INT("not answered", 0, newest().done_s);
    as_terminal();
    result("Return=0&CMD=INFO&FWVersion=Ver 8");
    CHECK_TEXT("answered", "FWVersion=Ver 8", newest().answer);
}

/* The audit finds what is withheld, whatever is said of the terminal from elsewhere. */
static void a_stranger_does_not_blind_the_audit(void **state)
{
    static const struct {
        const char *query;
        const char *body; /* NULL: GET */
    } words[] = {
        {"/iclock/getrequest?SN=A1&INFO=V,1,1,2000000000", NULL},
        {"/iclock/getrequest?SN=A1&INFO=V,1,1,9000000", NULL},
        {"/iclock/getrequest?SN=A1&INFO=V,1,1,3", NULL},
        {"/iclock/getrequest?SN=A1&INFO=V,1,1,0", NULL},
        {"/iclock/cdata?SN=A1&options=all&DeviceType=acc", NULL},
        {"/iclock/cdata?SN=A1&options=all&DeviceType=pid", NULL},
        {"/iclock/registry?SN=A1", ""},
        {"/iclock/devicecmd?SN=A1", "ID=1&Return=-1\nID=2&Return=-1\nID=3&Return=-1\n"},
        {"/iclock/cdata?SN=A1&table=ATTLOG&Stamp=2000000000", ""},
        {"/iclock/cdata?SN=A1&table=ATTLOG&Stamp=2000000000", "rubbish\n"},
        {"/iclock/cdata?SN=A1&table=ATTLOG", "7\t2036-03-04 11:00:02\t99999999999\n8\tat noon\n"},
        {"/iclock/cdata?SN=A1&table=rtlog", "time=2036-03-04 12:00:00\tpin=\tevent=27\n"},
        {"/iclock/cdata?SN=A1&tablename=rtlog&table=tabledata", "1"},
    };
    (void)state;
    push("1\t2036-03-04 11:00:00\n2\t2036-03-04 11:00:01\n3\t2036-03-04 11:00:02\n");
    for (int round = 0; round < 24; round++) { /* never quiet for as long as the audit waits */
        as_terminal();
        ask(ICLOCK_GET, "/iclock/getrequest", "SN=A1&INFO=V,1,1,103", "");
        as_stranger();
        for (size_t i = 0; i < HB_COUNT(words); i++) {
            char path[80];
            size_t len = strcspn(words[i].query, "?");
            snprintf(path, sizeof path, "%.*s", (int)len, words[i].query);
            ask(words[i].body != NULL ? ICLOCK_POST : ICLOCK_GET, path, words[i].query + len + 1,
                words[i].body != NULL ? words[i].body : "");
        }
        wait_s(AUDIT_QUIET_S / 2);
    }
    as_terminal();
    CHECK_INT("217", 1, times_told(EVENT_PUNCHES_MISSING));
    CHECK_INT(last_told(EVENT_PUNCHES_MISSING), 0,
              strncmp("A1|100|103|", last_told(EVENT_PUNCHES_MISSING), 11));
    CHECK_INT("218", 0, times_told(EVENT_PUNCHES_ASKED_FOR));
    assert_true(devicecmd_is_resend(newest().text));
    CHECK_INT("handed to the terminal, whose answer is waited for", 0, newest().done_s);
    CHECK_TEXT("223, once", "A1|10.0.0.1|10.0.0.66", last_told(EVENT_TERMINAL_TWICE));
    CHECK_INT("223", 1, times_told(EVENT_TERMINAL_TWICE));
    wait_s(DAY_S);
    poll();
    as_stranger();
    poll();
    as_terminal();
    poll();
    CHECK_INT("and the next day again", 2, times_told(EVENT_TERMINAL_TWICE));
}

/* A new address, or a stranger who waited for the night: nothing of before is taken for granted. */
static void with_a_new_voice_all_starts_anew(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    ask(ICLOCK_GET, "/iclock/getrequest", "SN=A1&INFO=V,1,1,11", "");
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    assert_true(devicecmd_is_resend(command()));
    result("Return=-1&CMD=DATA");
    poll();
    CHECK_INT("218", 1, times_told(EVENT_PUNCHES_ASKED_FOR));
    handshake("&DeviceType=pid");
    CHECK_INT("written off", 10, stored().audit.settled);

    peer_address = "10.0.0.2";
    wait_s(2 * (int64_t)HOUR);
    assert_non_null(strstr(handshake(""), "ATTLOGStamp=0\n"));
    ask(ICLOCK_GET, "/iclock/getrequest", "SN=A1&INFO=V,1,1,11", "");
    wait_s(AUDIT_INFO_S + AUDIT_QUIET_S);
    assert_true(devicecmd_is_resend(command()));
    CHECK_TEXT("its kind", "", stored().kind);
    CHECK_INT("no alarm", 0, times_told(EVENT_TERMINAL_TWICE));
    as_terminal();
}

/* It says twice that it holds what it has delivered. */
static enum outbox_proof_kind proof_by(const char *records)
{
    struct outbox_proof proof;
    char query[60];
    snprintf(query, sizeof query, "SN=A1&INFO=V,1,1,%s", records);
    for (int i = 0; i < 3; i++) {
        ask(ICLOCK_GET, "/iclock/getrequest", query, "");
        wait_s(COMPLETENESS_AGAIN_S);
    }
    stored();
    DO(outbox_proof(outbox, "A1", &proof, &err));
    return proof.proof;
}

/* The one question that completeness and the audit put: whether this voice is known. */
static void only_a_voice_that_is_known_proves_anything(void **state)
{
    (void)state;
    CHECK_INT("none of its punches came from there", OUTBOX_PROOF_NONE, proof_by("0"));
    push("1\t2036-03-04 11:00:00\n");
    as_stranger();
    CHECK_INT("a stranger who counts right", OUTBOX_PROOF_NONE, proof_by("1"));
    as_terminal();
    CHECK_INT("now two speak in turn", OUTBOX_PROOF_NONE, proof_by("1"));
    wait_s(VOICE_TORN_S);
    CHECK_INT("and no longer", OUTBOX_PROOF_COUNTED, proof_by("1"));
}

/* Who took over while it was away, and has brought nothing, is not known yet. */
static void a_new_voice_is_known_by_its_punches(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    wait_s(2 * (int64_t)HOUR);
    peer_address = "10.0.0.2";
    CHECK_INT("another address", OUTBOX_PROOF_NONE, proof_by("1"));
    push("2\t2036-03-04 11:00:01\n");
    CHECK_INT("a new lease", OUTBOX_PROOF_COUNTED, proof_by("2"));
    as_terminal();
}

/* A stranger's word does not make a terminal that has gone look alive. */
static void who_is_not_believed_is_not_it(void **state)
{
    (void)state;
    push("1\t2036-03-04 11:00:00\n");
    int64_t heard_s = stored().last_seen_s;
    as_stranger();
    wait_s(200);
    poll();
    CHECK_INT("last seen", heard_s, stored().last_seen_s);
    CHECK_TEXT("address", "10.0.0.1", stored().address);
    as_terminal();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_in_turn_are_told_from_a_new_lease),
        TEST(a_stranger_makes_the_terminal_skip_nothing),
        TEST(a_stamp_needs_a_punch),
        TEST(a_stranger_says_nothing_of_its_kind),
        TEST(the_kind_follows_the_terminal),
        TEST(a_stranger_gets_no_command_and_answers_none),
        TEST(a_stranger_does_not_blind_the_audit),
        TEST(with_a_new_voice_all_starts_anew),
        TEST(only_a_voice_that_is_known_proves_anything),
        TEST(a_new_voice_is_known_by_its_punches),
        TEST(who_is_not_believed_is_not_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
