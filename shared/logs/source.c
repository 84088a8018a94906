#include "logs/source.h"

#include <string.h>

#include "formats/logname.h"
#include "system/folder.h"

void source_of(const struct config_sync *sync, const char *name, struct source *source)
{
    source->mapped = false;
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
