#include "formats/encoding.h"

enum { HIGH = 0x80, REPLACEMENT = 0xFFFD, BLOCK = 0x20 };

/* Bytes 0x80 … 0x9F; 0 where there is no character. */
static const uint16_t western[BLOCK] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};
static const uint16_t thai[BLOCK] = {
    0x20AC, 0,      0,      0,      0,      0x2026, 0,      0,      0, 0, 0, 0, 0, 0, 0, 0,
    0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0, 0, 0, 0, 0, 0, 0, 0,
};

/* The Thai letters of 874 lie in the order of Unicode's block, with two holes. */
enum {
    THAI_FIRST = 0xA1,
    THAI_HOLE = 0xDB,
    THAI_AGAIN = 0xDF,
    THAI_LAST = 0xFB,
    THAI_BASE = 0x0E01
};

/* 0 where the encoding has no character. */
static uint32_t character_of(enum encoding encoding, unsigned char byte)
{
    if (byte < HIGH) {
        return byte;
    }
    if (byte < HIGH + BLOCK) {
        return encoding == ENCODING_874 ? thai[byte - HIGH] : western[byte - HIGH];
    }
    if (encoding != ENCODING_874 || byte < THAI_FIRST) {
        return byte; /* as Latin-1 has it; 0xA0 is the same in both */
    }
    bool hole = (byte >= THAI_HOLE && byte < THAI_AGAIN) || byte > THAI_LAST;
    return hole ? 0 : (uint32_t)(THAI_BASE + byte - THAI_FIRST);
}

static bool has_all(enum encoding encoding, struct span line)
{
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.at[i];
        if (byte >= HIGH && character_of(encoding, byte) == 0) {
            return false;
        }
    }
    return true;
}

struct span encoding_line(enum encoding encoding, struct span line, char *out)
{
    if (encoding == ENCODING_AUTO) {
        encoding = utf8_valid(line)              ? ENCODING_UTF8
                   : has_all(ENCODING_874, line) ? ENCODING_874
                                                 : ENCODING_1252;
    }
    if (encoding != ENCODING_874 && encoding != ENCODING_1252) {
        return line;
    }
    size_t used = 0;
    for (size_t i = 0; i < line.len; i++) {
        unsigned char byte = (unsigned char)line.at[i];
        uint32_t character = character_of(encoding, byte);
        used += utf8_put(character == 0 && byte != 0 ? REPLACEMENT : character, out + used);
    }
    return (struct span){out, used};
}
