/* speech: which protocol is spoken, and what of it is masked in a record. */
#include "check.h"

#include "formats/speech.h"

enum { BYTES_MAX = 4096 };

#define BYTES(literal) ((struct span){(literal), sizeof(literal) - 1})

static void what_is_spoken_is_told_by_its_first_bytes(void **state)
{
    static const struct {
        struct span first;
        enum speech_kind kind;
    } cases[] = {
        {{"", 0}, SPEECH_NOTHING},
        {{"GET", 3}, SPEECH_NOTHING},
        {{"GET /iclock/cdata?SN=A1&options=all HTTP/1.1\r\n", 46}, SPEECH_ICLOCK},
        {{"GET /cdata?SN=A1 HTTP/1.1\r\n", 27}, SPEECH_ICLOCK},
        {{"POST / HTTP/1.0\r\nREQUEST_CODE: receive_cmd\r\n", 44}, SPEECH_FKWEB},
        {{"GET / HTTP/1.1\r\nHost: x\r\n", 25}, SPEECH_HTTP},
        {{"\x50\x50\x82\x7d\x08\0\0\0", 8}, SPEECH_PULL},
        {{"\x55\xaa\x01\x80\0\0\0\0\x34\x12\xff\xff", 12}, SPEECH_FK},
        {{"\x16\x03\x01\x02\0\x01", 6}, SPEECH_TLS},
        {{"\x5a\xa5\0\0\0", 5}, SPEECH_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        char input[24];
        snprintf(input, sizeof input, "case %zu", i);
        CHECK_INT(input, cases[i].kind, speech_of(cases[i].first));
        assert_true(speech_words(cases[i].kind)[0] != '\0');
    }
}

/* Masks a conversation of one side, in pieces of `piece` bytes (0: whole). */
static const char *masked(enum speech_kind kind, enum speech_side side, struct span text,
                          size_t piece)
{
    static char bytes[BYTES_MAX + 1];
    struct speech speech;
    memset(&speech, 0, sizeof speech);
    speech.kind = kind;
    assert_true(text.len <= BYTES_MAX);
    memcpy(bytes, text.at, text.len);
    bytes[text.len] = '\0';
    for (size_t at = 0; at < text.len;) {
        size_t part = piece != 0 && piece < text.len - at ? piece : text.len - at;
        speech_mask(&speech, side, bytes + at, part);
        at += part;
    }
    return bytes;
}

static void secrets_in_http_are_masked_one_for_one(void **state)
{
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"POST /iclock/cdata?SN=A1&table=ATTLOG&Stamp=1 HTTP/1.1\r\nContent-Length: 28\r\n\r\n"
         "1001\t2026-01-15 08:01:02\t0\t1",
         "POST /iclock/cdata?SN=A1&table=ATTLOG&Stamp=1 HTTP/1.1\r\nContent-Length: 28\r\n\r\n"
         "1001\t2026-01-15 08:01:02\t0\t1"},
        {"POST /iclock/cdata?SN=A1&table=OPERLOG HTTP/1.1\r\nContent-Length: 55\r\n\r\n"
         "USER PIN=1\tName=A B\tPasswd=1234\tCard=99\r\nFP PIN=1\tTMP=x",
         "POST /iclock/cdata?SN=A1&table=OPERLOG HTTP/1.1\r\nContent-Length: 55\r\n\r\n"
         "USER PIN=1\tName=***\tPasswd=****\tCard=**\r\nFP PIN=1\tTMP=*"},
        {"GET /iclock/x?DeviceName=F18&name=Som&FileName=1.jpg&PIN=7 HTTP/1.1\r\n\r\n",
         "GET /iclock/x?DeviceName=F18&name=***&FileName=1.jpg&PIN=7 HTTP/1.1\r\n\r\n"},
        {"POST /iclock/cdata?SN=A1&table=OPERLOG HTTP/1.1\r\nContent-Length: 49\r\n\r\n"
         "USER PIN=9\tName=สมชาย\tViceCard=77\tGrp=1",
         "POST /iclock/cdata?SN=A1&table=OPERLOG HTTP/1.1\r\nContent-Length: 49\r\n\r\n"
         "USER PIN=9\tName=***************\tViceCard=**\tGrp=1"},
        {"POST /iclock/x HTTP/1.1\r\nContent-Length: 75\r\n\r\n"
         "{\"user_id\":\"7\",\"user_name\":\"Som "
         "Chai\",\"dev_name\":\"F18\",\"card_no\":123,\"x\":1}",
         "POST /iclock/x HTTP/1.1\r\nContent-Length: 75\r\n\r\n"
         "{\"user_id\":\"7\",\"user_name\":\"********\",\"dev_name\":\"F18\",\"card_no\":***,\"x\":"
         "1}"},
        {"POST /iclock/cdata?SN=A1&table=BIODATA HTTP/1.1\r\nContent-Length: 5\r\n\r\nabcde",
         "POST /iclock/cdata?SN=A1&table=BIODATA HTTP/1.1\r\nContent-Length: 5\r\n\r\n*****"},
        {"POST /iclock/fdata?SN=A1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /iclock/ping",
         "POST /iclock/fdata?SN=A1 HTTP/1.1\r\nContent-Length: 3\r\n\r\n***GET /iclock/ping"},
        {"GET /iclock/cdata?SN=A1&pushcommkey=abc&language=69 HTTP/1.1\r\n\r\n",
         "GET /iclock/cdata?SN=A1&pushcommkey=***&language=69 HTTP/1.1\r\n\r\n"},
        {"POST /x HTTP/1.1\r\nContent-Length: 39\r\n\r\n{\"password\": \"a\\\"b\", \"n\": 1, "
         "\"pwd\": 12}",
         "POST /x HTTP/1.1\r\nContent-Length: 39\r\n\r\n{\"password\": \"****\", \"n\": 1, "
         "\"pwd\": **}"},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        for (size_t piece = 0; piece < 8; piece++) {
            CHECK_TEXT(cases[i].text, cases[i].wanted,
                       masked(SPEECH_ICLOCK, SPEECH_CALLER, span_of(cases[i].text), piece));
        }
    }
}

static void put_length(char *at, size_t len)
{
    for (int i = 0; i < 4; i++) {
        at[i] = (char)(len >> 8 * i);
    }
}

/* A request of FkWeb, with a binary; `body` is where the body begins. */
static struct span fkweb(const char *code, const char *more, const char *json, const char *binary,
                         size_t *body)
{
    static char bytes[BYTES_MAX];
    size_t json_len = strlen(json) + 1;
    size_t len = 8 + json_len + strlen(binary);
    int head = snprintf(bytes, sizeof bytes,
                        "POST / HTTP/1.0\r\nrequest_code: %s\r\ndev_id: A1\r\n%sContent-Length: "
                        "%zu\r\n\r\n",
                        code, more, len);
    char *at = bytes + head;
    put_length(at, json_len);
    memcpy(at + 4, json, json_len);
    put_length(at + 4 + json_len, strlen(binary));
    memcpy(at + 8 + json_len, binary, strlen(binary));
    *body = (size_t)head;
    return (struct span){bytes, (size_t)head + len};
}

static void of_fkweb_only_logs_keep_their_binaries(void **state)
{
    static const struct {
        const char *code;
        const char *more;
        const char *json;
        bool json_stays;
        bool binary_stays;
    } cases[] = {
        {"realtime_glog", "", "{\"user_id\":\"13\",\"log_image\":\"BIN_1\"}", true, false},
        {"realtime_enroll_data", "", "{\"user_id\":\"13\"}", false, false},
        {"send_cmd_result", "", "{\"log_count\":1,\"log_array\":\"BIN_1\"}", true, true},
        {"send_cmd_result", "blk_no: 1\r\n", "{\"log_count\":1,\"log_array\":\"BIN_1\"}", true,
         true},
        {"send_cmd_result", "blk_no: 2\r\n", "{\"log_count\":1,\"log_array\":\"BIN_1\"}", false,
         false},
        {"send_cmd_result", "", "{\"user_id\":\"1\",\"enroll_data_array\":[\"BIN_1\"]}", true,
         false},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        for (size_t piece = 0; piece < 4; piece++) {
            size_t body = 0;
            struct span text =
                fkweb(cases[i].code, cases[i].more, cases[i].json, "FINGERPRINT", &body);
            const char *got = masked(SPEECH_FKWEB, SPEECH_CALLER, text, piece);
            assert_memory_equal(text.at, got, body);
            CHECK_INT(cases[i].json, cases[i].json_stays,
                      memcmp(got + body + 4, cases[i].json, strlen(cases[i].json)) == 0);
            CHECK_INT(cases[i].json, cases[i].binary_stays,
                      memcmp(got + text.len - 11, "FINGERPRINT", 11) == 0);
            CHECK_INT(cases[i].json, !cases[i].binary_stays,
                      memcmp(got + text.len - 11, "***********", 11) == 0);
        }
    }
}

static void the_password_of_port_5005_is_masked_and_what_is_not_known(void **state)
{
    static const char asked[] = "\x55\xaa\x01\x80\x11\x22\x33\x44\x34\x12\xff\xff\0\0\x01\0"
                                "\x55\xaa\x01\xb4\x08\0\0\0\0\0\xff\xff\0\0\x02\0"
                                "\x55\xaa\x01\xb3\0\0\0\0\0\0\0\0\x08\0\x03\0"
                                "\x55\xaa\xea\x07\x09\x1c\x01\x17\x15\x29\0\0"
                                "\x55\xaa\x01\xe1\0\0\0\0\0\0\0\0\x04\0\x04\0"
                                "\x55\xaa\x66\x67\x68\x69\0\0";
    struct speech speech;
    char bytes[sizeof asked];
    char answer[] = "\xaa\x55\x01\x01\0\0\0\0\x04\0\x55\xaa"
                    "FINGER"
                    "\0\0\0\0";
    (void)state;
    memset(&speech, 0, sizeof speech);
    speech.kind = SPEECH_FK;
    memcpy(bytes, asked, sizeof asked);
    speech_mask(&speech, SPEECH_CALLER, bytes, sizeof asked - 1);
    assert_memory_equal("\x55\xaa\x01\x80****\x34\x12\xff\xff\0\0\x01\0", bytes, 16);
    assert_memory_equal(asked + 16, bytes + 16, 16 + 16 + 12 + 16);
    assert_null(memchr(bytes + 76, 'f', 8));
    speech_mask(&speech, SPEECH_CALLED, answer, sizeof answer - 1);
    assert_memory_equal("\xaa\x55\x01\x01\0\0\0\0\x04\0", answer, 10);
    assert_memory_equal("************", answer + 10, 12);

    /* The records, the next question, stay. */
    memcpy(bytes, asked + 16, 16);
    char records[] = "\xaa\x55\x01\x01\0\0\0\0\x02\0\x55\xaa"
                     "RECORD";
    speech_mask(&speech, SPEECH_CALLER, bytes, 16);
    speech_mask(&speech, SPEECH_CALLED, records, sizeof records - 1);
    assert_memory_equal("RECORD", records + 12, 6);
}

static void the_key_of_port_4370_and_its_users_are_masked(void **state)
{
    struct speech speech;
    char key[] = "\x50\x50\x82\x7d\x0c\0\0\0\x4e\x04\0\0\0\0\x01\0"
                 "KEY!";
    char users[] = "\x50\x50\x82\x7d\x13\0\0\0\xdf\x05\0\0\0\0\x02\0\x01\x09\0\x05\0\0\0\0\0\0\0";
    char log[] = "\x50\x50\x82\x7d\x13\0\0\0\xdf\x05\0\0\0\0\x03\0\x01\x0d\0\0\0\0\0\0\0\0\0";
    char data[] = "\x50\x50\x82\x7d\x0c\0\0\0\xdd\x05\0\0\0\0\x02\0"
                  "1234";
    char again[sizeof data];
    memcpy(again, data, sizeof data);
    (void)state;
    memset(&speech, 0, sizeof speech);
    speech.kind = SPEECH_PULL;
    speech_mask(&speech, SPEECH_CALLER, key, sizeof key - 1);
    assert_memory_equal("****", key + 16, 4);
    speech_mask(&speech, SPEECH_CALLER, users, sizeof users - 1);
    speech_mask(&speech, SPEECH_CALLED, data, sizeof data - 1);
    assert_memory_equal("****", data + 16, 4);
    speech_mask(&speech, SPEECH_CALLER, log, sizeof log - 1);
    speech_mask(&speech, SPEECH_CALLED, again, sizeof again - 1);
    assert_memory_equal("1234", again + 16, 4);
}

/* Whatever comes, it ends, and no byte is written beside. */
static void nonsense_is_taken_in_pieces(void **state)
{
    static const enum speech_kind kinds[] = {SPEECH_ICLOCK, SPEECH_FKWEB, SPEECH_PULL, SPEECH_FK};
    uint64_t random = UINT64_C(20261129);
    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct speech speech;
        char bytes[64];
        memset(&speech, 0, sizeof speech);
        speech.kind = kinds[i % 4];
        for (int k = 0; k < 50; k++) {
            for (size_t at = 0; at < sizeof bytes; at++) {
                random = random * 6364136223846793005u + 1442695040888963407u;
                bytes[at] = (char)(random >> 56);
            }
            if (random % 3 == 0) {
                memcpy(bytes, "\x55\xaa\x01\x80\r\n\r\nPasswd=", 15);
            }
            speech_mask(&speech, k % 2 == 0 ? SPEECH_CALLER : SPEECH_CALLED, bytes,
                        (size_t)(random >> 33) % sizeof bytes);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_spoken_is_told_by_its_first_bytes),
        cmocka_unit_test(secrets_in_http_are_masked_one_for_one),
        cmocka_unit_test(of_fkweb_only_logs_keep_their_binaries),
        cmocka_unit_test(the_password_of_port_5005_is_masked_and_what_is_not_known),
        cmocka_unit_test(the_key_of_port_4370_and_its_users_are_masked),
        cmocka_unit_test(nonsense_is_taken_in_pieces),
    };
    return cmocka_run_group_tests_name("speech", tests, NULL, NULL);
}
