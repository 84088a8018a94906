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
      {61, UNKNOWN, 10, 0},
      {70, KNOWN, 10, 0},
      {129, KNOWN, 10, 0},
      {190, KNOWN, 10, 185}}},
    {"a count that has fallen to ours",
     10,
     true,
     0,
     {{0, KNOWN, 10, 0},
      {30, KNOWN, 11, 0},
      {70, KNOWN, 10, 0},
      {129, KNOWN, 10, 0},
      {190, KNOWN, 10, 0}}},
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

/* A log that was cleared, and fills again until it holds as many as were ever delivered. */
struct event {
    int after_s;
    int delivers; /* just made, */
    int says;     /* then it says that it holds so many; -1: nothing */
    int deletes;  /* or that it deleted its log: 1, so many seconds ago */
    int through;  /* 0 = nothing is proven by then, -1: no more than before */
};

static void a_cleared_log_proves_nothing_by_its_old_count(void **state)
{
    static const struct {
        const char *input;
        struct event events[8];
    } cleared[] = {
        {"seen empty, one lost since",
         {{0, 10, 10, 0, 0},
          {60, 0, 10, 0, 55},
          {120, 0, 0, 0, -1},
          {180, 9, 10, 0, -1},
          {300, 0, 10, 0, -1}}},
        {"seen empty, none lost",
         {{0, 10, 10, 0, 0},
          {60, 0, 10, 0, 55},
          {120, 0, 0, 0, -1},
          {180, 10, 10, 0, 175},
          {300, 0, 10, 0, 295}}},
        {"seen half full, the rest comes by ten",
         {{0, 10, 10, 0, 0},
          {60, 0, 10, 0, 55},
          {120, 0, 4, 0, -1},
          {180, 0, 10, 0, -1},
          {300, 0, 10, 0, -1},
          {400, 10, 20, 0, -1},
          {500, 0, 20, 0, -1}}},
        {"seen half full, then empty",
         {{0, 10, 10, 0, 0},
          {60, 4, 4, 0, 0},
          {120, 0, 0, 0, 0},
          {180, 5, 5, 0, 175},
          {300, 0, 5, 0, 295}}},
        {"deleted unseen, ten made since, none here",
         {{0, 10, 10, 0, 0}, {100, 0, -1, 1, 0}, {100, 0, 10, 0, 0}, {200, 0, 10, 0, 0}}},
        {"deleted unseen, ten made since, all here",
         {{0, 10, 10, 0, 0}, {100, 0, -1, 1, 0}, {100, 10, 10, 0, 0}, {200, 0, 10, 0, 195}}},
        {"deleted, told after ten more",
         {{0, 10, 10, 0, 0},
          {100, 10, 10, 0, 0},
          {110, 0, -1, 60, 0},
          {120, 0, 10, 0, 0},
          {200, 0, 10, 0, 195}}},
        {"told twice",
         {{0, 10, 10, 0, 0},
          {100, 0, -1, 1, 0},
          {101, 3, 3, 0, 0},
          {102, 0, -1, 3, 0},
          {200, 0, 3, 0, 195}}},
        {"told after the count had fallen",
         {{0, 10, 10, 0, 0},
          {100, 3, 3, 0, 0},
          {101, 0, -1, 5, 0},
          {200, 0, 3, 0, 0},
          {300, 0, 3, 0, 295}}},
        {"of its history, before anything came",
         {{0, 0, -1, 9000, 0}, {0, 10, 10, 0, 0}, {60, 0, 10, 0, 55}}},
    };
    (void)state;
    for (size_t i = 0; i < HB_COUNT(cleared); i++) {
        struct outbox_proof proof;
        char sn[16];
        walltime last = 0;
        snprintf(sn, sizeof sn, "C%zu", i);
        DO(outbox_proof(outbox, sn, &proof, &err));
        for (size_t k = 0; k < HB_COUNT(cleared[i].events); k++) {
            const struct event *event = &cleared[i].events[k];
            bool changed = false;
            if (event->delivers == 0 && event->says == 0 && event->after_s == 0) {
                break;
            }
            DO(outbox_begin(outbox, &err));
            for (int n = 0; n < event->delivers; n++) {
                char user[16];
                snprintf(user, sizeof user, "%d", n + 1);
                add(outbox, sn, user, LOCAL + event->after_s, 0);
            }
            struct completeness_word word = {.records = event->says,
                                             .known = true,
                                             .local = LOCAL + event->after_s,
                                             .shown = true};
            if (event->deletes != 0) {
                DO(completeness_emptied(outbox, &proof, word.local - event->deletes, &changed,
                                        &err));
            }
            DO(completeness_told(outbox, &proof, &word, NOW + event->after_s, &changed, &err));
            walltime expected = event->through > 0 ? LOCAL + event->through : last;
            CHECK_INT(cleared[i].input, event->through == 0 ? 0 : expected, proof.through);
            last = proof.through;
            DO(outbox_proof_save(outbox, &proof, &err));
            DO(outbox_commit(outbox, &err));
            DO(outbox_proof(outbox, sn, &proof, &err));
        }
    }
}

/* Others raise a proof as well: what is stored of this one neither undoes that nor brings back what
 * was taken back. */
static void a_proof_is_stored_beside_those_of_others(void **state)
{
    struct outbox_proof mine;
    struct outbox_proof stored;
    (void)state;
    DO(outbox_begin(outbox, &err));
    DO(outbox_proof(outbox, "O", &mine, &err));
    DO(outbox_prove(outbox, "O", OUTBOX_PROOF_READ, 100, NOW, &err));
    DO(outbox_proof_save(outbox, &mine, &err));
    DO(outbox_proof(outbox, "O", &stored, &err));
    CHECK_INT("not undone", 100, stored.through);
    mine.proof = OUTBOX_PROOF_COUNTED;
    mine.through = 90;
    mine.raised = true;
    DO(outbox_proof_save(outbox, &mine, &err));
    DO(outbox_proof(outbox, "O", &stored, &err));
    CHECK_TEXT("the later one", "read", outbox_proof_words[stored.proof]);
    mine.through = 200;
    DO(outbox_proof_save(outbox, &mine, &err));
    DO(outbox_prove_back(outbox, "O", 150, &err));
    DO(outbox_prove_back(outbox, "O", 170, &err));
    mine.raised = false;
    DO(outbox_proof_save(outbox, &mine, &err));
    DO(outbox_proof(outbox, "O", &stored, &err));
    CHECK_INT("not brought back", 149, stored.through);
    CHECK_INT("its clock was set", true, completeness_clock_set(&mine, 120));
    DO(outbox_proof_save(outbox, &mine, &err));
    DO(outbox_proof(outbox, "O", &stored, &err));
    CHECK_INT("taken back", 119, stored.through);
    DO(outbox_commit(outbox, &err));
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
        TEST(a_cleared_log_proves_nothing_by_its_old_count),
        TEST(a_proof_is_stored_beside_those_of_others),
        TEST(a_clock_set_back_moves_it_back),
        TEST(proofs_are_raised_and_never_lowered),
        TEST(an_archived_log_is_a_proof),
    };
    return cmocka_run_group_tests_name("completeness", tests, NULL, NULL);
}
