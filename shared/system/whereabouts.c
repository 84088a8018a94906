#include "system/whereabouts.h"

#include <stdio.h>
#include <string.h>

#include "base/portability.h"
#include "base/text.h"
#include "system/file.h"

static const char virtual_words[] =
    "Windows keeps the logs of Premium Time in %s, since it is run without elevation and may not "
    "write there. Name that folder in \"log_directory\", or have Premium Time run as administrator";
static const char virtual_file_words[] =
    "Windows keeps the file that the vendor's program works with in %s, since it is run without "
    "elevation and may not write there. Name that file in \"path\" of \"access\", or have the "
    "program run as administrator";
static const char share_words[] =
    "A share is read by the service's account: SYSTEM is known to another computer in a domain "
    "alone, as this PC (DOMAIN\\PC$). Grant the share to that; or, without a domain, have the "
    "service log on by an account that the other computer knows (services.msc, Log On)";

/* Windows' numbers of a share that says no, or that nobody may ask. */
static const long refusals[] = {5,    53,   64,   65,   67,   86,   1203, 1219,
                                1240, 1311, 1326, 1327, 1330, 1331, 1385, 1396};

bool whereabouts_is_share(const char *path)
{
    return (path[0] == '\\' || path[0] == '/') && path[1] == path[0] && path[2] != '?' &&
           path[2] != '.';
}

static void add(struct error *err, const char *words)
{
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof err->text - used, "%s%.*s",
             used == 0                    ? ""
             : err->text[used - 1] == '.' ? " "
                                          : ". ",
             (int)utf8_cut(span_of(words), sizeof err->text - used - 3), words);
}

static bool has_room(const struct error *err)
{
    return strlen(err->text) + 16 < sizeof err->text;
}

static bool share_refuses(const struct error *err)
{
    for (size_t i = 0; i < HB_COUNT(refusals); i++) {
        if (err->code == refusals[i]) {
            return true;
        }
    }
    return false;
}

void whereabouts_advise(const char *folder, const char *pattern, struct error *err)
{
    char where[FILE_PATH_MAX];
    char words[FILE_PATH_MAX + sizeof virtual_words];
    if (!has_room(err)) {
        return;
    }
    if (whereabouts_is_share(folder)) {
        if (share_refuses(err)) {
            add(err, share_words);
        }
    } else if (whereabouts_virtual(folder, pattern, where, sizeof where)) {
        snprintf(words, sizeof words, virtual_words, where);
        add(err, words);
    }
}

bool whereabouts_advise_file(const char *path, struct error *err)
{
    char folder[FILE_PATH_MAX];
    char where[FILE_PATH_MAX];
    char words[2 * FILE_PATH_MAX + sizeof virtual_file_words];
    const char *name = file_name(path);
    bool refused = whereabouts_is_share(path) && share_refuses(err);
    bool elsewhere = !whereabouts_is_share(path) && file_folder(path, folder, sizeof folder) &&
                     whereabouts_virtual(folder, name, where, sizeof where);
    if (refused && has_room(err)) {
        add(err, share_words);
    } else if (elsewhere && has_room(err)) {
        char file[2 * FILE_PATH_MAX];
        snprintf(file, sizeof file, "%s\\%s", where, name);
        snprintf(words, sizeof words, virtual_file_words, file);
        add(err, words);
    }
    return refused || elsewhere;
}

bool whereabouts_set(const char *elsewhere, struct error *err)
{
    char words[FILE_PATH_MAX + sizeof virtual_words];
    snprintf(words, sizeof words, virtual_words, elsewhere);
    return error_set(err, ERR_NOT_FOUND, 0, "no file is there. %s", words);
}
