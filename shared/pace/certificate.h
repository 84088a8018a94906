/*
 * certificate: for how long the database server's certificate is good.
 *
 * Where database.tls is "verify" a server whose certificate has ended is not connected to any more,
 * and punches wait on this PC until it is renewed: whoever runs it is to hear of that before.
 */
#ifndef HIPBRIDGE_CERTIFICATE_H
#define HIPBRIDGE_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

enum { CERTIFICATE_SHORT_DAYS = 14 }; /* with less than so many left, it is said louder */

/* Whole days until then; -1 and less once it has ended. Both in Unix seconds. */
int64_t certificate_days_left(int64_t until_s, int64_t now_s);

/* Whether it ends soon or has ended; not so where its end is not known (until_s is 0). */
bool certificate_short(int64_t until_s, int64_t now_s);

#endif
