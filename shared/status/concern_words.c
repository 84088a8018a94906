#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "status/concern_private.h"
#include "words/reason.h"

/* By code; the English stands with the kinds. tests/unit/status holds that none is missing. */
static const struct {
    const char *code, *words;
} in_thai[] = {
    /* clang-format off */
    {"service_stopped", "บริการไม่ได้ทำงานอยู่"},
    {"cannot_listen", "รอรับเครื่องสแกนไม่ได้"},
    {"address_changed", "คอมพิวเตอร์เครื่องนี้มีที่อยู่ IP ต่างจากที่เครื่องสแกนใช้"},
    {"cannot_store", "เก็บรายการลงเวลาในคอมพิวเตอร์เครื่องนี้ไม่ได้ เครื่องสแกนเก็บไว้เอง"},
    {"outbox_full", "ที่พักข้อมูล (outbox) เต็มตามขนาดที่กำหนด เครื่องสแกนเก็บรายการไว้เอง"},
    {"outbox_failed", "อ่านหรือเขียนที่พักข้อมูล (outbox) ไม่ได้"},
    {"login_refused", "ฐานข้อมูลปฏิเสธการเข้าสู่ระบบ รายการที่รอ: {n}"},
    {"table_unusable", "ใช้ตารางในฐานข้อมูลไม่ได้ รายการที่รอ: {n}"},
    {"log_folder", "อ่านโฟลเดอร์ log ไม่ได้"},
    {"access_refused", "ฐานข้อมูลของโปรแกรมลงเวลาเป็นชนิดที่อ่านไม่ได้"},
    {"pull_key", "เครื่องสแกนที่ {t} ปฏิเสธ communication key"},
    {"pull_layout", "อ่านรายการของเครื่องสแกนที่ {t} ไม่เข้าใจ ไม่ได้นำเข้าเลย"},
    {"pull_stranger", "มีเครื่องสแกนอื่นตอบที่ {t}"},
    {"outbox_was_damaged", "ที่พักข้อมูล (outbox) เคยเสียหาย อาจมีรายการขาด"},
    {"aside_full", "ไม่มีที่ว่างสำหรับบรรทัดของเครื่องสแกน {t} ที่อ่านไม่เข้าใจ เครื่องสแกนเก็บไว้เอง"},
    {"access_full", "ไม่มีที่ว่างสำหรับแยกแถวของฐานข้อมูลของโปรแกรมลงเวลา แถวเหล่านั้นรออยู่ในฐานข้อมูลนั้น"},
    {"aside_let_go", "บรรทัดจากอุปกรณ์ที่ไม่ได้ระบุไว้อ่านไม่เข้าใจ และไม่มีที่ว่างให้เก็บ"},
    {"rows_refused", "รายการที่ฐานข้อมูลปฏิเสธ: {n}"},
    {"not_configured", "ยังไม่ได้ตั้งค่าฐานข้อมูล รายการที่เก็บในคอมพิวเตอร์เครื่องนี้: {n}"},
    {"database_away", "ติดต่อฐานข้อมูลไม่ได้ รายการที่รอ: {n}"},
    {"backlog", "รายการที่กำลังส่งเข้าฐานข้อมูล: {n}"},
    {"certificate_ended", "ใบรับรองของเซิร์ฟเวอร์ฐานข้อมูลหมดอายุแล้ว"},
    {"certificate_ends", "จำนวนวันก่อนใบรับรองของเซิร์ฟเวอร์ฐานข้อมูลหมดอายุ: {n}"},
    {"pc_slept", "คอมพิวเตอร์เครื่องนี้เข้าสู่โหมดสลีป เครื่องสแกนจึงส่งข้อมูลไม่ได้"},
    {"pc_clock", "นาฬิกาของคอมพิวเตอร์เครื่องนี้ไม่ถูกต้อง"},
    {"terminal_log_deleted", "มีการลบรายการลงเวลาในเครื่องสแกน {t}"},
    {"punches_missing", "เครื่องสแกน {t} มีรายการลงเวลาที่ยังไม่มาถึง"},
    {"punches_still_missing", "ขอรายการที่ขาดจากเครื่องสแกน {t} แล้ว แต่ไม่ส่ง"},
    {"lines_rejected", "บรรทัดจากเครื่องสแกนที่ต้องตรวจสอบ: {n}"},
    {"file_lines_rejected", "บรรทัดในไฟล์ log ที่ต้องตรวจสอบ: {n}"},
    {"file_stuck", "ไฟล์ log ที่อ่านหรือเก็บถาวรไม่ได้: {n}"},
    {"access_away", "อ่านฐานข้อมูลของโปรแกรมลงเวลาไม่ได้"},
    {"access_rows", "แถวของฐานข้อมูลของโปรแกรมลงเวลาถูกแยกไว้"},
    {"access_old", "จำนวนวันตั้งแต่รายการล่าสุดในฐานข้อมูลของโปรแกรมลงเวลา: {n}"},
    {"access_restless", "บางหน้าของฐานข้อมูลของโปรแกรมลงเวลาอ่านแถวไม่ได้"},
    {"no_unique_key", "ตารางในฐานข้อมูลไม่มีคีย์ไม่ซ้ำ (unique key) ของเครื่องสแกน ผู้ใช้ และเวลา"},
    {"table_odd", "ใช้ตารางในฐานข้อมูลได้ แต่มีบางอย่างผิดปกติ"},
    {"status_tables", "เขียนตารางสถานะของสำนักงานใหญ่ในฐานข้อมูลไม่ได้"},
    {"firewall", "เปิดไฟร์วอลล์ Windows (wf.msc) ให้เครื่องสแกนไม่สำเร็จ"},
    {"page_unavailable", "แสดงหน้าสถานะไม่ได้"},
    {"nothing_yet", "ยังไม่มีข้อมูลเข้ามา"},
    {"terminal_silent", "เครื่องสแกน {t} เงียบไป"},
    {"terminal_never_seen", "ยังไม่เคยได้รับข้อมูลจากเครื่องสแกน {t}"},
    {"terminal_clock", "นาฬิกาของเครื่องสแกน {t} ไม่ตรง"},
    {"pull_away", "ติดต่อเครื่องสแกนที่ {t} ไม่ได้"},
    {"pull_refused", "อ่านเครื่องสแกนที่ {t} ไม่ได้"},
    {"pull_full", "หน่วยความจำของเครื่องสแกน {t} ใกล้เต็ม"},
    {"pull_empty", "เครื่องสแกน {t} แจ้งว่าไม่มีรายการลงเวลา"},
    {"pull_spoilt", "รายการจำนวนมากในเครื่องสแกน {t} อ่านไม่ได้"},
    {"terminal_twice", "มีสองที่อยู่ติดต่อมาในนามเครื่องสแกน {t} สลับกัน"},
    {"unlisted_waits", "อุปกรณ์ที่ไม่ได้ระบุไว้ส่งรายการลงเวลามาและต้องรอ เพราะที่พักข้อมูล (outbox) ใกล้เต็ม"},
    {"strangers", "มีอุปกรณ์จำนวนมากที่ไม่ได้ระบุไว้และไม่ส่งรายการลงเวลาติดต่อมายังคอมพิวเตอร์เครื่องนี้"},
    {"refused_requests", "ที่อยู่ที่ขอติดต่อและถูกปฏิเสธ: {n}"},
    {"other_family", "เครื่องสแกนตระกูลอื่นที่อ่านไม่เข้าใจ: {n}"},
    {"not_guarded", "ผู้อื่นนอกจากผู้ดูแลระบบอาจอ่านไฟล์ของบริการได้"},
    {"password_plain", "เข้ารหัสรหัสผ่านใน config.json ไม่สำเร็จ"},
    {"config_not_taken", "ไม่ได้นำ config.json ที่แก้ไขมาใช้"},
    {"alarm_failed", "ส่งการแจ้งเตือนไม่สำเร็จ"},
    {"crashed", "บริการหยุดทำงานกะทันหัน (crash) และเริ่มใหม่แล้ว"},
    /* clang-format on */
};

/* The service's state, which is all the reason that a stopped one has. */
static const struct {
    const char *english, *thai;
} states[] = {
    {"stopped", "หยุดอยู่"},          {"starting", "กำลังเริ่ม"},      {"stopping", "กำลังหยุด"},
    {"continuing", "กำลังทำงานต่อ"}, {"pausing", "กำลังหยุดชั่วคราว"}, {"paused", "หยุดชั่วคราว"},
    {"not installed", "ไม่ได้ติดตั้ง"},
};

static const char *form_of(const struct concern_kind *kind, bool thai)
{
    for (size_t i = 0; thai && i < HB_COUNT(in_thai); i++) {
        if (strcmp(in_thai[i].code, kind->code) == 0) {
            return in_thai[i].words;
        }
    }
    return kind->words;
}

static const char *form(const char *code, bool thai)
{
    for (size_t i = 0; i < concern_kind_count; i++) {
        if (strcmp(concern_kinds[i].code, code) == 0) {
            return form_of(&concern_kinds[i], thai);
        }
    }
    return code;
}

const char *concern_reason(const struct concern *concern, bool thai, char out[REASON_MAX])
{
    for (size_t i = 0; thai && i < HB_COUNT(states); i++) {
        if (strcmp(states[i].english, concern->reason) == 0) {
            return states[i].thai;
        }
    }
    return reason_shown(concern->reason, thai, out);
}

static void put(char *out, size_t size, struct span text)
{
    size_t len = strlen(out);
    size_t cut = utf8_cut(text, size - 1 - len);
    memcpy(out + len, text.at, cut);
    out[len + cut] = '\0';
}

static void put_terminal(char *out, size_t size, const struct concern *concern,
                         const struct config *config)
{
    const struct config_device *known = config_device(&config->listener, concern->about);
    put(out, size, span_of(concern->about));
    if (known != NULL && known->name[0] != '\0') {
        put(out, size, SPAN(" ("));
        put(out, size, span_of(known->name));
        put(out, size, SPAN(")"));
    }
}

const char *concern_words(const struct concern *concern, const struct config *config, bool thai,
                          char out[CONCERN_WORDS_MAX])
{
    char count[24];
    char why[REASON_MAX];
    snprintf(count, sizeof count, "%" PRId64, concern->count);
    out[0] = '\0';
    for (const char *at = form(concern->code, thai); *at != '\0';) {
        size_t plain = strcspn(at, "{");
        put(out, CONCERN_WORDS_MAX, (struct span){at, plain});
        at += plain;
        if (strncmp(at, "{n}", 3) == 0) {
            put(out, CONCERN_WORDS_MAX, span_of(count));
            at += 3;
        } else if (strncmp(at, "{t}", 3) == 0) {
            put_terminal(out, CONCERN_WORDS_MAX, concern, config);
            at += 3;
        }
    }
    if (concern->reason[0] != '\0') {
        put(out, CONCERN_WORDS_MAX, SPAN(": "));
        put(out, CONCERN_WORDS_MAX, span_of(concern_reason(concern, thai, why)));
    }
    return out;
}

const char *concern_level_words(enum concern_level level, bool thai)
{
    static const char *const words[] = {
        [CONCERN_GOOD] = "เรียบร้อยดี", [CONCERN_WARN] = "ต้องติดตาม", [CONCERN_BAD] = "ต้องแก้ไข"};
    return thai ? words[level] : concern_level_name(level);
}
