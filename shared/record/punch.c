#include "record/punch.h"

#include <string.h>

#include "base/blot.h"

static bool is_letter_or_digit(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

bool punch_sn_valid(struct span sn)
{
    if (sn.len == 0 || sn.len > PUNCH_SN_MAX) {
        return false;
    }
    for (size_t i = 0; i < sn.len; i++) {
        char byte = sn.at[i];
        if (!is_letter_or_digit(byte) && byte != '-' && byte != '_' && byte != '.' && byte != '+') {
            return false;
        }
    }
    return true;
}

bool punch_user_valid(struct span user)
{
    if (user.len == 0 || user.len > PUNCH_USER_MAX || !utf8_valid(user) || utf8_has_unseen(user)) {
        return false;
    }
    for (size_t i = 0; i < user.len; i++) {
        unsigned char byte = (unsigned char)user.at[i];
        /* The C1 controls are C2 80 … C2 9F in UTF-8. */
        bool c1 = byte == 0xC2 && i + 1 < user.len && (unsigned char)user.at[i + 1] < 0xA0;
        if (c1 || blot_parts(user.at[i])) {
            return false;
        }
    }
    return true;
}

void punch_strip_zeros(char user_id[PUNCH_USER_MAX + 1])
{
    size_t zeros = strspn(user_id, "0");
    size_t len = strlen(user_id);
    if (strspn(user_id, "0123456789") == len && zeros > 0) {
        zeros -= zeros == len;
        memmove(user_id, user_id + zeros, len - zeros + 1);
    }
}
