#include "record/terminal.h"

#include <string.h>

bool terminal_is_access(const char *kind)
{
    return span_equal_nocase(span_of(kind), SPAN(TERMINAL_ACCESS));
}

bool terminal_checks_identity(const char *kind)
{
    return span_equal_nocase(span_of(kind), SPAN("pid"));
}

bool terminal_is_fk(const char *kind)
{
    return strcmp(kind, TERMINAL_FK) == 0;
}

struct terminal_info terminal_info_read(struct span info)
{
    enum { FIRMWARE = 0, RECORDS = 3 };
    struct terminal_info read = {.records = -1};
    struct span field;
    for (int i = 0; i <= RECORDS && span_field(&info, ',', &field); i++) {
        field = span_trim(field);
        int32_t records = 0;
        if (i == FIRMWARE) {
            read.firmware = field;
        } else if (i == RECORDS && span_to_int32(field, &records) && records >= 0) {
            read.records = records;
        }
    }
    return read;
}
