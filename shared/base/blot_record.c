#include <stdio.h>
#include <string.h>

#include "base/blot_private.h"
#include "base/portability.h"

enum {
    SHORT_MAX = 4096, /* bytes in which every number is asked for, whatever an answer costs */
    HEX_LEN = 16,     /* digits from which on it is a record's bytes, and no number or key */
    WORD_MAX = 64,
    FRONT_MAX = 16,
};

/* Where a number of one to three digits, or the end of a word, is one who may be meant. */
enum step {
    NOWHERE = 0,      /* the layout says where the user is */
    ANYWHERE = 1,     /* nothing is known */
    IN_EACH_FIELD = 4 /* the size fits a layout, and others that are not known */
};

bool blot_letter(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

bool blot_nibble(char digit, uint8_t *value)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = memchr(digits, digit, sizeof digits - 1);
    *value = at != NULL ? (uint8_t)((at - digits) % 16) : 0;
    return at != NULL;
}

bool blot_is_hex(struct span word)
{
    uint8_t value;
    bool all = word.len >= HEX_LEN;
    for (size_t i = 0; all && i < word.len; i++) {
        all = blot_nibble(word.at[i], &value);
    }
    return all;
}

/* ---- bytes, as they are or in digits ---- */

struct looking {
    struct span bytes;
    bool hex;
    size_t count; /* of bytes */
    enum step step;
    bool cheap; /* not so many that it matters what an answer costs */
    struct blot_asking *asking;
};

static uint8_t byte_at(const struct looking *looking, size_t at)
{
    uint8_t high;
    uint8_t low;
    if (!looking->hex) {
        return (uint8_t)looking->bytes.at[at];
    }
    (void)blot_nibble(looking->bytes.at[2 * at], &high);
    (void)blot_nibble(looking->bytes.at[2 * at + 1], &low);
    return (uint8_t)(high << 4 | low);
}

static void begin(struct looking *looking, struct span bytes, bool hex, enum step step,
                  struct blot_asking *asking)
{
    *looking = (struct looking){.bytes = bytes, .hex = hex, .step = step, .asking = asking};
    looking->count = hex ? bytes.len / 2 : bytes.len;
    /* To compare is cheap. A keyed hash is not, and a stranger may send a megabyte of anything. */
    looking->cheap = asking->goes == blot_is_one || looking->count <= SHORT_MAX;
}

static bool number_asked(uint32_t number, struct blot_asking *asking)
{
    enum { NO = 1, YES = 2 };
    char digits[16];
    if (number < BLOT_SURE_NUMBER && asking->known[number] != 0) {
        return asking->known[number] == YES;
    }
    int len = snprintf(digits, sizeof digits, "%lu", (unsigned long)number);
    bool goes = asking->goes(asking->context, (struct span){digits, (size_t)len});
    if (number < BLOT_SURE_NUMBER) {
        asking->known[number] = goes ? YES : NO;
    }
    return goes;
}

static bool guessed(const struct looking *looking)
{
    looking->asking->aside->guessed = true;
    return true;
}

static bool fits(const struct looking *looking, size_t at)
{
    return looking->step != NOWHERE && at % looking->step == 0;
}

/* A number of 32 bits at any byte, the least first. */
static bool numbers_name(const struct looking *looking)
{
    uint32_t number = 0;
    uint32_t most = looking->cheap ? UINT32_MAX : BLOT_LONG_NUMBER;
    for (size_t i = 0; i < looking->count; i++) {
        number = number >> 8 | (uint32_t)byte_at(looking, i) << 24;
        if (i < 3 || number == 0 || number > most) {
            continue;
        }
        if (number >= BLOT_SURE_NUMBER
                ? number_asked(number, looking->asking)
                : fits(looking, i - 3) && number_asked(number, looking->asking) &&
                      guessed(looking)) {
            return true;
        }
    }
    return false;
}

/* A word that ends at a NUL, or at another byte that is no part of one. What stands in front of it
 * may be another field's byte, which looks like a letter. `apart`: how far its letters are. */
static bool word_names(const struct looking *looking, struct span word, size_t from, size_t apart,
                       bool nul)
{
    if (word.len >= BLOT_SURE_LEN && blot_asked(looking->asking, word)) {
        return true;
    }
    for (size_t i = 0; looking->step != NOWHERE && looking->cheap && i < word.len; i++) {
        struct span end = {word.at + i, word.len - i};
        if ((end.len >= BLOT_SURE_LEN || nul) && fits(looking, from + i * apart) &&
            blot_asked(looking->asking, end)) {
            return guessed(looking);
        }
    }
    return false;
}

/* Letters of one byte, and of two, of which the second or the first is nought; these may begin at
 * any byte. */
static const struct form {
    size_t first, apart;
    int nought;
} forms[] = {{0, 1, 0}, {0, 2, 1}, {1, 2, 1}, {1, 2, -1}, {2, 2, -1}};

static bool is_part(const struct looking *looking, const struct form *form, size_t at)
{
    if (at >= looking->count) {
        return false;
    }
    size_t nought = form->nought < 0 ? at - 1 : at + (size_t)form->nought;
    uint8_t byte = byte_at(looking, at);
    return (blot_letter(byte) || byte == '-' || byte == '_' || byte == '.') &&
           (nought == at || nought >= looking->count || byte_at(looking, nought) == 0);
}

static bool words_name(const struct looking *looking, const struct form *form)
{
    char word[WORD_MAX];
    size_t len = 0;
    for (size_t i = form->first; i < looking->count + form->apart; i += form->apart) {
        if (is_part(looking, form, i)) {
            if (len < sizeof word) {
                word[len] = (char)byte_at(looking, i);
            }
            len++;
            continue;
        }
        bool nul = form->apart > 1 || i >= looking->count || byte_at(looking, i) == 0;
        if (len > 0 && len <= sizeof word &&
            word_names(looking, (struct span){word, len}, i - len * form->apart, form->apart,
                       nul)) {
            return true;
        }
        len = 0;
    }
    return false;
}

static bool name(const struct looking *looking)
{
    bool named = numbers_name(looking);
    for (size_t i = 0; !named && i < HB_COUNT(forms); i++) {
        named = words_name(looking, &forms[i]);
    }
    return named;
}

bool blot_bytes_name(struct span bytes, struct blot_asking *asking)
{
    struct looking looking;
    begin(&looking, bytes, false, ANYWHERE, asking);
    return name(&looking);
}

bool blot_numbers_name(struct span bytes, struct blot_asking *asking)
{
    struct looking looking;
    begin(&looking, bytes, false, ANYWHERE, asking);
    return numbers_name(&looking);
}

/* ---- records ---- */

/*
 * Where a record of a layout that is known has its user: a text of `width` bytes, or (0) a number
 * of 32 bits. The words in front are those with which it is kept; one of HIP's own terminals has
 * none, and may be a sample of one whose layout is not known, so that its size proves nothing; of
 * 12 bytes (HIPS_SMALL) there are three layouts. As pull/records.c and fk/fkrecord.c have them.
 */
static const struct {
    const char *front;
    size_t size, at, width;
} records[] = {
    {"4370 16 ", 16, 0, 0},    {"4370 22 ", 22, 2, 6},
    {"4370 40 ", 40, 2, 24},   {"4370 49 ", 49, 2, 24},
    {"4370 live ", 12, 0, 0},  {"4370 live ", 32, 0, 24},
    {"4370 live ", 36, 0, 24}, {"4370 live ", 37, 0, 24},
    {"4370 live ", 52, 0, 24}, {"", 20, 0, 0},
    {"", 32, 0, 16},           {"", 48, 0, 32},
};
enum { HIPS_SMALL = 12 };

static const char protocol[] = "4370 ";
static const char by_place[] = "4370 8 ";

size_t blot_record_front(struct span line)
{
    size_t at = strlen(protocol);
    if (line.len <= at || memcmp(line.at, protocol, at) != 0) {
        return 0;
    }
    while (at < line.len && at < FRONT_MAX && line.at[at] != ' ') {
        at++;
    }
    at++;
    return at < line.len && blot_is_hex((struct span){line.at + at, line.len - at}) ? at : 0;
}

static bool field_names(const struct looking *looking, size_t at, size_t width)
{
    char text[WORD_MAX];
    size_t len = 0;
    uint32_t number = 0;
    for (size_t i = 0; width == 0 && i < 4; i++) {
        number |= (uint32_t)byte_at(looking, at + i) << (8 * i);
    }
    if (width == 0) {
        return number != 0 && number_asked(number, looking->asking);
    }
    while (len < width && byte_at(looking, at + len) != 0) {
        text[len] = (char)byte_at(looking, at + len);
        len++;
    }
    struct span user = span_trim((struct span){text, len});
    return user.len > 0 && blot_asked(looking->asking, user);
}

bool blot_record_names(struct span front, struct span hex, bool whole, struct blot_asking *asking)
{
    struct looking looking;
    bool known = front.len == 0 && hex.len == (size_t)2 * HIPS_SMALL;
    if (whole && span_equal(front, span_of(by_place))) {
        return false; /* a place in a list of users: outbox_blot.c */
    }
    begin(&looking, hex, true, NOWHERE, asking);
    for (size_t i = 0; whole && i < HB_COUNT(records); i++) {
        if (hex.len == 2 * records[i].size && span_equal(front, span_of(records[i].front))) {
            known = true;
            if (field_names(&looking, records[i].at, records[i].width)) {
                return true;
            }
        }
    }
    if (whole && asking->aside != NULL && (!known || front.len == 0)) {
        looking.step = known ? IN_EACH_FIELD : ANYWHERE;
    }
    return name(&looking);
}
