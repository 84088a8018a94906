/*
 * words_tables: the texts behind words.h, English and Thai side by side: words_main.c has what the
 * verbs that are looked at daily say, words_help.c what `hipctl help` says of each, words_deeper.c
 * what the verbs say that are for whoever looks deeper.
 */
#ifndef HIPCTL_WORDS_TABLES_H
#define HIPCTL_WORDS_TABLES_H

#include <stddef.h>

struct words_table {
    const struct words {
        const char *english, *thai;
    } * at;
    size_t count;
};

extern const struct words_table words_main;
extern const struct words_table words_help;
extern const struct words_table words_deeper;

#endif
