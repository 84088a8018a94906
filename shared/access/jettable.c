#include "access/jettable.h"

#include "access/jetrow.h"

/* The bytes of a definition, which goes on over several pages. */
struct reader {
    const struct jet_pages *pages;
    uint8_t page[JET_PAGE];
    size_t at;
    unsigned pages_left;
};

static bool damaged(struct error *err)
{
    return error_set(err, ERR_BUSY, 0, "the definition of a table is damaged");
}

/* The next len bytes into out, or nowhere where that is NULL. */
static bool take(struct reader *reader, uint8_t *out, size_t len, struct error *err)
{
    while (len > 0) {
        if (reader->at == JET_PAGE) {
            if (reader->pages_left-- == 0) {
                return damaged(err);
            }
            if (!jet_page(reader->pages, jet_u32(reader->page + 4), JET_DEFINITION, reader->page,
                          err)) {
                return false;
            }
            reader->at = 8;
        }
        size_t part = JET_PAGE - reader->at < len ? JET_PAGE - reader->at : len;
        if (out != NULL) {
            memcpy(out, reader->page + reader->at, part);
            out += part;
        }
        reader->at += part;
        len -= part;
    }
    return true;
}

static void column_read(const uint8_t bytes[25], struct jet_column *column)
{
    column->type = bytes[0];
    column->number = jet_u16(bytes + 5);
    column->variable = jet_u16(bytes + 7);
    column->fixed = (bytes[0x0F] & 1) != 0;
    column->offset = jet_u16(bytes + 0x15);
    column->length = jet_u16(bytes + 0x17);
}

static bool name_read(struct reader *reader, struct jet_column *column, struct error *err)
{
    uint8_t bytes[128] = {0};
    bool broken = false;
    if (!take(reader, bytes, 2, err)) {
        return false;
    }
    size_t len = jet_u16(bytes);
    if (len == 0 || len > sizeof bytes || len % 2 != 0) {
        return damaged(err);
    }
    if (!take(reader, bytes, len, err)) {
        return false;
    }
    return jet_utf16(bytes, len, column->name, sizeof column->name, &broken) || damaged(err);
}

/* Of what decides how rows are read: never of the row count, which changes with each. */
static uint64_t digest_of(const struct jet_table *table)
{
    uint8_t word[16] = {0};
    word[0] = (uint8_t)table->columns_ever;
    word[1] = (uint8_t)(table->columns_ever >> 8);
    memcpy(word + 8, &table->page, sizeof table->page);
    uint64_t digest = jet_digest(0, word, sizeof word);
    for (size_t i = 0; i < table->count; i++) {
        const struct jet_column *column = &table->columns[i];
        uint16_t parts[8] = {column->type,   column->fixed,  column->number, column->variable,
                             column->offset, column->length, (uint16_t)i,    0};
        uint8_t name[(JET_NAME_MAX + 8) / 8 * 8] = {0};
        memcpy(name, column->name, strlen(column->name));
        memcpy(word, parts, sizeof word);
        digest = jet_digest(jet_digest(digest, word, sizeof word), name, sizeof name);
    }
    return digest;
}

bool jet_table_read(const struct jet_pages *pages, uint32_t page, struct jet_table *table,
                    struct error *err)
{
    enum { HEAD = 0x3F, INDEX = 12, DEFINITION_PAGES = 64, INDEXES_MAX = 255 };
    struct reader reader = {.pages = pages, .at = HEAD, .pages_left = DEFINITION_PAGES};
    if (!jet_page(pages, page, JET_DEFINITION, reader.page, err)) {
        return false;
    }
    *table = (struct jet_table){.page = page,
                                .rows = jet_u32(reader.page + 0x10),
                                .columns_ever = jet_u16(reader.page + 0x29),
                                .map_row = reader.page[0x37],
                                .map_page = jet_u24(reader.page + 0x38),
                                .count = jet_u16(reader.page + 0x2D)};
    uint32_t indexes = jet_u32(reader.page + 0x33);
    if (table->count == 0 || table->count > JET_COLUMNS_MAX || indexes > INDEXES_MAX ||
        table->columns_ever < table->count) {
        return damaged(err);
    }
    if (!take(&reader, NULL, (size_t)indexes * INDEX, err)) {
        return false;
    }
    for (size_t i = 0; i < table->count; i++) {
        uint8_t bytes[25] = {0};
        if (!take(&reader, bytes, sizeof bytes, err)) {
            return false;
        }
        column_read(bytes, &table->columns[i]);
        if (table->columns[i].number >= table->columns_ever) {
            return damaged(err);
        }
    }
    for (size_t i = 0; i < table->count; i++) {
        if (!name_read(&reader, &table->columns[i], err)) {
            return false;
        }
    }
    table->digest = digest_of(table);
    return true;
}

const struct jet_column *jet_column(const struct jet_table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (span_equal_nocase(span_of(table->columns[i].name), span_of(name))) {
            return &table->columns[i];
        }
    }
    return NULL;
}

static bool catalog_damaged(struct error *err)
{
    return error_set(err, ERR_BUSY, 0, "the list of the database's tables is damaged");
}

/* The catalog's columns that say what an entry is. */
struct catalog {
    const struct jet_column *id, *type, *name;
};

/* *wanted: it is a table that a person made. */
static bool entry_read(const struct jet_table *table, const struct catalog *catalog,
                       struct span row, struct jet_entry *entry, bool *wanted)
{
    enum { LOCAL = 1, ODBC = 4, LINKED = 6 };
    struct jet_value id;
    struct jet_value type;
    struct jet_value name;
    if (!jet_value(table, row, catalog->id, &id) || !jet_value(table, row, catalog->type, &type) ||
        !jet_value(table, row, catalog->name, &name)) {
        return false;
    }
    *wanted = type.kind == JET_NUMBER && id.kind == JET_NUMBER && name.kind == JET_TEXTUAL &&
              (type.number == LOCAL || type.number == ODBC || type.number == LINKED) &&
              !span_starts_nocase(name.text, SPAN("MSys"));
    if (*wanted) {
        entry->page = type.number == LOCAL ? (uint32_t)id.number & 0xFFFFFF : 0;
        *wanted = span_copy(name.text, entry->name, sizeof entry->name);
    }
    return true;
}

bool jet_catalog(const struct jet_pages *pages, struct jet_table *catalog,
                 bool (*each)(void *context, const struct jet_entry *entry), void *context,
                 struct error *err)
{
    struct jet_map map;
    uint32_t number = 0;
    if (!jet_table_read(pages, JET_CATALOG, catalog, err)) {
        return false;
    }
    struct catalog columns = {jet_column(catalog, "Id"), jet_column(catalog, "Type"),
                              jet_column(catalog, "Name")};
    if (columns.id == NULL || columns.type == NULL || columns.name == NULL) {
        return catalog_damaged(err);
    }
    if (!jet_map_begin(&map, pages, catalog->map_page, catalog->map_row, err)) {
        return false;
    }
    for (;;) {
        struct jet_row row;
        if (!jet_map_next(&map, &number, err)) {
            return false;
        }
        if (number == 0) {
            return true;
        }
        if (!jet_page(pages, number, JET_DATA, row.page, err)) {
            return false;
        }
        int rows = jet_row_count(row.page);
        if (rows < 0 || jet_u32(row.page + 4) != JET_CATALOG) {
            return catalog_damaged(err);
        }
        for (int i = 0; i < rows; i++) {
            struct jet_entry entry;
            bool wanted = false;
            if (!jet_row_read(pages, catalog, &row, i, NULL, err)) {
                return false;
            }
            if (row.bytes.len > 0 && !entry_read(catalog, &columns, row.bytes, &entry, &wanted)) {
                return catalog_damaged(err);
            }
            if (wanted && !each(context, &entry)) {
                return true;
            }
        }
    }
}

struct finding {
    struct span name;
    bool found;
    uint32_t page;
};

static bool find(void *context, const struct jet_entry *entry)
{
    struct finding *finding = context;
    if (span_equal_nocase(span_of(entry->name), finding->name)) {
        finding->found = true;
        finding->page = entry->page;
    }
    return !finding->found;
}

bool jet_table_find(const struct jet_pages *pages, const char *name, struct jet_table *table,
                    struct error *err)
{
    struct finding finding = {.name = span_of(name)};
    if (!jet_catalog(pages, table, find, &finding, err)) {
        return false;
    }
    if (!finding.found) {
        return error_set(err, ERR_NOT_FOUND, 0, "the database has no table %s", name);
    }
    if (finding.page == 0) {
        return error_set(err, ERR_INVALID, 0,
                         "the table %s is a link: its rows lie in another database", name);
    }
    return jet_table_read(pages, finding.page, table, err);
}
