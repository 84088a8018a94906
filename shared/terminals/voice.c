#include "terminals/voice.h"

#include <string.h>

static void name(const struct address *from, char out[ADDRESS_TEXT_MAX])
{
    struct address site = address_site(from);
    address_text(&site, out);
}

/* Who spoke last, who before, and whether this is in turn. */
static void note_turn(struct outbox_voice *voice, const char from[ADDRESS_TEXT_MAX], int64_t now_s)
{
    if (strcmp(voice->last, from) != 0) {
        if (strcmp(voice->before, from) == 0 && now_s - voice->before_s <= VOICE_TURNS_S) {
            voice->torn_s = now_s;
        }
        memcpy(voice->before, voice->last, sizeof voice->before);
        voice->before_s = voice->last_s;
        memcpy(voice->last, from, sizeof voice->last);
    }
    voice->last_s = now_s;
}

static bool take_over(struct outbox_voice *voice, const char from[ADDRESS_TEXT_MAX], int64_t now_s)
{
    bool fresh = voice->address[0] != '\0';
    memcpy(voice->address, from, sizeof voice->address);
    voice->heard_s = now_s;
    voice->delivers = false;
    return fresh;
}

bool voice_hear(struct outbox_voice *voice, const struct address *from, int64_t quiet_s,
                int64_t now_s, bool *fresh)
{
    char text[ADDRESS_TEXT_MAX] = "";
    int64_t most_s = quiet_s > VOICE_QUIET_S ? quiet_s : VOICE_QUIET_S;
    name(from, text);
    note_turn(voice, text, now_s);
    *fresh = false;
    if (strcmp(voice->address, text) == 0) {
        voice->heard_s = now_s;
        return true;
    }
    if (voice->address[0] != '\0' && now_s - voice->heard_s <= most_s) {
        return false;
    }
    *fresh = take_over(voice, text, now_s);
    return true;
}

void voice_delivers(struct outbox_voice *voice, const struct address *from, int64_t now_s,
                    bool *fresh)
{
    char text[ADDRESS_TEXT_MAX] = "";
    name(from, text);
    *fresh = false;
    if (strcmp(voice->address, text) != 0) {
        if (voice->delivers) {
            return;
        }
        *fresh = take_over(voice, text, now_s);
    }
    voice->delivers = true;
}

bool voice_is_torn(const struct outbox_voice *voice, int64_t now_s)
{
    return voice->torn_s != 0 && now_s - voice->torn_s < VOICE_TORN_S;
}

bool voice_is_known(const struct outbox_voice *voice, int64_t now_s)
{
    return voice->delivers && !voice_is_torn(voice, now_s);
}

const char *voice_other(const struct outbox_voice *voice, int64_t now_s)
{
    if (!voice_is_torn(voice, now_s)) {
        return "";
    }
    return strcmp(voice->last, voice->address) == 0 ? voice->before : voice->last;
}

bool voice_tells(struct outbox_voice *voice, int64_t day, int64_t now_s)
{
    if (!voice_is_torn(voice, now_s) || voice->told_day == day) {
        return false;
    }
    voice->told_day = day;
    return true;
}
