/*
 * reason: why something failed, in the reader's language.
 *
 * A failure (base/error.h), the reason of a line that was set aside, a cure for what a server said:
 * all are made as an English sentence of a format and its arguments, and are kept and told so. The
 * format is the identifier: this room has for each its Thai one, and finds by a finished sentence
 * which format it was made of and with what. So whoever makes a reason writes English and nothing
 * else, what is stored is the same on each PC, and only the edge that shows it (hipctl, the status
 * page, an event) asks here. tests/project/test_reasons.py holds that each has its Thai one.
 *
 * Of several formats that a sentence may be made of the one is taken that, with the reasons among
 * its arguments, explains the most of it. An argument may be a reason itself ("cannot open %s: %s")
 * and is worded likewise; what has no Thai words stays as it is, and in quotation marks where it is
 * what another program says. Terms are those of docs/th/glossary.md.
 *
 * Nothing here allocates, blocks or fails. Any thread may call it.
 */
#ifndef HIPBRIDGE_REASON_H
#define HIPBRIDGE_REASON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* A sentence with its Thai words has room in this, in UTF-8. */
enum { REASON_MAX = 4096 };

/*
 * Words `english` in Thai into out (size >= 1), which is always terminated; what is too long is cut
 * between characters. False: it has no Thai words, and out is what it was. `english` may be any
 * bytes, and must not lie in out.
 */
bool reason_thai(struct span english, char *out, size_t size);

/*
 * Who knows what another program says, by its number: words of Windows' own, in a reason that ends
 * with them and their number. True: out (size >= 1) has its Thai words. To be named before there is
 * a second thread; NULL, as it is until then: what the catalogue does not have stays as it is.
 */
typedef bool reason_words(struct span words, long number, char *out, size_t size);
void reason_ask(reason_words *ask);

/* For an edge that shows reasons in one language or the other: `english` itself, or where `thai`
 * its Thai words, which are put into out. */
const char *reason_shown(const char *english, bool thai, char out[REASON_MAX]);

#endif
