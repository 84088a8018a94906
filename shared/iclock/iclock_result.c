#include "iclock/iclock_private.h"

#include <stdio.h>
#include <string.h>

/* Our own ids are numbers; any other is no command of ours. */
bool iclock_read_id(struct span text, int64_t *id)
{
    enum { DIGITS_MAX = 18 };
    text = span_trim(text);
    if (text.len == 0 || text.len > DIGITS_MAX) {
        return false;
    }
    int64_t number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] < '0' || text.at[i] > '9') {
            return false;
        }
        number = number * 10 + (text.at[i] - '0');
    }
    *id = number;
    return true;
}

/* A command's result while it is read. */
struct outcome {
    bool begun; /* it has an id, */
    bool ours;  /* which can be one of ours */
    bool known;
    int64_t id;
    int32_t result;
    int32_t records;
    size_t facts_len;
    char facts[TERMINAL_FACTS_MAX + 1];
};

/*
 * A main controller says at once that it passes a command on, and how it went later, by the same
 * id: until then the command is under way.
 */
static bool is_passed_on(const struct outcome *outcome)
{
    enum { PASSED_ON = -5000 };
    return outcome->known && outcome->result == PASSED_ON;
}

static bool give_outcome(const struct answer *answer, const struct outcome *outcome)
{
    return !outcome->ours || is_passed_on(outcome) ||
           iclock_give(answer, (struct iclock_effect){
                                   .kind = ICLOCK_EFFECT_COMMAND_RESULT,
                                   .number = outcome->id,
                                   .result = outcome->known ? outcome->result : ICLOCK_NO_RESULT,
                                   .records = outcome->records,
                                   .text = {outcome->facts, outcome->facts_len}});
}

/* What of a result is worth keeping; options are many, and some are secrets. */
static void note_fact(struct outcome *outcome, struct span key, struct span value)
{
    static const struct {
        const char *key;
        bool records;
    } facts[] = {
        {"AttlogSum", true},    {"AttlogCount", true},    {"TransactionCount", true},
        {"~DeviceName", false}, {"~SerialNumber", false}, {"FWVersion", false},
        {"UserCount", false},   {"FPCount", false},       {"FaceCount", false},
        {"IPAddress", false},
    };
    for (size_t i = 0; i < HB_COUNT(facts); i++) {
        int32_t records = 0;
        char clean[80];
        if (!span_equal_nocase(key, span_of(facts[i].key))) {
            continue;
        }
        if (facts[i].records && span_to_int32(span_trim(value), &records) && records >= 0) {
            outcome->records = records;
        }
        utf8_clean(span_trim(value), clean, sizeof clean);
        size_t room = sizeof outcome->facts - outcome->facts_len;
        int length = snprintf(outcome->facts + outcome->facts_len, room, "%s%s=%s",
                              outcome->facts_len > 0 ? ", " : "", facts[i].key, clean);
        if (length > 0 && (size_t)length < room) { /* one that does not fit is left out */
            outcome->facts_len += (size_t)length;
        }
        outcome->facts[outcome->facts_len] = '\0';
    }
}

const char *iclock_pair_signs(struct span line)
{
    bool usual = line.len > 0 && (memchr(line.at, '&', line.len) != NULL ||
                                  memchr(line.at, '\t', line.len) != NULL);
    bool result = span_starts_nocase(line, SPAN("ID=")) ||
                  span_starts_nocase(line, SPAN("Return=")) ||
                  span_starts_nocase(line, SPAN("CMD="));
    return usual ? "&\t" : result ? ",; " : "";
}

bool iclock_next_pair(struct span *rest, const char *signs, struct span *pair)
{
    size_t end = 0;
    if (rest->at == NULL) {
        return false;
    }
    while (end < rest->len && (rest->at[end] == '\0' || strchr(signs, rest->at[end]) == NULL)) {
        end++;
    }
    *pair = (struct span){rest->at, end};
    *rest = end < rest->len ? (struct span){rest->at + end + 1, rest->len - end - 1}
                            : (struct span){NULL, 0};
    return true;
}

/*
 * Results stand one in a line (`ID=7&Return=0&CMD=DATA`), or one in several, a key in each; what
 * belongs to one reaches to the next ID.
 */
bool iclock_say_results(const struct answer *answer)
{
    struct span rest = answer->call->body;
    struct span line;
    struct span pair;
    struct outcome outcome = {.records = -1};
    bool any = false;
    while (iclock_next_line(&rest, &line)) {
        const char *signs = iclock_pair_signs(line);
        while (iclock_next_pair(&line, signs, &pair)) {
            struct span value = pair;
            struct span key = {0};
            span_field(&value, '=', &key);
            if (span_equal_nocase(key, SPAN("ID"))) {
                if (outcome.begun) {
                    if (!give_outcome(answer, &outcome)) {
                        return false;
                    }
                    outcome = (struct outcome){.records = -1};
                }
                outcome.begun = any = true;
                outcome.ours = iclock_read_id(value, &outcome.id);
            } else if (!outcome.known && span_equal_nocase(key, SPAN("Return"))) {
                outcome.known = span_to_int32(span_trim(value), &outcome.result);
            } else if (value.at != NULL) {
                note_fact(&outcome, key, value);
            }
        }
    }
    if (!give_outcome(answer, &outcome) ||
        !(any ? iclock_keep_persons(answer) : iclock_keep_rest(answer))) {
        return false;
    }
    iclock_say(answer->reply, "OK");
    return true;
}
