/*
 * replay: runs each file of the folders named on the command line through a fuzz target, for builds
 * without libFuzzer. Ends 0 when there was at least one file and none brought the target down. Host
 * only.
 */
#include <dirent.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { INPUT_MAX = 1 << 20 };

/* False when it cannot be read. The bytes are handed over in a block of their exact size, so that a
 * sanitizer sees the first byte read past them. */
static bool replay_file(const char *path, char *buffer)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t size = fread(buffer, 1, INPUT_MAX, file);
    bool fine = ferror(file) == 0;
    (void)fclose(file);
    if (fine) {
        uint8_t *exact = malloc(size + (size == 0));
        MUST(exact != NULL);
        memcpy(exact, buffer, size);
        LLVMFuzzerTestOneInput(exact, size);
        free(exact);
    }
    return fine;
}

static size_t replay_folder(const char *folder, char *buffer)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return 0;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        char path[4096];
        struct stat facts;
        int length = snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        MUST(length > 0 && (size_t)length < sizeof path);
        if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            continue;
        }
        /* Named first, so that the last name printed is the culprit's. */
        printf("%s\n", path);
        (void)fflush(stdout);
        MUST(replay_file(path, buffer));
        count++;
    }
    (void)closedir(dir);
    return count;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    char *buffer = malloc(INPUT_MAX);
    MUST(buffer != NULL);
    for (int i = 1; i < argc; i++) {
        count += replay_folder(argv[i], buffer);
    }
    free(buffer);
    printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
}
