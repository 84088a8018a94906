/*
 * fkrecord: the input is a log of the FK family: a byte for the size, a byte for the layout that is
 * known, and the records.
 */
#include "base/portability.h"
#include "fk/fkrecord.h"
#include "fuzz.h"

enum { NOW = 1795694400, DAY_S = 86400 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t sizes[] = {12, 20, 32, 48, 24, 0};
    const char *reason = NULL;
    if (size < 2) {
        return 0;
    }
    size_t record = sizes[data[0] % HB_COUNT(sizes)];
    enum fkrecord_layout known = (enum fkrecord_layout)(data[1] % FKRECORD_LAYOUTS);
    struct span log = {(const char *)data + 2, size - 2};
    enum fkrecord_layout layout = fkrecord_choose(log, record, known, NOW, &reason);
    MUST((layout == FKRECORD_NONE) == (reason != NULL));
    MUST(layout == FKRECORD_NONE || fkrecord_size(layout) == record);
    size_t bad = 0;
    for (size_t at = 0; layout != FKRECORD_NONE && at < log.len; at += record) {
        struct punch punch;
        char raw[FKRECORD_RAW_MAX + 1];
        enum fkrecord_row row = fkrecord_read(layout, log.at + at, NOW, &punch, raw, &reason);
        MUST(punch.raw.len == 2 * record && punch.raw.at == raw);
        if (row == FKRECORD_PUNCH) {
            must_be_punch(&punch, NULL);
            MUST(punch.time <= NOW + DAY_S);
        } else {
            MUST(row == FKRECORD_EVENT || reason != NULL);
            bad += row == FKRECORD_BAD && strstr(reason, "time") != NULL;
        }
    }
    MUST(layout == FKRECORD_NONE || bad <= log.len / record / 4);
    return 0;
}
