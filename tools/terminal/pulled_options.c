#define _POSIX_C_SOURCE 200809L

#include "pulled_options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"

struct pulled_options pulled_options = {
    .port = 4370, .terminals = 1, .prefix = "PUL", .zone_s = 7 * 3600};

static const struct {
    const char *name;
    uint32_t bit;
} faults[] = {
    {"fragments", PULLED_FRAGMENTS},
    {"no-session", PULLED_NO_SESSION},
    {"short-head", PULLED_SHORT_HEAD},
    {"events", PULLED_EVENTS},
    {"bare-data", PULLED_BARE_DATA},
    {"split-direct", PULLED_SPLIT_DIRECT},
    {"half-direct", PULLED_HALF_DIRECT},
    {"grow-before", PULLED_GROW_BEFORE},
    {"grow-after", PULLED_GROW_AFTER},
    {"odd-total", PULLED_ODD_TOTAL},
    {"count-more", PULLED_COUNT_MORE},
    {"count-zero", PULLED_COUNT_ZERO},
    {"bad-dates", PULLED_BAD_DATES},
    {"key-always", PULLED_KEY_ALWAYS},
    {"6001", PULLED_REFUSES},
    {"4989", PULLED_ACCESS},
    {"plain", PULLED_PLAIN},
    {"no-options", PULLED_NO_OPTIONS},
    {"bad-checksum", PULLED_BAD_CHECKSUM},
    {"bad-magic", PULLED_BAD_MAGIC},
    {"bad-length", PULLED_BAD_LENGTH},
    {"huge", PULLED_HUGE},
    {"no-serial", PULLED_NO_SERIAL},
    {"no-echo", PULLED_NO_ECHO},
    {"panel", PULLED_PANEL},
    {"miscount", PULLED_MISCOUNT},
    {"no-counts", PULLED_NO_FREE_SIZES},
};

bool pulled_set_fault(const char *name, uint32_t *bits)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(faults[i].name, name) == 0) {
            *bits |= faults[i].bit;
            return true;
        }
    }
    return false;
}

static const char usage[] =
    "usage: pulled [OPTION…]\n"
    "  --port N           of the first terminal, on 127.0.0.1 (4370)\n"
    "  --terminals N      how many (1)\n"
    "  --serial-prefix T  serial numbers are this and a number of four digits (PUL)\n"
    "  --records N        that each holds (100); 0: none\n"
    "  --capacity N       for records (100000)\n"
    "  --users N          (7)\n"
    "  --layout N         81, 82 (8 bytes, A and B), 16, 22, 40, 49 (40)\n"
    "  --user-size N      28 or 72 (72)\n"
    "  --start TIME       of the first record (2026-09-21 14:13:20)\n"
    "  --interval S       between two (37)\n"
    "  --key N            its communication key\n"
    "  --clock S          its clock is so many seconds ahead\n"
    "  --zone HOURS       its time zone (7)\n"
    "  --rate R           punches a second that each makes\n"
    "  --fault NAME       a misbehaviour; may be repeated\n"
    "  --mute N, --close N, --cut N   at command number N\n"
    "  --slice N          bytes written at once\n"
    "  --gap MS           between two frames of a stream\n"
    "  --piece N          bytes of data in a datagram (1024)\n"
    "  --drop P, --twice P  of the datagrams, in percent\n"
    "  --second HOW       a second connection is served, refused, mute, or kills the first\n"
    "  --replay FILE      says again what a terminal said in a capture of \"hipctl pull --out\"\n"
    "faults:";

static bool take_option(int code, const char *text)
{
    struct pulled_plan *plan = &pulled_options.plan;
    long number = strtol(text, NULL, 10);
    switch (code) {
    case 'p':
        pulled_options.port = (int)number;
        return number > 0 && number < 65536;
    case 't':
        pulled_options.terminals = (size_t)number;
        return number > 0 && number <= PULLED_TERMINALS_MAX;
    case 'y':
        pulled_options.replay = text;
        return true;
    case 'S':
        pulled_options.prefix = text;
        return strlen(text) < 40;
    case 'r':
        plan->records = number == 0 ? PULLED_NONE : (uint32_t)number;
        return number >= 0;
    case 'c':
        plan->capacity = (uint32_t)number;
        return number > 0;
    case 'u':
        plan->users = (uint32_t)number;
        return number > 0 && number < 60000;
    case 'l':
        plan->layout = (unsigned)number;
        return number == 81 || number == 82 || number == 16 || number == 22 || number == 40 ||
               number == 49;
    case 'U':
        plan->user_size = (unsigned)number;
        return number == 28 || number == 72;
    case 's':
        return record_time_parse(text, &plan->start);
    case 'i':
        plan->interval_s = number;
        return number > 0;
    case 'k':
        plan->key = (uint32_t)number;
        plan->wants_key = true;
        return number >= 0 && number <= 999999;
    case 'C':
        pulled_options.clock_ahead_s = number;
        return true;
    case 'z':
        pulled_options.zone_s = number * 3600;
        return true;
    case 'R':
        pulled_options.rate = strtod(text, NULL);
        return pulled_options.rate > 0;
    case 'f':
        return pulled_set_fault(text, &plan->faults);
    case 'm':
        plan->mute_at = (unsigned)number;
        return true;
    case 'x':
        plan->close_at = (unsigned)number;
        return true;
    case 'X':
        plan->cut_at = (unsigned)number;
        return true;
    case 'L':
        pulled_options.slice = (size_t)number;
        return number > 0;
    case 'g':
        pulled_options.gap_ms = number;
        return number > 0 && number < 1000;
    case 'P':
        plan->data_piece = (unsigned)number;
        return number > 0 && number <= 60000;
    case 'd':
        pulled_options.drop = (unsigned)number;
        return number >= 0 && number < 100;
    case 'w':
        pulled_options.twice = (unsigned)number;
        return number >= 0 && number < 100;
    case '2':
        pulled_options.second = strcmp(text, "refused") == 0 ? PULLED_SECOND_REFUSED
                                : strcmp(text, "mute") == 0  ? PULLED_SECOND_MUTE
                                : strcmp(text, "kills") == 0 ? PULLED_SECOND_KILLS
                                                             : PULLED_SECOND_SERVED;
        return true;
    default:
        return false;
    }
}

static const struct option long_options[] = {
    {"port", required_argument, NULL, 'p'},          {"replay", required_argument, NULL, 'y'},
    {"terminals", required_argument, NULL, 't'},     {"records", required_argument, NULL, 'r'},
    {"serial-prefix", required_argument, NULL, 'S'}, {"capacity", required_argument, NULL, 'c'},
    {"users", required_argument, NULL, 'u'},         {"layout", required_argument, NULL, 'l'},
    {"user-size", required_argument, NULL, 'U'},     {"start", required_argument, NULL, 's'},
    {"interval", required_argument, NULL, 'i'},      {"key", required_argument, NULL, 'k'},
    {"clock", required_argument, NULL, 'C'},         {"zone", required_argument, NULL, 'z'},
    {"rate", required_argument, NULL, 'R'},          {"fault", required_argument, NULL, 'f'},
    {"mute", required_argument, NULL, 'm'},          {"close", required_argument, NULL, 'x'},
    {"cut", required_argument, NULL, 'X'},           {"gap", required_argument, NULL, 'g'},
    {"slice", required_argument, NULL, 'L'},         {"piece", required_argument, NULL, 'P'},
    {"drop", required_argument, NULL, 'd'},          {"twice", required_argument, NULL, 'w'},
    {"second", required_argument, NULL, '2'},        {NULL, 0, NULL, 0},
};

bool pulled_read_options(int argc, char **argv)
{
    int code;
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        if (code == '?' || !take_option(code, optarg)) {
            fputs(usage, stderr);
            for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
                fprintf(stderr, " %s", faults[i].name);
            }
            fputs("\n", stderr);
            return false;
        }
    }
    return true;
}
