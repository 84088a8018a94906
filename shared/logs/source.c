#include "logs/source.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "formats/logname.h"
#include "system/folder.h"

void source_of(const struct config_sync *sync, const char *name, struct source *source)
{
    source->mapped = false;
    source->strip_zeros = sync->strip_zeros;
    for (size_t i = 0; i < sync->file_count && !source->mapped; i++) {
        source->mapped = folder_fits(sync->files[i].pattern, name);
        if (source->mapped) {
            memcpy(source->device_sn, sync->files[i].sn, sizeof source->device_sn);
        }
    }
    if (!source->mapped) {
        logname_device(name, sync->device_sn, source->device_sn);
    }
}

void source_settle(const struct source *source, struct punch *punch)
{
    if (source->mapped) {
        memcpy(punch->device_sn, source->device_sn, sizeof punch->device_sn);
    }
    if (source->strip_zeros) {
        punch_strip_zeros(punch->user_id);
    }
}

enum encoding source_encoding(const struct config_sync *sync)
{
    static const enum encoding encodings[] = {
        [CONFIG_ENCODING_AUTO] = ENCODING_AUTO,       [CONFIG_ENCODING_UTF8] = ENCODING_UTF8,
        [CONFIG_ENCODING_UTF16LE] = ENCODING_UTF16LE, [CONFIG_ENCODING_UTF16BE] = ENCODING_UTF16BE,
        [CONFIG_ENCODING_874] = ENCODING_874,         [CONFIG_ENCODING_1252] = ENCODING_1252,
    };
    return encodings[sync->encoding];
}

void source_rules(const struct config_sync *sync, char out[SOURCE_RULES_MAX])
{
    const struct log_columns *columns = &sync->columns;
    uint64_t digest = hash_text(HASH_BEGIN, sync->device_sn);
    digest = hash_bytes(digest, &sync->encoding, sizeof sync->encoding);
    digest = hash_bytes(digest, &sync->strip_zeros, sizeof sync->strip_zeros);
    for (size_t i = 0; i < LOG_COLUMNS; i++) {
        digest = hash_bytes(digest, &columns->position[i], sizeof columns->position[i]);
        digest = hash_text(digest, columns->name[i]);
    }
    digest = hash_bytes(digest, &columns->separator, sizeof columns->separator);
    digest = hash_bytes(digest, &columns->order, sizeof columns->order);
    for (size_t i = 0; i < LOG_WORDS_MAX; i++) {
        digest = hash_text(digest, columns->words_in[i]);
        digest = hash_text(digest, columns->words_out[i]);
    }
    for (size_t i = 0; i < sync->file_count; i++) {
        digest = hash_text(digest, sync->files[i].pattern);
        digest = hash_text(digest, sync->files[i].sn);
    }
    snprintf(out, SOURCE_RULES_MAX, "%.20s %016" PRIx64, HIPBRIDGE_VERSION, digest);
}
