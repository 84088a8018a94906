/*
 * Conservation: of bodies made at random, of every table, shape, separator, code and damage, with
 * the truth known: persons with times in = punches + refusals + set aside; no wrong person, no
 * wrong time.
 *
 * Runs for SECONDS; HIPBRIDGE_CONSERVATION="SECONDS [SEED]" says otherwise. What failed can be had
 * again by its seed, which is printed.
 */
#include "check.h"

#include <stdlib.h>
#include <time.h>

#include "iclock/envelope.h"
#include "random_deliveries.h"

enum { SECONDS = 10, AGAIN = 200, AT_ONCE = 20000 };

/* 2026-01-15 01:01:02 UTC: 08:01:02 at +7 */
static const int64_t now_s = 1768438862;
static const struct iclock_settings settings = {"HIP_DEVICE_1", 420, 10, 30};

/* ---- what comes of it ---- */

/* What a broken listener would do; NONE is the product itself. */
enum fault {
    FAULT_NONE,
    FAULT_CODE_DROPPED,
    FAULT_REFUSAL_DROPPED,
    FAULT_ASIDE_DROPPED,
    FAULT_BODY_DROPPED,
    FAULT_OTHER_PERSON,
    FAULT_OTHER_HALF,
    FAULT_STATUS,
    FAULT_OTHER_TERMINAL,
    FAULT_TWICE,
    FAULTS
};

static enum fault fault;

struct heard {
    struct made *made;
    bool taken[ROWS_MAX];
    int punches, refusals, asides;
    bool whole;
    char wrong[512];
};

static bool of_code(struct span raw, const char *code)
{
    char text[PUNCH_RAW_MAX + 1];
    return span_copy(raw, text, sizeof text) && strstr(text, code) != NULL;
}

static bool hear_truly(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct heard *heard = context;
    (void)err;
    if (effect->kind == ICLOCK_EFFECT_REFUSAL) {
        heard->refusals += effect->records;
    } else if (effect->kind == ICLOCK_EFFECT_ASIDE) {
        heard->whole = heard->whole || effect->whole;
        heard->asides++;
    } else if (effect->kind == ICLOCK_EFFECT_PUNCH) {
        const struct punch *punch = effect->punch;
        char time[WALLTIME_TEXT_MAX];
        walltime_text(punch->time, time);
        for (int i = 0; i < heard->made->rows; i++) {
            const struct truth *truth = &heard->made->truths[i];
            if (!heard->taken[i] && truth->fate == FATE_PUNCH &&
                strcmp(punch->user_id, truth->user) == 0 && strcmp(time, truth->time) == 0 &&
                punch->status == truth->status && punch->verify == truth->verify &&
                strcmp(punch->device_sn, SN) == 0) {
                heard->taken[i] = true;
                heard->punches++;
                return true;
            }
        }
        snprintf(heard->wrong, sizeof heard->wrong, "a punch that is none: %s %s %s %d %d",
                 punch->device_sn, punch->user_id, time, (int)punch->status, (int)punch->verify);
    }
    return true;
}

/* As a listener with the fault would be heard. */
static bool hear(void *context, const struct iclock_effect *effect, struct error *err)
{
    struct punch punch;
    struct iclock_effect changed = *effect;
    bool is_punch = effect->kind == ICLOCK_EFFECT_PUNCH;
    if (is_punch) {
        punch = *effect->punch;
        changed.punch = &punch;
    }
    switch (fault) {
    case FAULT_CODE_DROPPED:
        if (is_punch && (of_code(punch.raw, "event=207") || of_code(punch.raw, "eventtype=207"))) {
            return true;
        }
        break;
    case FAULT_REFUSAL_DROPPED:
        if (effect->kind == ICLOCK_EFFECT_REFUSAL && effect->number == 27) {
            return true;
        }
        break;
    case FAULT_ASIDE_DROPPED:
        if (effect->kind == ICLOCK_EFFECT_ASIDE && !effect->whole) {
            return true;
        }
        break;
    case FAULT_BODY_DROPPED:
        if (effect->kind == ICLOCK_EFFECT_ASIDE && effect->whole) {
            return true;
        }
        break;
    case FAULT_OTHER_PERSON: /* 00042 and 42 are two */
        if (is_punch && punch.user_id[0] == '0') {
            memmove(punch.user_id, punch.user_id + 1, strlen(punch.user_id));
        }
        break;
    case FAULT_OTHER_HALF:
        if (of_code(effect->text, "PM") || (is_punch && of_code(punch.raw, "PM"))) {
            punch.time -= is_punch ? 12 * 3600 : 0;
        }
        break;
    case FAULT_STATUS: /* unreadable is "in" */
        if (is_punch && punch.status == 255) {
            punch.status = 0;
        }
        break;
    case FAULT_OTHER_TERMINAL:
        if (is_punch) {
            memcpy(punch.device_sn, "HIP_DEVICE_1", sizeof "HIP_DEVICE_1");
        }
        break;
    case FAULT_TWICE:
        if (is_punch && !hear_truly(context, &changed, err)) {
            return false;
        }
        break;
    case FAULT_NONE:
    case FAULTS:
        break;
    }
    return hear_truly(context, &changed, err);
}

/* NULL, or what is wrong. */
static const char *judge(struct made *made, struct heard *heard)
{
    static struct envelope envelope;
    static struct iclock_reply reply;
    struct error err = ERROR_INIT;
    struct iclock_call call;
    struct iclock_request opened;
    const struct iclock_device device = {.timezone_minutes = 420};
    const struct iclock_request request = {
        .method = ICLOCK_POST,
        .path = span_of(made->path),
        .query = span_of(made->query),
        .body = {made->body, made->body_len},
        .content_encoding = span_of(made->encoding != NULL ? made->encoding : ""),
        .now_s = now_s};
    memset(heard, 0, sizeof *heard);
    heard->made = made;
    envelope_open(&envelope, &request, 1 << 20, &opened);
    iclock_read(&opened, &settings, &call);
    bool answered = iclock_answer(&call, &settings, &device, hear, heard, &reply, &err);
    envelope_empty(&envelope);
    if (!answered || reply.status != 200) {
        return "no OK";
    }
    if (heard->wrong[0] != '\0') {
        return heard->wrong;
    }
    int fates[4] = {0, 0, 0, 0};
    for (int i = 0; i < made->rows; i++) {
        fates[made->truths[i].fate]++;
    }
    if (made->whole) {
        bool named = made->packed || fates[FATE_NOBODY] < made->rows;
        return heard->punches + heard->refusals > 0 ? "read although nobody can tell whose"
               : named && !heard->whole             ? "not kept whole"
                                                    : NULL;
    }
    if (made->damaged && heard->whole) {
        return heard->punches + heard->refusals > 0 ? "read in part, and kept whole" : NULL;
    }
    return heard->whole                             ? "kept whole although it can be read"
           : heard->punches != fates[FATE_PUNCH]    ? "a punch is missing"
           : heard->refusals != fates[FATE_REFUSAL] ? "a refusal is missing, or is none"
           : heard->asides != fates[FATE_ASIDE]     ? "not all of the rest is set aside"
                                                    : NULL;
}

/* ---- the test ---- */

static uint64_t first_seed = UINT64_C(20260115);
static int seconds = SECONDS;

static void what_goes_in_comes_out(void **state)
{
    static struct made made;
    static struct heard heard;
    (void)state;
    time_t until = time(NULL) + seconds;
    uint64_t seed = first_seed;
    uint64_t rows = 0;
    do {
        for (int i = 0; i < AGAIN; i++, seed++) {
            state_of_chance = seed * UINT64_C(0x2545F4914F6CDD1D);
            make_request(&made);
            const char *wrong = judge(&made, &heard);
            rows += (uint64_t)made.rows;
            if (wrong != NULL) {
                fail_msg("seed %llu: %s\n%s?%s\n%.*s\npunches %d, refusals %d, set aside %d",
                         (unsigned long long)seed, wrong, made.path, made.query, (int)made.body_len,
                         made.body, heard.punches, heard.refusals, heard.asides);
            }
        }
    } while (time(NULL) < until);
    printf("%llu bodies of %llu rows, from seed %llu\n", (unsigned long long)(seed - first_seed),
           (unsigned long long)rows, (unsigned long long)first_seed);
}

/* Else it would prove nothing: each fault is found, the rarest in some 4,000 bodies, which are a
 * second's. */
static void a_fault_is_found_at_once(void **state)
{
    static struct made made;
    static struct heard heard;
    (void)state;
    for (fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        uint64_t seed = first_seed;
        const char *wrong = NULL;
        while (wrong == NULL && seed - first_seed < AT_ONCE) {
            state_of_chance = ++seed * UINT64_C(0x2545F4914F6CDD1D);
            make_request(&made);
            wrong = judge(&made, &heard);
        }
        if (wrong == NULL) {
            fail_msg("fault %d is not found in %d bodies", (int)fault, AT_ONCE);
        }
        printf("fault %d: found in body %llu: %s\n", (int)fault,
               (unsigned long long)(seed - first_seed), wrong);
    }
}

static int mend(void **state)
{
    (void)state;
    fault = FAULT_NONE;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_teardown(a_fault_is_found_at_once, mend),
                                       cmocka_unit_test(what_goes_in_comes_out)};
    const char *option = getenv("HIPBRIDGE_CONSERVATION");
    if (option != NULL) {
        char *end = NULL;
        seconds = (int)strtol(option, &end, 10);
        first_seed = *end != '\0' ? strtoull(end, NULL, 10) : (uint64_t)time(NULL) * 1000000;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
