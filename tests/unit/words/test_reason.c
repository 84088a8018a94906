#include "check.h"

#include "base/error.h"
#include "words/reason.h"
#include "words/reason_tables.h"

static const struct reason_table *const tables[] = {
    &reason_cloud, &reason_config, &reason_lines, &reason_system, &reason_terminals,
};

static const char *thai(const char *english, bool *known)
{
    static char out[REASON_MAX];
    *known = reason_thai(span_of(english), out, sizeof out);
    return out;
}

static void test_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *name, *english, *thai; /* NULL: it has none */
    } cases[] = {
        {"no argument", "told to stop", "ได้รับคำสั่งให้หยุด"},
        {"a text", "the path C:\\x y is too long", "เส้นทาง C:\\x y ยาวเกินไป"},
        {"an empty text", "the path  is too long", "เส้นทาง  ยาวเกินไป"},
        {"a number", "no memory for a batch of 500 rows", "หน่วยความจำไม่พอสำหรับชุดข้อมูล 500 แถว"},
        {"no number in its place", "no memory for a batch of all rows", NULL},
        {"less than none", "the database is of an Access version that is not known (-1)",
         "ฐานข้อมูลเป็นของ Access เวอร์ชันที่ไม่รู้จัก (-1)"},
        {"hexadecimal", "Windows cannot make a keyed hash (0xc000009a)",
         "Windows สร้างแฮชแบบมีกุญแจไม่ได้ (0xc000009a)"},
        {"other than what it begins as", "told to stop it", NULL},
        {"a part of it", "told to", NULL},
        {"nothing", "", NULL},
        {"not known", "the moon is of cheese", NULL},
        {"not known on both sides", "moon: cheese", NULL},
        {"in another case", "Told to stop", NULL},
        {"in front of it, and Windows' own words",
         "cannot use the path C:\\x: cannot open C:\\x: Access is denied (5)",
         "ใช้เส้นทาง C:\\x ไม่ได้: เปิด C:\\x ไม่ได้: การเข้าถึงถูกปฏิเสธ (5)"},
        {"words that nobody has, in quotation marks", "cannot open C:\\x: Was weiß ich (999)",
         "เปิด C:\\x ไม่ได้: “Was weiß ich” (999)"},
        {"Windows' own words in Thai stay", "cannot open a: การเข้าถึงถูกปฏิเสธ (5)",
         "เปิด a ไม่ได้: “การเข้าถึงถูกปฏิเสธ” (5)"},
        {"a server's words, its number and the cure",
         "cannot connect to the database at db.example: Access denied for user 'a'@'b' (using "
         "password: YES) (1045). The server takes no writes just now",
         "เชื่อมต่อกับฐานข้อมูลที่ db.example ไม่ได้: “Access denied for user 'a'@'b' (using password: YES)” "
         "(1045) เซิร์ฟเวอร์ไม่ให้เขียนในขณะนี้"},
        {"a cure that nobody has", "cannot connect to the database at a: b (1). Try it",
         "เชื่อมต่อกับฐานข้อมูลที่ a ไม่ได้: “b” (1) Try it"},
        {"the reason alone is known", "Laufwerk Z: no memory", "Laufwerk Z: หน่วยความจำไม่พอ"},
        {"a file of the configuration",
         "C:\\c.json, line 7: database.port is \"x\"; it must be a "
         "whole number from 1 to 65535.",
         "C:\\c.json บรรทัด 7: database.port เป็น \"x\" แต่ต้องเป็น จำนวนเต็มตั้งแต่ 1 ถึง 65535"},
        {"what was tried in the outbox",
         "cannot store a punch in the outbox C:\\o.db: database or disk is full (13)",
         "เก็บรายการลงเวลาในที่พักข้อมูล (outbox) C:\\o.db ไม่ได้: ที่พักข้อมูลหรือดิสก์เต็ม (13)"},
        {"of which nobody has the words",
         "cannot eat a punch in the outbox C:\\o.db: database or disk is full (13)",
         "“eat a punch”ในที่พักข้อมูล (outbox) C:\\o.db ไม่ได้: ที่พักข้อมูลหรือดิสก์เต็ม (13)"},
        {"what is wrong in it", "the outbox C:\\o.db is damaged: it has no cursor",
         "ที่พักข้อมูล (outbox) C:\\o.db เสียหาย: ไม่มีตำแหน่งที่ส่งถึง"},
        {"a piece alone is no sentence", "store a punch", NULL},
        {"the one with the most words of its own", "cannot read C:\\a: no memory",
         "อ่าน C:\\a ไม่ได้: หน่วยความจำไม่พอ"},
        {"an argument that looks like the rest", "the path the path a is too long is too long",
         "เส้นทาง เส้นทาง a ยาวเกินไป ยาวเกินไป"},
        {"a per cent sign in an argument", "the path %s%n%1%q1%% is too long",
         "เส้นทาง %s%n%1%q1%% ยาวเกินไป"},
        {"a per cent sign of its own",
         "The server does not let this PC's address in: at a hosted database add it to the "
         "addresses that may connect (\"remote access\", \"trusted sources\", a firewall rule); on "
         "a server of your own the account must be for that host or for '%'",
         "เซิร์ฟเวอร์ไม่ให้ที่อยู่ของคอมพิวเตอร์เครื่องนี้เข้า: ถ้าเป็นฐานข้อมูลที่เช่า ให้เพิ่มที่อยู่นี้ในรายการที่เชื่อมต่อได้ "
         "(\"remote "
         "access\", \"trusted sources\" หรือกฎของไฟร์วอลล์) ถ้าเป็นเซิร์ฟเวอร์ของคุณเอง "
         "บัญชีต้องเป็นของโฮสต์นั้นหรือ '%'"},
    };
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        bool known;
        const char *got = thai(cases[i].english, &known);
        CHECK_INT(cases[i].name, cases[i].thai != NULL, known);
        CHECK_TEXT(cases[i].name, cases[i].thai != NULL ? cases[i].thai : cases[i].english, got);
    }
}

/* Made by error.h itself. */
static void test_an_error_is_worded(void **state)
{
    (void)state;
    struct error err = ERROR_INIT;
    error_set(&err, ERR_BUSY, 0, "%s is larger than the %zu bytes allowed", "a.json", (size_t)17);
    error_prefix(&err, "cannot make %s from the default: ", "b.json");
    bool known;
    CHECK_TEXT("prefix", "สร้าง b.json จากค่าเริ่มต้นไม่ได้: a.json ใหญ่กว่า 17 ไบต์ที่อนุญาต",
               thai(err.text, &known));
    assert_true(known);
}

static void test_an_edge_shows_its_language(void **state)
{
    (void)state;
    char out[REASON_MAX];
    CHECK_TEXT("English", "told to stop", reason_shown("told to stop", false, out));
    CHECK_TEXT("Thai", "ได้รับคำสั่งให้หยุด", reason_shown("told to stop", true, out));
    CHECK_TEXT("no Thai words", "CDQ9192960002", reason_shown("CDQ9192960002", true, out));
}

static bool by_number(struct span words, long number, char *out, size_t size)
{
    bool known = number == 1314 && span_equal(words, SPAN("A required privilege is missing"));
    return known && span_copy(SPAN("ไม่มีสิทธิ์ที่จำเป็น"), out, size);
}

/* Where somebody knows another program's words by their number they are no quotation any more. */
static void test_words_known_by_their_number(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"cannot open a: A required privilege is missing (1314)",
         "เปิด a ไม่ได้: ไม่มีสิทธิ์ที่จำเป็น (1314)"},
        {"cannot reach Windows Firewall: A required privilege is missing (1314)",
         "ติดต่อไฟร์วอลล์ Windows (wf.msc) ไม่ได้: ไม่มีสิทธิ์ที่จำเป็น (1314)"},
        {"cannot open a: A required privilege is missing (5)",
         "เปิด a ไม่ได้: “A required privilege is missing” (5)"},
        {"cannot open a: Something else (1314)", "เปิด a ไม่ได้: “Something else” (1314)"},
        {"cannot open a: Access is denied (5)", "เปิด a ไม่ได้: การเข้าถึงถูกปฏิเสธ (5)"},
    };
    bool known;
    reason_ask(by_number);
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        CHECK_TEXT(cases[i][0], cases[i][1], thai(cases[i][0], &known));
    }
    reason_ask(NULL);
    CHECK_TEXT("nobody is asked", "เปิด a ไม่ได้: “A required privilege is missing” (1314)",
               thai(cases[0][0], &known));
}

static void test_reasons_in_reasons_end(void **state)
{
    (void)state;
    char text[REASON_MAX] = "";
    for (size_t i = 0; i < 60; i++) {
        strcat(text, "cannot open the outbox: ");
    }
    strcat(text, "no memory");
    bool known;
    const char *got = thai(text, &known);
    assert_true(known);
    assert_true(utf8_valid(span_of(got)));
    assert_non_null(strstr(got, "เปิดที่พักข้อมูล (outbox) ไม่ได้: "));
}

static void test_cut_between_characters(void **state)
{
    (void)state;
    static const char english[] = "cannot open the outbox: no memory";
    char whole[REASON_MAX];
    assert_true(reason_thai(SPAN(english), whole, sizeof whole));
    for (size_t size = 1; size <= strlen(whole) + 1; size++) {
        char *out = malloc(size);
        assert_non_null(out);
        reason_thai(SPAN(english), out, size);
        assert_true(strlen(out) < size && strlen(out) + 3 >= size);
        assert_true(utf8_valid(span_of(out)));
        assert_memory_equal(out, whole, strlen(out));
        free(out);
    }
}

static void test_too_long_stays(void **state)
{
    (void)state;
    char english[REASON_MAX + 32];
    memset(english, 'x', sizeof english);
    memcpy(english, "the path ", 9);
    memcpy(english + sizeof english - 12, " is too long", 12);
    char out[REASON_MAX];
    assert_false(reason_thai((struct span){english, sizeof english}, out, sizeof out));
    CHECK_INT("length", sizeof out - 1, strlen(out));
    assert_memory_equal(out, english, sizeof out - 1);
}

/* Each format, filled with `text` and a number, is found again and gives its Thai one. */
static void fill(const char *format, const char *text, char *out, size_t size)
{
    size_t len = 0;
    while (*format != '\0' && len + strlen(text) + 8 < size) {
        if (format[0] == '%' && format[1] != '%') {
            format += 1 + strspn(format + 1, "-+ #0123456789.*hlzjt");
            const char *put = strchr("diuxXf", *format) != NULL ? "42" : text;
            memcpy(out + len, put, strlen(put));
            len += strlen(put);
        } else {
            format += format[0] == '%';
            out[len++] = *format;
        }
        format++;
    }
    out[len] = '\0';
}

static void test_each_is_found(void **state)
{
    (void)state;
    static const char *const texts[] = {"Qx", "%s", "\xE0\xB8\x81"};
    size_t count = 0;
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            for (size_t k = 0; k < HB_COUNT(texts); k++) {
                char english[REASON_MAX];
                fill(tables[i]->at[j].english, texts[k], english, sizeof english);
                bool known;
                const char *got = thai(english, &known);
                CHECK_INT(english, true, known);
                /* the Thai one's own words up to its first argument begin it */
                size_t plain = strcspn(tables[i]->at[j].thai, "%");
                CHECK_INT(english, 0, strncmp(got, tables[i]->at[j].thai, plain));
            }
            count++;
        }
    }
    assert_true(count > 500);
}

/* Any bytes: out is terminated, within its size, and UTF-8 where they are. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "%",    "%s",  ": ",       "cannot open ", " (",        ")",
        "12",   "0x",  ". ",       "the path ",    " is too ",  "long",
        "\xFF", "\0x", "\xE0\xB8", "no memory",    "; it must", "-"};
    uint32_t random = 25;
    for (int round = 0; round < 1000; round++) {
        char english[200];
        size_t len = 0;
        while (len < 150) {
            random = random * 1664525U + 1013904223U;
            if (random >> 28 == 0) {
                break;
            }
            const char *piece = pieces[(random >> 16) % HB_COUNT(pieces)];
            size_t more = piece[0] == '\0' ? 2 : strlen(piece);
            memcpy(english + len, piece, more);
            len += more;
        }
        size_t size = 1 + random % 300;
        char *exact = malloc(len > 0 ? len : 1); /* so that what lies behind it is seen */
        char *out = malloc(size);
        assert_true(exact != NULL && out != NULL);
        memcpy(exact, english, len);
        struct span text = {exact, len};
        reason_thai(text, out, size);
        assert_non_null(memchr(out, '\0', size));
        assert_true(!utf8_valid(text) || utf8_valid(span_of(out)));
        free(out);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sentences),
        cmocka_unit_test(test_an_error_is_worded),
        cmocka_unit_test(test_an_edge_shows_its_language),
        cmocka_unit_test(test_words_known_by_their_number),
        cmocka_unit_test(test_reasons_in_reasons_end),
        cmocka_unit_test(test_cut_between_characters),
        cmocka_unit_test(test_too_long_stays),
        cmocka_unit_test(test_each_is_found),
        cmocka_unit_test(test_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
