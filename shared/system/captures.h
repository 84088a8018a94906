/*
 * captures: where on this PC captures were written (`hipctl sniff --out`, `hipctl pull --out`), so
 * that they go when nobody looks at them any more. They hold who was where, in hexadecimal digits
 * among others, which nobody can search.
 *
 * What is known of them is a list of paths, captures.txt in the data folder, which its access list
 * guards. What is removed is a plain file of one name that begins as a capture does; what is a link
 * or something else by now is only struck off. Blocks on the disk.
 */
#ifndef HIPBRIDGE_CAPTURES_H
#define HIPBRIDGE_CAPTURES_H

#include <stdint.h>

#include "base/error.h"

enum { CAPTURES_DAYS = 30 }; /* after they were last written to */

/* Takes note of one at this whole path; one that is known is fine. Makes the list, not its folder.
 */
bool captures_note(const char *folder, const char *path, struct error *err);

/* Those that are there, in the order in which they were noted. */
bool captures_each(const char *folder, void (*visit)(void *context, const char *path),
                   void *context, struct error *err);

/*
 * Removes those that were last written before before_s (Unix seconds; INT64_MAX: all), and strikes
 * off what is not there. *count says how many were removed. One that cannot be removed stays on the
 * list, and err says why; the others go all the same.
 */
bool captures_expire(const char *folder, int64_t before_s, size_t *count, struct error *err);

#endif
