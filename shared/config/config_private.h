/*
 * config_private: what the config_*.c files share, and nobody else.
 */
#ifndef HIPBRIDGE_CONFIG_PRIVATE_H
#define HIPBRIDGE_CONFIG_PRIVATE_H

#include <cjson/cJSON.h>

#include "config/config.h"

/* Where a value is: in the n-th member or element, of it the n-th, and so on. cJSON keeps the order
 * of the text. */
enum { CONFIG_DEPTH_MAX = 8 };

struct config_place {
    size_t depth;
    size_t steps[CONFIG_DEPTH_MAX];
};

/* A configuration's text, without its byte order mark, and the file it is from. */
struct config_text {
    struct span json;
    const char *path;
};

/* ---- config_locate.c: where things are in a text that cJSON has parsed ---- */

/* The bytes of the value; of its key, quotation marks included, when `key` is asked for. */
struct span config_locate(struct span json, const struct config_place *place, bool key);

/* The number, from 1, of the line that holds this byte. */
size_t config_line(struct span json, const char *at);

/* ---- config_syntax.c ---- */

/*
 * The text as cJSON's tree (free with config_tree_free), or NULL with an error that names the line
 * and says what to look for there.
 */
cJSON *config_tree(const struct config_text *text, struct error *err);

/* Wipes each text in the tree before freeing it: one of them is the password. */
void config_tree_free(cJSON *tree);

/* ---- config_value.c: the kinds of values, and what is said of a wrong one ---- */

struct config_reading {
    const struct config_text *text;
    struct config *config;
    struct error *err;
    char folder[FILE_PATH_MAX]; /* of the file; relative paths begin there */
    struct config_place place;  /* of what is being read */
    char label[192];            /* its name, as the user knows it */
};

struct config_key;

/* Takes a value into its target; false with an error when it is not what the key may be. */
typedef bool config_reader(struct config_reading *reading, const struct config_key *key,
                           const cJSON *value, void *target);

/*
 * One key: where its value goes and what it may be. `size` is that of the target. `min` and `max`
 * bound a number, or the length of a text (max 0: what fits). `choices` are the words of an enum,
 * in its order, ended by NULL. `standard` is the default, as JSON text.
 */
struct config_key {
    const char *section; /* "": at the top */
    const char *name;
    config_reader *read;
    size_t offset;
    size_t size;
    int min, max;
    const char *const *choices;
    const char *standard;
};

/* Goes into the n-th member or element, and out again. */
struct config_mark {
    size_t label_len;
};

struct config_mark config_enter(struct config_reading *reading, size_t step, const char *label);
void config_leave(struct config_reading *reading, struct config_mark mark);

/* "<file>, line <n>: <label> <words>." for the value (or the key) at the reading's place; false. */
bool config_complain(struct config_reading *reading, bool key, const char *words);

/* "... is <value>; it must be <must>."; false. */
bool config_wrong(struct config_reading *reading, const cJSON *value, const char *must);

/* Hands each element of a list to `one`, with the reading's place and label at it. */
bool config_read_list(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, const char *must,
                      bool (*one)(struct config_reading *reading, const cJSON *element,
                                  size_t index));

/* A text without control characters, as long as the key allows. */
bool config_text_of(struct config_reading *reading, const struct config_key *key,
                    const cJSON *value, struct span *text);

/* A path, made absolute from `folder`, into target[FILE_PATH_MAX]. */
bool config_resolve(struct config_reading *reading, const char *folder, struct span text,
                    void *target);

/* Whether it is a whole number within [min, max]; no words are said. */
bool config_whole_number(const cJSON *value, int min, int max, int *number);

config_reader config_read_bool;
config_reader config_read_int;
config_reader config_read_text;
config_reader config_read_path;
config_reader config_read_sn;
config_reader config_read_choice;
config_reader config_read_date;

/* ---- config_listener.c ---- */

config_reader config_read_timezone; /* the listener's */
bool config_read_zone(struct config_reading *reading, const struct config_key *key,
                      const cJSON *value, void *target, const struct zone_rules **zone);
config_reader config_read_networks;
config_reader config_read_devices;

/* ---- config_sync.c ---- */

config_reader config_read_archive;
config_reader config_read_pattern;
config_reader config_read_times;
config_reader config_read_columns;
config_reader config_read_files;

/* ---- config_pull.c ---- */

config_reader config_read_terminals;

/* ---- config_access.c ---- */

config_reader config_read_access_path;
config_reader config_read_access_sn;
config_reader config_read_sensors;

/* ---- config_alarm.c ---- */

config_reader config_read_alarm_url;
config_reader config_read_alarm_header;
config_reader config_read_alarm_body;

/* ---- config_database.c ---- */

config_reader config_read_secret; /* into a struct config_secret */

config_reader config_read_table;
config_reader config_read_names; /* into a struct config_columns */
config_reader config_read_hosts;
config_reader config_read_tls_ca;
config_reader config_read_password;

/* ---- config_read.c ---- */

/* The member of this name and which one it is; NULL: none. */
const cJSON *config_member(const cJSON *object, const char *name, size_t *step);

/* Each key of the object is one of the table's (of this section), and there once. */
bool config_check_keys(struct config_reading *reading, const struct config_key *table, size_t count,
                       const char *section, const cJSON *object);

/* Reads one key, from the object (NULL: there is none) or from its default, to target + offset. */
bool config_read_key(struct config_reading *reading, const struct config_key *key,
                     const cJSON *object, char *target);

/* Fills config (zeroed) from the tree; config->path is set already. */
bool config_read(const struct config_text *text, const cJSON *tree, struct config *config,
                 struct error *err);

#endif
