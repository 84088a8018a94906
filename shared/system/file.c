#include "system/file.h"

#include <string.h>

/*
 * Paths are taken apart the same way on every system, by Windows' rules and the host's together, so
 * that a configuration reads the same in a test on the host as on the PC it was written for.
 */

static bool is_separator(char c)
{
    return c == '/' || c == '\\';
}

static bool has_drive(const char *path)
{
    return ((path[0] >= 'A' && path[0] <= 'Z') || (path[0] >= 'a' && path[0] <= 'z')) &&
           path[1] == ':';
}

/* Bytes of the part that cannot be taken off: "C:\", "/", "\\"; 0 for a relative path. */
static size_t root_length(const char *path)
{
    if (has_drive(path)) {
        return is_separator(path[2]) ? 3 : 2;
    }
    if (is_separator(path[0])) {
        return is_separator(path[1]) ? 2 : 1;
    }
    return 0;
}

bool file_folder(const char *path, char *out, size_t size)
{
    size_t root = root_length(path);
    size_t end = strlen(path);
    while (end > root && is_separator(path[end - 1])) {
        end--;
    }
    while (end > root && !is_separator(path[end - 1])) {
        end--;
    }
    while (end > root && is_separator(path[end - 1])) {
        end--;
    }
    if (end == 0) {
        return span_copy(SPAN("."), out, size);
    }
    return span_copy((struct span){path, end}, out, size);
}

const char *file_name(const char *path)
{
    size_t root = root_length(path);
    size_t end = strlen(path);
    while (end > root && !is_separator(path[end - 1])) {
        end--;
    }
    return path + end;
}

bool file_resolve(const char *folder, const char *path, char *out, size_t size)
{
    if (root_length(path) > 0) {
        /* "\logs" means the drive that the folder is on, never the current one. */
        size_t drive = !has_drive(path) && !is_separator(path[1]) && has_drive(folder) ? 2 : 0;
        size_t len = strlen(path);
        if (size == 0 || len >= size || size - len <= drive) {
            return false;
        }
        memmove(out + drive, path, len + 1);
        memcpy(out, folder, drive);
        return true;
    }
    size_t folder_len = strlen(folder);
    size_t path_len = strlen(path);
    bool joined = folder_len > 0 && is_separator(folder[folder_len - 1]);
    size_t gap = joined ? 0 : 1;
    if (folder_len >= size || path_len >= size || folder_len + gap + path_len >= size) {
        return false;
    }
    char separator = strchr(folder, '\\') != NULL ? '\\' : '/';
    memmove(out + folder_len + gap, path, path_len + 1);
    memmove(out, folder, folder_len);
    if (gap != 0) {
        out[folder_len] = separator;
    }
    return true;
}
