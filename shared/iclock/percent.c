#include "iclock/percent.h"

#include <string.h>

int percent_digit(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

struct span percent_decode(struct span text, char *out, size_t size)
{
    size_t used = 0;
    if (text.len == 0 || memchr(text.at, '%', text.len) == NULL) {
        return (struct span){text.at, text.len < size ? text.len : size};
    }
    for (size_t i = 0; i < text.len && used < size; i++, used++) {
        bool escape = text.at[i] == '%' && text.len - i > 2 && percent_digit(text.at[i + 1]) >= 0 &&
                      percent_digit(text.at[i + 2]) >= 0;
        out[used] = text.at[i];
        if (escape) {
            out[used] = (char)(percent_digit(text.at[i + 1]) * 16 + percent_digit(text.at[i + 2]));
            i += 2;
        }
    }
    return (struct span){out, used};
}
