/*
 * What becomes of Windows Firewall's rule: the COM calls are Windows' own, what is decided is here.
 */
#include "check.h"

#include "system/firewall.h"

#define WORDS "Lets attendance terminals deliver. "

static void a_mark_is_of_one_port_and_one_list(void **state)
{
    char one[FIREWALL_MARK_MAX];
    char other[FIREWALL_MARK_MAX];
    (void)state;
    firewall_mark(9090, "10.0.0.0/8", one);
    firewall_mark(9090, "10.0.0.0/8", other);
    CHECK_TEXT("the same", one, other);
    firewall_mark(9091, "10.0.0.0/8", other);
    assert_string_not_equal(one, other);
    firewall_mark(9090, "10.0.0.0/9", other);
    assert_string_not_equal(one, other);
    firewall_mark(65535, "", other);
    assert_true(strlen(other) < FIREWALL_MARK_MAX - 1 && other[strlen(other) - 1] == ']');
}

static void what_an_administrator_narrowed_stays(void **state)
{
    char mark[FIREWALL_MARK_MAX];
    char before[FIREWALL_MARK_MAX];
    char text[200];
    (void)state;
    firewall_mark(9090, "10.0.0.0/8,192.168.0.0/16", mark);
    firewall_mark(9090, "10.0.0.0/8", before);
    snprintf(text, sizeof text, WORDS "%s", mark);
    CHECK_INT("written for this", FIREWALL_LEAVE, firewall_plan(text, "10.0.0.0/255.0.0.0", mark));
    CHECK_INT("and narrowed", FIREWALL_LEAVE, firewall_plan(text, "10.1.2.3", mark));
    CHECK_INT("and widened", FIREWALL_LEAVE, firewall_plan(text, "*", mark));
    CHECK_INT("the mark alone", FIREWALL_LEAVE, firewall_plan(mark, "10.1.2.3", mark));
    CHECK_INT("another mark alone", FIREWALL_WRITE, firewall_plan(before, "10.1.2.3", mark));
    snprintf(text, sizeof text, WORDS "%s", before);
    CHECK_INT("allowed_networks changed", FIREWALL_WRITE,
              firewall_plan(text, "10.0.0.0/255.0.0.0", mark));
    CHECK_INT("of a version without marks", FIREWALL_WRITE, firewall_plan(WORDS, "*", mark));
    CHECK_INT("and narrowed since", FIREWALL_WRITE_PORT, firewall_plan(WORDS, "10.1.2.3", mark));
    CHECK_INT("nothing to be read", FIREWALL_WRITE_PORT, firewall_plan("", "", mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_is_of_one_port_and_one_list),
        cmocka_unit_test(what_an_administrator_narrowed_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
