/*
 * HipBridgeMessages.dll as Event Viewer uses it: each id in each language, with its strings in,
 * each as often in the one as in the other, by FormatMessage. The ids are the DLL's own: which
 * there must be is tests/project's to hold.
 */
#include "check.h"

#include <windows.h>

#include "record/event.h"
#include "system/wide.h"

enum { ENGLISH = 0x409, THAI = 0x41e, TEXT_MAX = 4096, IDS_MAX = 256 };

static HMODULE library;
static wchar_t library_path[MAX_PATH];

/* A message table: blocks of ids, each with its entries one after the other. */
static size_t list_ids(WORD language, DWORD ids[IDS_MAX])
{
    size_t count = 0;
    HRSRC found = FindResourceExW(library, MAKEINTRESOURCEW(11), MAKEINTRESOURCEW(1), language);
    assert_non_null(found);
    const MESSAGE_RESOURCE_DATA *data = LockResource(LoadResource(library, found));
    assert_non_null(data);
    for (DWORD i = 0; i < data->NumberOfBlocks; i++) {
        for (DWORD id = data->Blocks[i].LowId; id <= data->Blocks[i].HighId; id++) {
            assert_true(count < IDS_MAX);
            ids[count++] = id;
        }
    }
    return count;
}

static void render(DWORD id, WORD language, char *out, size_t size)
{
    static const wchar_t *strings[EVENT_STRINGS_MAX] = {L"<1>", L"<2>", L"<3>", L"<4>",
                                                        L"<5>", L"<6>", L"<7>", L"<8>"};
    wchar_t text[TEXT_MAX];
    DWORD len = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, library,
                               id, language, text, TEXT_MAX, (va_list *)(void *)strings);
    out[0] = '\0';
    if (len == 0) {
        fail_msg("%lu in language %x: no description (error %lu)", id & 0xffff, language,
                 GetLastError());
    }
    assert_true(wide_to_utf8(text, out, size, NULL));
}

/* How often each string stands in a text: "<1>" to "<8>". */
static void count_strings(const char *text, int count[EVENT_STRINGS_MAX])
{
    memset(count, 0, EVENT_STRINGS_MAX * sizeof *count);
    for (const char *at = strchr(text, '<'); at != NULL; at = strchr(at + 1, '<')) {
        if (at[1] >= '1' && at[1] <= '0' + EVENT_STRINGS_MAX && at[2] == '>') {
            count[at[1] - '1']++;
        }
    }
}

static bool has_thai(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)text[0] == 0xe0 &&
            ((unsigned char)text[1] == 0xb8 || (unsigned char)text[1] == 0xb9)) {
            return true;
        }
    }
    return false;
}

static void test_each_id_renders_in_each_language(void **state)
{
    (void)state;
    DWORD ids[IDS_MAX];
    DWORD thai_ids[IDS_MAX];
    char english[3 * TEXT_MAX];
    char thai[3 * TEXT_MAX];
    size_t count = list_ids(ENGLISH, ids);
    assert_int_equal(count, list_ids(THAI, thai_ids));
    assert_true(count > 30);
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "%lu", ids[i] & 0xffff);
        CHECK_INT(name, ids[i], thai_ids[i]);
        render(ids[i], ENGLISH, english, sizeof english);
        render(ids[i], THAI, thai, sizeof thai);
        int said[EVENT_STRINGS_MAX];
        int said_thai[EVENT_STRINGS_MAX];
        count_strings(english, said);
        count_strings(thai, said_thai);
        for (int string = 0; string < EVENT_STRINGS_MAX; string++) {
            char which[32];
            snprintf(which, sizeof which, "%s, string %d", name, string + 1);
            CHECK_INT(which, said[string], said_thai[string]);
        }
        CHECK_INT(name, 1, has_thai(thai));
        CHECK_INT(name, 0, has_thai(english));
        for (const char *text = english; text != NULL; text = text == english ? thai : NULL) {
            CHECK_INT(name, 1, utf8_valid(span_of(text)));
            if (strchr(text, '%') != NULL || strstr(text, "\xEF\xBF\xBD") != NULL ||
                (unsigned char)text[0] <= ' ') {
                fail_msg("[%s] %s", name, text);
            }
        }
    }
}

static BOOL CALLBACK note_language(HMODULE module, LPCWSTR type, LPCWSTR name, WORD language,
                                   LONG_PTR noted)
{
    (void)module;
    (void)type;
    (void)name;
    assert_true(language == ENGLISH || language == THAI);
    *(unsigned *)noted |= language == ENGLISH ? 1u : 2u;
    return TRUE;
}

/* A third would have to be held as these two are. */
static void test_there_are_these_two_languages(void **state)
{
    (void)state;
    unsigned noted = 0;
    assert_true(EnumResourceLanguagesW(library, MAKEINTRESOURCEW(11), MAKEINTRESOURCEW(1),
                                       note_language, (LONG_PTR)&noted));
    assert_int_equal(3, noted);
}

/* Text 1 is the service's description: a block of 16 texts, each with its length before it. */
static void text_of(WORD language, char *out, size_t size)
{
    wchar_t text[TEXT_MAX];
    HRSRC found = FindResourceExW(library, MAKEINTRESOURCEW(6), MAKEINTRESOURCEW(1), language);
    assert_non_null(found);
    const wchar_t *at = LockResource(LoadResource(library, found));
    assert_non_null(at);
    at += 1 + at[0]; /* behind text 0 */
    assert_in_range(at[0], 40, 1023);
    wmemcpy(text, at + 1, at[0]);
    text[at[0]] = L'\0';
    assert_true(wide_to_utf8(text, out, size, NULL));
}

static void test_the_service_s_description_is_in_each_language(void **state)
{
    (void)state;
    char english[3 * TEXT_MAX];
    char thai[3 * TEXT_MAX];
    text_of(ENGLISH, english, sizeof english);
    text_of(THAI, thai, sizeof thai);
    assert_non_null(strstr(english, "Brings the punches of HIP and ZKTeco"));
    assert_non_null(strstr(thai, "รายการลงเวลาจากเครื่องสแกนของ HIP และ ZKTeco"));
    assert_false(has_thai(english));
}

static void test_the_severity_is_in_the_upper_bits(void **state)
{
    (void)state;
    DWORD ids[IDS_MAX];
    size_t count = list_ids(ENGLISH, ids);
    for (size_t i = 0; i < count; i++) {
        bool category = (ids[i] & 0xffff) < 100;
        CHECK_INT("category or event", category, ids[i] >> 30 == 0);
    }
}

/* Event Viewer asks for the user's language, and takes English where there is none of it. */
static void test_another_language_gets_english(void **state)
{
    (void)state;
    char text[3 * TEXT_MAX];
    DWORD ids[IDS_MAX];
    assert_true(list_ids(ENGLISH, ids) > 0);
    render(ids[0], 0, text, sizeof text);
    assert_true(text[0] != '\0');
}

static int open_library(void **state)
{
    (void)state;
    library = LoadLibraryExW(library_path, NULL,
                             LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE);
    if (library == NULL) {
        print_error("the DLL cannot be loaded: error %lu\n", GetLastError());
    }
    return library != NULL ? 0 : -1;
}

/* Given: the DLL. Without it the one beside this program. */
int main(void)
{
    int count = 0;
    char **arguments = wide_arguments(&count);
    if (arguments == NULL) {
        return 1;
    }
    if (count > 1) {
        wide_from_utf8(arguments[1], library_path, MAX_PATH, NULL);
    } else {
        DWORD len = GetModuleFileNameW(NULL, library_path, MAX_PATH);
        while (len > 0 && library_path[len - 1] != L'\\') {
            len--;
        }
        swprintf(library_path + len, MAX_PATH - len, L"HipBridgeMessages.dll");
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_id_renders_in_each_language),
        cmocka_unit_test(test_there_are_these_two_languages),
        cmocka_unit_test(test_the_service_s_description_is_in_each_language),
        cmocka_unit_test(test_the_severity_is_in_the_upper_bits),
        cmocka_unit_test(test_another_language_gets_english),
    };
    int failed = cmocka_run_group_tests(tests, open_library, NULL);
    free(arguments);
    return failed;
}
