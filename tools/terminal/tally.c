#include "tally.h"

void tally_ack(struct tally *tally, const char *sn, const char *pin, const char *time)
{
    tally->acked++;
    if (tally->ledger != NULL && fprintf(tally->ledger, "%s\t%s\t%s\n", sn, pin, time) < 0) {
        tally->ledger_failed = true;
    }
}

void tally_flush(struct tally *tally)
{
    if (tally->ledger != NULL && fflush(tally->ledger) != 0) {
        tally->ledger_failed = true;
    }
}

static size_t bucket_of(uint64_t us)
{
    size_t octave = 0;
    while (us >= 2 * TALLY_OCTAVE) {
        us >>= 1;
        octave++;
    }
    size_t bucket = octave * TALLY_OCTAVE + (size_t)us;
    return bucket < TALLY_BUCKETS ? bucket : TALLY_BUCKETS - 1;
}

/* The upper end of a bucket: the reverse of bucket_of. */
static uint64_t bucket_us(size_t bucket)
{
    if (bucket < 2 * TALLY_OCTAVE) {
        return bucket;
    }
    size_t octave = bucket / TALLY_OCTAVE - 1;
    return ((uint64_t)(bucket - octave * TALLY_OCTAVE) + 1) << octave;
}

void tally_latency(struct tally *tally, double seconds)
{
    uint64_t us = seconds > 0 ? (uint64_t)(seconds * 1e6) : 0;
    tally->latency[bucket_of(us)]++;
    tally->latency_count++;
    if (us > tally->latency_max_us) {
        tally->latency_max_us = us;
    }
}

double tally_percentile(const struct tally *tally, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)tally->latency_count), seen = 0;
    for (size_t i = 0; i < TALLY_BUCKETS; i++) {
        seen += tally->latency[i];
        if (seen > wanted) {
            uint64_t us = bucket_us(i);
            return (double)(us < tally->latency_max_us ? us : tally->latency_max_us) / 1000.0;
        }
    }
    return (double)tally->latency_max_us / 1000.0;
}
