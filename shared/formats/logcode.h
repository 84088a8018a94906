/*
 * logcode: what stands for a person and for in, out and the kinds of recognition in the exports of
 * many programs.
 *
 * Nothing here allocates, blocks or fails. Any thread.
 */
#ifndef HIPBRIDGE_LOGCODE_H
#define HIPBRIDGE_LOGCODE_H

#include "record/log.h"
#include "record/punch.h"

/*
 * The attendance state (0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out) that a
 * cell says. Empty: 0, as nothing was said; a word that is not understood: 255, which is never
 * "in". `checktype`: the cell is a CHECKTYPE of the vendor's database, whose letters differ by
 * case. `own` may be NULL; its words come first. NULL, or why the row cannot be: a number beyond
 * the column.
 */
const char *logcode_status(struct span cell, bool checktype, const struct log_columns *own,
                           int32_t *status);

/* How the person was recognised; empty: 1; not understood: 255. NULL, or why. */
const char *logcode_verify(struct span cell, int32_t *verify);

/* Whether the word is one for a state, and nothing else. */
bool logcode_is_state(struct span word);

/*
 * The user id of a cell: without the marks that a spreadsheet puts before a text (', ="…"), else as
 * it came. NULL, or why it is none. *nobody: it is 0, which a terminal writes where no person was
 * (a door that was opened): no punch, and no fault either.
 */
const char *logcode_user(struct span cell, char out[PUNCH_USER_MAX + 1], bool *nobody);

bool logcode_all_digits(struct span text); /* and not empty */
bool logcode_has_digit(struct span text);
bool logcode_has_letter(struct span text); /* of any script */

#endif
