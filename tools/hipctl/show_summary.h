/*
 * show_summary: what the last run over the log folder came to, for `hipctl status`.
 */
#ifndef HIPBRIDGE_SHOW_SUMMARY_H
#define HIPBRIDGE_SHOW_SUMMARY_H

/* The service's note of it (OUTBOX_NOTE_SYNC_SUMMARY); "" prints nothing. One that is not in the
 * form which the service writes now is printed as it stands. */
void show_summary(const char *summary);

#endif
