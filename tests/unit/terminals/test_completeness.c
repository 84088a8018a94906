#include "terminals/completeness.h"

#include "outbox_punches.h"

static struct outbox *outbox;

static int begin(void **state)
{
    (void)state;
    outbox = new_outbox();
    return 0;
}

static int end(void **state)
{
    (void)state;
    return drop_outbox(outbox);
}

enum { LOCAL = 1764400000, NOW = 1764374800 };

/* What a terminal says at these seconds, and what is proven then: 0 = nothing. Whose word it is: of
 * a voice that is known, of one that is not, of a new one that is known. */
enum voice { NOBODY, KNOWN, UNKNOWN, MOVED };

struct step {
    int after_s;
    enum voice voice;
    int64_t records;
    int64_t through; /* relative to LOCAL */
};

static const struct {
    const char *input;
    int64_t delivered;
    bool shown;
    int64_t ahead_s;
    struct step steps[6];
} cases[] = {
    {"once is no proof", 10, true, 0, {{0, KNOWN, 10, 0}}},
    {"twice at once is none", 10, true, 0, {{0, KNOWN, 10, 0}, {59, KNOWN, 10, 0}}},
    {"twice is", 10, true, 0, {{0, KNOWN, 10, 0}, {60, KNOWN, 10, 55}}},
    {"it goes on", 10, true, 0, {{0, KNOWN, 10, 0}, {60, KNOWN, 10, 55}, {120, KNOWN, 10, 115}}},
    {"one is missing", 10, true, 0, {{0, KNOWN, 11, 0}, {60, KNOWN, 11, 0}}},
    {"one came too many", 10, true, 0, {{0, KNOWN, 9, 0}, {60, KNOWN, 9, 0}}},
    {"what is proven stays",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0}, {60, KNOWN, 10, 55}, {120, KNOWN, 11, 55}, {180, KNOWN, 11, 55}}},
    {"begun anew after a difference",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0},
      {30, KNOWN, 11, 0},
      {70, KNOWN, 10, 0},
      {129, KNOWN, 10, 0},
      {190, KNOWN, 10, 185}}},
    {"a clock that is behind", 10, true, -300, {{0, KNOWN, 10, 0}, {60, KNOWN, 10, -245}}},
    {"a clock that is ahead is not trusted",
     10,
     true,
     300,
     {{0, KNOWN, 10, 0}, {60, KNOWN, 10, 55}}},
    {"a clock that is not known: its newest punch",
     10,
     false,
     0,
     {{0, KNOWN, 10, 0}, {60, KNOWN, 10, -1000}}},
    {"a new lease",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0}, {60, MOVED, 10, 0}, {119, KNOWN, 10, 0}, {120, KNOWN, 10, 115}}},
    {"two in turn",
     10,
     true,
     0,
     {{0, UNKNOWN, 10, 0}, {60, UNKNOWN, 10, 0}, {120, UNKNOWN, 10, 0}}},
    {"known once more",
     10,
     true,
     0,
     {{0, UNKNOWN, 10, 0}, {60, KNOWN, 10, 0}, {119, KNOWN, 10, 0}, {120, KNOWN, 10, 115}}},
    {"two in turn in between",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0}, {60, UNKNOWN, 10, 0}, {120, KNOWN, 10, 0}, {180, KNOWN, 10, 175}}},
    {"what was proven before two spoke in turn stays",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0}, {60, KNOWN, 10, 55}, {120, UNKNOWN, 10, 55}, {180, UNKNOWN, 10, 55}}},
    {"nothing said", 10, true, 0, {{0, KNOWN, -1, 0}, {60, KNOWN, -1, 0}}},
    {"an empty memory", 0, true, 0, {{0, KNOWN, 0, 0}, {60, KNOWN, 0, 55}}},
};

static void a_proof_is_two_counts_that_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cases); i++) {
        struct outbox_proof proof;
        char sn[16];
        snprintf(sn, sizeof sn, "T%zu", i);
        DO(outbox_begin(outbox, &err));
        for (walltime k = 1; k <= cases[i].delivered; k++) {
            add(outbox, sn, "7", k, 0);
        }
        DO(outbox_commit(outbox, &err));
        DO(outbox_proof(outbox, sn, &proof, &err));
        for (size_t s = 0; s < HB_COUNT(cases[i].steps) && cases[i].steps[s].voice != NOBODY; s++) {
            const struct step *step = &cases[i].steps[s];
            struct completeness_word word = {.records = step->records,
                                             .known = step->voice != UNKNOWN,
                                             .local = LOCAL + step->after_s,
                                             .ahead_s = cases[i].ahead_s,
                                             .shown = cases[i].shown,
                                             .last_punch = LOCAL - 1000};
            bool changed = false;
            if (step->voice == MOVED) {
                completeness_moved(&proof);
            }
            DO(completeness_told(outbox, &proof, &word, NOW + step->after_s, &changed, &err));
            CHECK_INT(cases[i].input, step->through,
                      proof.proof == OUTBOX_PROOF_COUNTED ? proof.through - LOCAL : 0);
            DO(outbox_begin(outbox, &err)); /* and survives the service */
            DO(outbox_proof_save(outbox, &proof, &err));
            DO(outbox_commit(outbox, &err));
            DO(outbox_proof(outbox, sn, &proof, &err));
        }
    }
}

static void a_clock_set_back_moves_it_back(void **state)
{
    struct outbox_proof proof = {.proof = OUTBOX_PROOF_COUNTED, .through = 1000};
    (void)state;
    CHECK_INT("later", false, completeness_clock_set(&proof, 2000));
    CHECK_INT("as it was", 1000, proof.through);
    CHECK_INT("earlier", true, completeness_clock_set(&proof, 500));
    CHECK_INT("before that", 499, proof.through);
}

static void proofs_are_raised_and_never_lowered(void **state)
{
    struct outbox_proof proof;
    (void)state;
    DO(outbox_begin(outbox, &err));
    DO(outbox_prove(outbox, "P", OUTBOX_PROOF_READ, 100, NOW, &err));
    DO(outbox_prove(outbox, "P", OUTBOX_PROOF_FILE, 50, NOW, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_proof(outbox, "P", &proof, &err));
    CHECK_INT("through", 100, proof.through);
    CHECK_TEXT("by", "read", outbox_proof_words[proof.proof]);
}

/* What a log brought of a terminal is proven when it goes to the archive, and no sooner. */
static void an_archived_log_is_a_proof(void **state)
{
    struct outbox_proof proof;
    struct outbox_file file;
    (void)state;
    DO(outbox_begin(outbox, &err));
    DO(outbox_file_begin(outbox, "a.txt", &file, &err));
    add(outbox, "HIP_DEVICE_1", "7", 500, file.id);
    add(outbox, "HIP_DEVICE_1", "7", 400, file.id);
    add(outbox, "SN1", "7", 900, 0);
    file.high_id = 3;
    file.new_count = 2;
    DO(outbox_file_save(outbox, &file, &err));
    DO(outbox_proof(outbox, "HIP_DEVICE_1", &proof, &err));
    CHECK_TEXT("not yet", "none", outbox_proof_words[proof.proof]);
    snprintf(file.archived_as, sizeof file.archived_as, "processed/a.txt");
    DO(outbox_file_save(outbox, &file, &err));
    DO(outbox_commit(outbox, &err));
    DO(outbox_proof(outbox, "HIP_DEVICE_1", &proof, &err));
    CHECK_TEXT("now", "file", outbox_proof_words[proof.proof]);
    CHECK_INT("its newest", 500, proof.through);
    DO(outbox_proof(outbox, "SN1", &proof, &err));
    CHECK_TEXT("another's", "none", outbox_proof_words[proof.proof]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_proof_is_two_counts_that_agree),
        TEST(a_clock_set_back_moves_it_back),
        TEST(proofs_are_raised_and_never_lowered),
        TEST(an_archived_log_is_a_proof),
    };
    return cmocka_run_group_tests_name("completeness", tests, NULL, NULL);
}
