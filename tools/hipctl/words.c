#include "words.h"

#include <string.h>

#include "base/portability.h"
#include "words_tables.h"

static const struct words_table *const tables[] = {&words_main, &words_help, &words_deeper};

const char *words_thai(const char *english)
{
    for (size_t i = 0; i < HB_COUNT(tables); i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            if (strcmp(tables[i]->at[j].english, english) == 0) {
                return tables[i]->at[j].thai;
            }
        }
    }
    return NULL;
}
