/*
 * package: a .zip of a few texts, by Windows' own packaging (OPC), whose files are zips with a list
 * of content types in them. One thread; COM is initialised by package_new.
 */
#ifndef HIPCTL_PACKAGE_H
#define HIPCTL_PACKAGE_H

#include "base/error.h"
#include "base/text.h"

struct package;

struct package *package_new(struct error *err);
void package_free(struct package *package); /* NULL is fine */

/* Adds a text under a name of letters, digits, '-' and '.'. */
bool package_add(struct package *package, const char *name, struct span text, struct error *err);

/* Writes it; a file that is there already is not touched (ERR_EXISTS). */
bool package_write(struct package *package, const char *path, struct error *err);

#endif
