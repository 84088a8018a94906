#include "access/jetbuild.h"

#include <stdlib.h>

/* Of the catalog alone: mdb-export asks for a column of this type, and has it null. */
enum { OLE = 11 };

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put32(uint8_t *at, size_t value)
{
    put16(at, value);
    put16(at + 2, value >> 16);
}

uint8_t *build_page(struct build *build, uint32_t page)
{
    return build->bytes + (size_t)page * JET_PAGE;
}

static uint32_t new_page(struct build *build, enum jet_kind kind)
{
    uint8_t *bytes = realloc(build->bytes, (size_t)(build->pages + 1) * JET_PAGE);
    if (bytes == NULL) {
        abort();
    }
    build->bytes = bytes;
    uint8_t *page = build_page(build, build->pages);
    memset(page, 0, JET_PAGE);
    page[0] = (uint8_t)kind;
    page[1] = 1;
    return build->pages++;
}

static uint32_t new_data(struct build *build, uint32_t owner)
{
    uint32_t number = new_page(build, JET_DATA);
    put16(build_page(build, number) + 2, JET_PAGE - 14);
    put32(build_page(build, number) + 4, owner);
    return number;
}

/* -1: no room. */
static int add(uint8_t *page, const uint8_t *bytes, size_t len, unsigned flags)
{
    int rows = jet_u16(page + 12);
    size_t end = rows == 0 ? JET_PAGE : jet_u16(page + 12 + 2 * rows) & 0x1FFFu;
    size_t head = 14 + 2 * ((size_t)rows + 1);
    if (head + len > end || rows == JET_ROWS_MAX - 1) {
        return -1;
    }
    memcpy(page + end - len, bytes, len);
    put16(page + 14 + 2 * rows, (end - len) | flags);
    put16(page + 12, (size_t)rows + 1);
    put16(page + 2, end - len - head);
    return rows;
}

static void map_page_add(struct build *build, struct build_table *table, uint32_t page)
{
    enum { BITS = (JET_PAGE - 4) * 8 };
    uint8_t *home = build_page(build, table->map_page);
    uint8_t *map = home + (jet_u16(home + 14) & 0x1FFF);
    if (!table->wide_map) {
        if (page < 512) {
            map[5 + page / 8] |= (uint8_t)(1 << page % 8);
        }
        return;
    }
    if (jet_u32(map + 1 + page / BITS * 4) == 0) {
        uint32_t bits = new_page(build, JET_USAGE);
        home = build_page(build, table->map_page);
        map = home + (jet_u16(home + 14) & 0x1FFF);
        put32(map + 1 + page / BITS * 4, bits);
    }
    uint8_t *bits = build_page(build, jet_u32(map + 1 + page / BITS * 4));
    bits[4 + page % BITS / 8] |= (uint8_t)(1 << page % 8);
}

static bool is_fixed(const struct build_column *column)
{
    return column->type != JET_TEXT && column->type != OLE;
}

static size_t bytes_of(const struct build_column *column)
{
    static const size_t widths[] = {0, 0, 1, 2, 4, 8, 4, 8, 8};
    return column->type < sizeof widths / sizeof widths[0] ? widths[column->type] : column->length;
}

static void define(struct build *build, struct build_table *table, bool system)
{
    static uint8_t all[JET_PAGE * 16];
    size_t at = 0x3F;
    size_t variable = 0;
    size_t offset = 0;
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < table->count; i++) {
        const struct build_column *column = &table->columns[i];
        uint8_t *one = all + at;
        one[0] = column->type;
        put16(one + 5, i);
        put16(one + 7, variable);
        put16(one + 9, i);
        one[0x0F] = (uint8_t)(2 | is_fixed(column));
        one[0x10] = column->type == JET_TEXT;
        put16(one + 0x15, is_fixed(column) ? offset : 0);
        put16(one + 0x17, column->type == JET_BOOLEAN ? 1 : bytes_of(column));
        variable += !is_fixed(column);
        offset += is_fixed(column) ? bytes_of(column) : 0;
        at += 25;
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t len = strlen(table->columns[i].name);
        put16(all + at, len * 2);
        for (size_t c = 0; c < len; c++) {
            all[at + 2 + 2 * c] = (uint8_t)table->columns[i].name[c];
        }
        at += 2 + 2 * len;
    }
    put16(all + at, 0xFFFF);
    at += 2;
    all[0] = JET_DEFINITION;
    all[1] = 1;
    put32(all + 8, at - 8);
    all[0x28] = system ? 0x53 : 0x4E;
    put16(all + 0x29, table->count);
    put16(all + 0x2B, variable);
    put16(all + 0x2D, table->count);
    put32(all + 0x37, table->map_page << 8);
    put32(all + 0x3B, table->map_page << 8 | 1);
    memcpy(build_page(build, table->page), all, JET_PAGE);
    uint32_t last = table->page;
    for (size_t from = JET_PAGE; from < at; from += JET_PAGE - 8) {
        uint32_t next = new_page(build, JET_DEFINITION);
        put32(build_page(build, last) + 4, next);
        memcpy(build_page(build, next) + 8, all + from, JET_PAGE - 8);
        last = next;
    }
}

static void make(struct build *build, struct build_table *table, uint32_t page,
                 const struct build_column *columns, size_t count, bool wide_map, bool system)
{
    uint8_t map[69] = {wide_map};
    uint8_t none[69] = {0};
    *table = (struct build_table){page, new_data(build, 1), 0, columns, count, wide_map};
    (void)add(build_page(build, table->map_page), map, sizeof map, 0);
    (void)add(build_page(build, table->map_page), none, sizeof none, 0);
    define(build, table, system);
}

static size_t put_text(uint8_t *out, const char *text)
{
    bool wide = text[0] == '~';
    size_t len = 0;
    text += wide;
    if (!wide) {
        out[len++] = 0xFF;
        out[len++] = 0xFE;
    }
    bool mode = wide; /* UTF-16 now */
    for (const uint8_t *at = (const uint8_t *)text; *at != 0;) {
        unsigned character = *at < 0x80 ? at[0]
                             : *at < 0xE0
                                 ? (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu)
                                 : (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
        at += *at < 0x80 ? 1 : *at < 0xE0 ? 2 : 3;
        if (!wide && mode != (character > 0xFF)) {
            out[len++] = 0;
            mode = !mode;
        }
        out[len++] = (uint8_t)character;
        if (mode) {
            out[len++] = (uint8_t)(character >> 8);
        }
    }
    return len;
}

static size_t encode(const struct build_table *table, const struct build_value *values,
                     size_t known, uint8_t *out)
{
    size_t at = 2;
    size_t starts[JET_COLUMNS_MAX + 1];
    size_t variable = 0;
    put16(out, known);
    for (size_t i = 0; i < known; i++) {
        const struct build_column *column = &table->columns[i];
        size_t len = is_fixed(column) ? bytes_of(column) : 0;
        memset(out + at, 0, len);
        if (column->type == JET_DATE || column->type == JET_DOUBLE) {
            memcpy(out + at, &values[i].fraction, 8);
        } else if (len > 0) {
            uint8_t word[4];
            put32(word, (uint32_t)values[i].number);
            memcpy(out + at, word, len < 4 ? len : 4);
        }
        at += len;
    }
    for (size_t i = 0; i < known; i++) {
        if (!is_fixed(&table->columns[i])) {
            starts[variable++] = at;
            at += values[i].set ? put_text(out + at, values[i].text) : 0;
        }
    }
    if (variable > 0) {
        put16(out + at, at);
        at += 2;
        for (size_t i = variable; i-- > 0; at += 2) {
            put16(out + at, starts[i]);
        }
        put16(out + at, variable);
        at += 2;
    }
    memset(out + at, 0, (known + 7) / 8);
    for (size_t i = 0; i < known; i++) {
        bool bit = values[i].set && (table->columns[i].type != JET_BOOLEAN || values[i].number);
        out[at + i / 8] |= (uint8_t)(bit << i % 8);
    }
    return at + (known + 7) / 8;
}

int build_row(struct build *build, struct build_table *table, const struct build_value *values,
              size_t known, uint32_t *page)
{
    uint8_t bytes[JET_PAGE * 2];
    size_t len = encode(table, values, known, bytes);
    int row = table->last == 0 ? -1 : add(build_page(build, table->last), bytes, len, 0);
    if (row < 0) {
        table->last = new_data(build, table->page);
        map_page_add(build, table, table->last);
        row = add(build_page(build, table->last), bytes, len, 0);
    }
    uint8_t *definition = build_page(build, table->page);
    put32(definition + 0x10, jet_u32(definition + 0x10) + 1);
    if (page != NULL) {
        *page = table->last;
    }
    return row;
}

void build_empty(struct build *build, struct build_table *table, uint32_t page)
{
    uint8_t *bytes = build_page(build, page);
    memset(bytes, 0, JET_PAGE);
    bytes[0] = JET_DATA;
    bytes[1] = 1;
    put16(bytes + 2, JET_PAGE - 14);
    put32(bytes + 4, table->page);
}

int build_row_in(struct build *build, struct build_table *table, uint32_t page,
                 const struct build_value *values, size_t known)
{
    uint8_t bytes[JET_PAGE * 2];
    size_t len = encode(table, values, known, bytes);
    return add(build_page(build, page), bytes, len, 0);
}

void build_delete(struct build *build, uint32_t page, int row)
{
    build_page(build, page)[14 + 2 * row + 1] |= 0xC0;
}

void build_move(struct build *build, struct build_table *table, uint32_t page, int row)
{
    uint32_t to = new_data(build, table->page);
    unsigned flags = 0;
    struct span bytes = {NULL, 0};
    uint8_t *home = build_page(build, page);
    if (!jet_row_at(home, row, &flags, &bytes)) {
        abort();
    }
    (void)add(build_page(build, to), (const uint8_t *)bytes.at, bytes.len, JET_MOVED_IN);
    put32(home + (bytes.at - (const char *)home), to << 8);
    home[14 + 2 * row + 1] |= 0x40;
    map_page_add(build, table, to);
}

static const struct build_column catalog_columns[] = {
    {"Id", JET_LONG, 4},      {"ParentId", JET_LONG, 4}, {"Name", JET_TEXT, 128},
    {"Type", JET_INTEGER, 2}, {"Flags", JET_LONG, 4},    {"LvProp", OLE, 0}};

/* The catalog's own handle is made again from its page each time. */
static struct build_table catalog_of(struct build *build)
{
    uint32_t last = 0;
    uint32_t map_page = jet_u24(build_page(build, JET_CATALOG) + 0x38);
    for (uint32_t i = 0; i < build->pages; i++) {
        const uint8_t *page = build_page(build, i);
        last = page[0] == JET_DATA && jet_u32(page + 4) == JET_CATALOG ? i : last;
    }
    return (struct build_table){
        JET_CATALOG, map_page, last, catalog_columns, HB_COUNT(catalog_columns), false};
}

static void enter(struct build *build, uint32_t id, const char *name, int type)
{
    struct build_table catalog = catalog_of(build);
    const struct build_value values[] = {{true, (int32_t)id, 0, NULL},
                                         {true, 0xF000001, 0, NULL},
                                         {true, 0, 0, name},
                                         {true, type, 0, NULL},
                                         {true, id == JET_CATALOG ? INT32_MIN : 0, 0, NULL},
                                         {false, 0, 0, NULL}};
    (void)build_row(build, &catalog, values, HB_COUNT(values), NULL);
}

void build_begin(struct build *build, bool ace)
{
    static const uint8_t start[] = {0, 1, 0, 0};
    static const uint8_t key[] = {0xFB, 0x8A, 0xBC, 0x4E};
    struct build_table catalog;
    *build = (struct build){NULL, 0};
    (void)new_page(build, JET_USAGE);
    (void)new_data(build, 1);
    (void)new_page(build, JET_DEFINITION);
    memcpy(build->bytes, start, sizeof start);
    memcpy(build->bytes + 4, ace ? "Standard ACE DB" : "Standard Jet DB", 16);
    build->bytes[0x14] = ace ? 3 : 1;
    memcpy(build->bytes + 0x3E, key, sizeof key);
    make(build, &catalog, JET_CATALOG, catalog_columns, HB_COUNT(catalog_columns), false, true);
    enter(build, JET_CATALOG, "MSysObjects", 1);
}

void build_end(struct build *build)
{
    free(build->bytes);
}

void build_table(struct build *build, struct build_table *table, const char *name,
                 const struct build_column *columns, size_t count, bool wide_map)
{
    uint32_t page = new_page(build, JET_DEFINITION);
    make(build, table, page, columns, count, wide_map, false);
    enter(build, page, name, 1);
}

void build_link(struct build *build, const char *name, int type)
{
    enter(build, 0, name, type);
}

bool build_read(void *context, uint32_t number, uint8_t page[JET_PAGE], struct error *err)
{
    struct build *build = context;
    if (number >= build->pages) {
        return error_set(err, ERR_SYSTEM, 0, "page %lu was asked for", (unsigned long)number);
    }
    memcpy(page, build_page(build, number), JET_PAGE);
    return true;
}

struct jet_pages build_pages(struct build *build)
{
    return (struct jet_pages){build, build->pages, build_read};
}
