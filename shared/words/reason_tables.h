/*
 * reason_tables: the catalogue behind reason.h, English and Thai side by side, a file for rooms
 * that belong together.
 *
 * The English is the format as error_set and its like are given it; what error_prefix puts in front
 * ends in "%s" here. The Thai has %1 for its first argument, %2 for its second …, in any order and
 * each once; %q1 puts it into quotation marks where it has no Thai words, and %w1 looks it up whole
 * in reason_outbox before that. A per cent sign is %% in both. An English text without a letter of
 * its own ("%s: %s") only joins: it counts where one of its arguments has Thai words.
 */
#ifndef HIPBRIDGE_REASON_TABLES_H
#define HIPBRIDGE_REASON_TABLES_H

#include <stddef.h>

struct reason_table {
    const struct reason {
        const char *english, *thai;
    } * at;
    size_t count;
};

extern const struct reason_table reason_cloud;  /* the cloud database and its upload */
extern const struct reason_table reason_config; /* config.json */
extern const struct reason_table reason_lines;  /* log files, deliveries, the vendor's database */
extern const struct reason_table reason_system; /* files, outbox, Windows, the service itself */
extern const struct reason_table reason_terminals; /* what terminals do and say */
/* Pieces of a sentence, by themselves none: each is meant whole. */
extern const struct reason_table reason_outbox; /* what was tried in the outbox, what is wrong */

#endif
