#include "net/request_line.h"

#include "check.h"

static void an_address_is_split_as_it_was_sent(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        const char *path;
        const char *query; /* NULL: none */
    } cases[] = {
        {"/iclock/cdata?SN=A1&table=ATTLOG", "/iclock/cdata", "SN=A1&table=ATTLOG"},
        {"/iclock/cdata", "/iclock/cdata", NULL},
        {"/iclock/cdata?", "/iclock/cdata", ""},
        {"/a?b?c", "/a", "b?c"},
        {"/a%3Fb?c=%26", "/a%3Fb", "c=%26"},
        {"", "", NULL},
        {"?", "", ""},
        {"*", "*", NULL},
        {"http://pc:9090/iclock/ping?SN=A1", "/iclock/ping", "SN=A1"},
        {"HTTP://pc/iclock/ping", "/iclock/ping", NULL},
        {"http://pc", "", NULL},
        {"http://", "", NULL},
        {"http:///x", "/x", NULL},
        {"http://pc?SN=A/1", "", "SN=A/1"},
        {"https://pc/x", "https://pc/x", NULL},
        {"/http://pc/x", "/http://pc/x", NULL},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct request_line line;
        request_line_read(span_of(cases[i].url), &line);
        CHECK_INT(cases[i].url, true, span_equal(span_of(cases[i].path), line.path));
        CHECK_INT(cases[i].url, cases[i].query != NULL, line.query.at != NULL);
        CHECK_INT(cases[i].url, true,
                  span_equal(span_of(cases[i].query != NULL ? cases[i].query : ""), line.query));
    }
}

static void no_address_at_all_has_no_path(void **state)
{
    (void)state;
    struct request_line line;
    request_line_read((struct span){NULL, 0}, &line);
    CHECK_INT("NULL", 0, line.path.len);
    CHECK_INT("NULL", 0, line.query.len);
}

static void a_length_is_digits_alone(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool expected;
        uint64_t length;
    } cases[] = {
        {"", true, 0},
        {"0", true, 0},
        {"000075", true, 75},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999", false, 0},
        {"+5", false, 0},
        {"-5", false, 0},
        {"5 ", false, 0},
        {" 5", false, 0},
        {"5,5", false, 0},
        {"0x10", false, 0},
        {"1e3", false, 0},
        {"\xD9\xA3", false, 0},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        uint64_t length = 1;
        CHECK_INT(cases[i].value, cases[i].expected,
                  request_line_length(span_of(cases[i].value), &length));
        CHECK_INT(cases[i].value, cases[i].length == length, true);
    }
}

static void a_browser_is_known_by_its_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        bool expected;
    } cases[] = {
        {"Origin", true},
        {"ORIGIN", true},
        {"Referer", true},
        {"Sec-Fetch-Site", true},
        {"sec-ch-ua", true},
        {"Sec-WebSocket-Key", true},
        {"Upgrade-Insecure-Requests", true},
        {"Access-Control-Request-Method", true},
        {"access-control-request-private-network", true},
        {"", false},
        {"Sec", false},
        {"Original", false},
        {"X-Origin", false},
        {"Access-Control-Request", false},
        /* what terminals send */
        {"Host", false},
        {"User-Agent", false},
        {"Accept", false},
        {"Accept-Charset", false},
        {"Accept-Language", false},
        {"Content-Language", false},
        {"Cookie", false},
        {"MAC", false},
        {"request_code", false},
        {"dev_id", false},
        {"X-Forwarded-For", false},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_INT(cases[i].header, cases[i].expected,
                  request_line_is_browsers(span_of(cases[i].header)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_split_as_it_was_sent),
        cmocka_unit_test(no_address_at_all_has_no_path),
        cmocka_unit_test(a_length_is_digits_alone),
        cmocka_unit_test(a_browser_is_known_by_its_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
