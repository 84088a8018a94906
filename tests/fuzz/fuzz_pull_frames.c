/*
 * pull_frames: the input is a stream of packets of port 4370; each is also read as a datagram.
 */
#include "fuzz.h"
#include "pull/frame.h"
#include "pull/records.h"

static void read_frame(const struct pull_frame *frame)
{
    static char raw[PUNCH_RAW_MAX];
    struct pull_sizes sizes;
    struct visit_row row;
    struct span value = pull_option(frame->data, frame->len);
    MUST(value.len <= frame->len);
    MUST(value.len == 0 || memchr(value.at, '\0', value.len) == NULL);
    pull_read_sizes(frame->data, frame->len, &sizes);
    MUST(sizes.records >= -1 && sizes.users >= -1 && sizes.capacity >= -1);
    if (pull_event("FUZZ", frame->data, frame->len, &row, raw)) {
        must_be_punch(&row.punch, "FUZZ");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pull_frame frame;
    size_t at = 0;
    size_t used = 0;
    while (pull_next(data + at, size - at, &frame, &used) == PULL_WHOLE) {
        MUST(used >= PULL_PREFIX + PULL_HEAD && used <= size - at);
        MUST(frame.len == used - PULL_PREFIX - PULL_HEAD);
        read_frame(&frame);
        at += used;
    }
    if (pull_read(data, size, &frame)) {
        MUST(frame.len == size - PULL_HEAD);
        read_frame(&frame);
    }
    if (size >= 4) {
        walltime time = 0;
        if (pull_time(pull_u32(data), &time)) {
            MUST(pull_stamp(time) == pull_u32(data));
        }
    }
    return 0;
}
