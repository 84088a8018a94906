/*
 * terminal: simulated attendance terminals that push punches to a HIP Bridge, for demo, tests and
 * benchmark. Exit status: 0 when every punch was acknowledged, 1 when not, 2 for a wrong option.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "device.h"

enum { TERMINALS_MAX = 5000, BATCH_MAX = 100000 };

static const char usage[] =
    "usage: terminal [OPTION…]\n"
    "  --url URL          the bridge (http://127.0.0.1:9090)\n"
    "  --terminals N      how many terminals (1)\n"
    "  --punches N        punches each makes (10); 0: as many as --seconds allows\n"
    "  --batch N          punches in a POST, at most (1)\n"
    "  --rate R           punches a second each makes; 0: all are there at once (0)\n"
    "  --sn-prefix TEXT   serial numbers are this and a number of four digits (SIM)\n"
    "  --start TIME       of the first punch (2026-01-15 08:00:00)\n"
    "  --interval S       seconds between the punches' times (1)\n"
    "  --ledger FILE      append each acknowledged punch: sn TAB pin TAB time\n"
    "  --vanish PERCENT   cut this share of the uploads in mid-body (0)\n"
    "  --keep-alive       keep connections (the default); --close: one a request\n"
    "  --seconds N        make punches for so long, and stay (with --poll) at least so long\n"
    "  --poll[=S]         ask for commands every S seconds (as the bridge says)\n"
    "  --poll-between     ask for commands once after each upload\n"
    "  --fkweb            speak FkWeb, as HIP's own terminals do: a punch a request\n"
    "  --at-once N        requests under way of all terminals together, at most\n"
    "  --retry S          after a failure, wait S seconds (as the bridge says)\n"
    "  --timeout S        for an answer (60)\n"
    "  --give-up S        seconds to get the rest through after the last punch was made (60)\n"
    "  --no-handshake     uploads alone\n"
    "  --json             the summary as JSON\n";

struct options {
    struct device_plan device;
    size_t terminals;
    size_t at_once;
    const char *sn_prefix;
    const char *ledger;
    double seconds;
    double give_up_s;
    bool json;
};

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static double clock_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool number(const char *text, double least, double most, double *value)
{
    char *end;
    errno = 0;
    *value = strtod(text, &end);
    return errno == 0 && end != text && *end == '\0' && *value >= least && *value <= most;
}

enum option_code {
    OPT_URL = 1000,
    OPT_TERMINALS,
    OPT_PUNCHES,
    OPT_BATCH,
    OPT_RATE,
    OPT_SN_PREFIX,
    OPT_START,
    OPT_INTERVAL,
    OPT_LEDGER,
    OPT_VANISH,
    OPT_KEEP_ALIVE,
    OPT_CLOSE,
    OPT_SECONDS,
    OPT_POLL,
    OPT_POLL_BETWEEN,
    OPT_FKWEB,
    OPT_AT_ONCE,
    OPT_RETRY,
    OPT_TIMEOUT,
    OPT_GIVE_UP,
    OPT_NO_HANDSHAKE,
    OPT_JSON,
    OPT_HELP,
};

static const struct option long_options[] = {
    {"url", required_argument, NULL, OPT_URL},
    {"terminals", required_argument, NULL, OPT_TERMINALS},
    {"punches", required_argument, NULL, OPT_PUNCHES},
    {"batch", required_argument, NULL, OPT_BATCH},
    {"rate", required_argument, NULL, OPT_RATE},
    {"sn-prefix", required_argument, NULL, OPT_SN_PREFIX},
    {"start", required_argument, NULL, OPT_START},
    {"interval", required_argument, NULL, OPT_INTERVAL},
    {"ledger", required_argument, NULL, OPT_LEDGER},
    {"vanish", required_argument, NULL, OPT_VANISH},
    {"keep-alive", no_argument, NULL, OPT_KEEP_ALIVE},
    {"close", no_argument, NULL, OPT_CLOSE},
    {"seconds", required_argument, NULL, OPT_SECONDS},
    {"poll", optional_argument, NULL, OPT_POLL},
    {"poll-between", no_argument, NULL, OPT_POLL_BETWEEN},
    {"fkweb", no_argument, NULL, OPT_FKWEB},
    {"at-once", required_argument, NULL, OPT_AT_ONCE},
    {"retry", required_argument, NULL, OPT_RETRY},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"give-up", required_argument, NULL, OPT_GIVE_UP},
    {"no-handshake", no_argument, NULL, OPT_NO_HANDSHAKE},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool take_option(struct options *options, int code, const char *text)
{
    struct device_plan *device = &options->device;
    double value = 0;
    bool fine = true;
    switch (code) {
    case OPT_URL:
        device->url = text;
        break;
    case OPT_TERMINALS:
        fine = number(text, 1, TERMINALS_MAX, &value);
        options->terminals = (size_t)value;
        break;
    case OPT_PUNCHES:
        fine = number(text, 0, 1e12, &value);
        device->punches = (uint64_t)value;
        break;
    case OPT_BATCH:
        fine = number(text, 1, BATCH_MAX, &value);
        device->batch = (size_t)value;
        break;
    case OPT_RATE:
        fine = number(text, 0, 1e6, &device->rate);
        break;
    case OPT_SN_PREFIX:
        fine = strlen(text) <= 40;
        options->sn_prefix = text;
        break;
    case OPT_START:
        fine = record_time_parse(text, &device->records.start);
        break;
    case OPT_INTERVAL:
        fine = number(text, 1, 86400, &value);
        device->records.interval_s = (int64_t)value;
        break;
    case OPT_LEDGER:
        options->ledger = text;
        break;
    case OPT_VANISH:
        fine = number(text, 0, 99, &value);
        device->vanish_percent = (int)value;
        break;
    case OPT_KEEP_ALIVE:
        device->keep_alive = true;
        break;
    case OPT_CLOSE:
        device->keep_alive = false;
        break;
    case OPT_SECONDS:
        fine = number(text, 0, 1e7, &options->seconds);
        break;
    case OPT_POLL:
        device->poll = true;
        fine = text == NULL || number(text, 0.01, 1e5, &device->poll_s);
        break;
    case OPT_POLL_BETWEEN:
        device->poll_between = true;
        break;
    case OPT_FKWEB:
        device->fkweb = true;
        break;
    case OPT_AT_ONCE:
        fine = number(text, 1, TERMINALS_MAX, &value);
        options->at_once = (size_t)value;
        break;
    case OPT_RETRY:
        fine = number(text, 0.01, 1e5, &device->retry_s);
        break;
    case OPT_TIMEOUT:
        fine = number(text, 1, 1e5, &value);
        device->timeout_s = (long)value;
        break;
    case OPT_GIVE_UP:
        fine = number(text, 0, 1e7, &options->give_up_s);
        break;
    case OPT_NO_HANDSHAKE:
        device->handshake = false;
        break;
    case OPT_JSON:
        options->json = true;
        break;
    default:
        fine = false;
        break;
    }
    return fine;
}

static bool read_options(int argc, char **argv, struct options *options)
{
    int code, which = -1;
    while ((code = getopt_long(argc, argv, "", long_options, &which)) != -1) {
        if (code == OPT_HELP || code == '?') {
            return false;
        }
        if (!take_option(options, code, optarg)) {
            fprintf(stderr, "terminal: --%s cannot be %s\n", long_options[which].name,
                    optarg != NULL ? optarg : "this");
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "terminal: %s is not an option\n", argv[optind]);
        return false;
    }
    if (options->device.fkweb && options->device.batch != 1) {
        fprintf(stderr, "terminal: --fkweb has one punch in a request\n");
        return false;
    }
    if (options->device.punches == 0) {
        options->device.punches = UINT64_MAX;
        if (options->seconds <= 0 || options->device.rate <= 0) {
            fprintf(stderr, "terminal: --punches 0 needs --seconds and --rate\n");
            return false;
        }
    }
    return true;
}

static void print_summary(const struct options *options, const struct tally *tally,
                          uint64_t unacked, double seconds)
{
    double p50 = tally_percentile(tally, 0.50), p99 = tally_percentile(tally, 0.99);
    double most = (double)tally->latency_max_us / 1000.0;
    double rate = seconds > 0 ? (double)tally->posts / seconds : 0;
    if (options->json) {
        printf("{\"terminals\": %zu, \"requests\": %llu, \"posts\": %llu, \"acked\": %llu, "
               "\"unacked\": %llu, \"resent\": %llu, \"retries\": %llu, \"vanished\": %llu, "
               "\"commands\": %llu, \"odd\": %llu, \"seconds\": %.3f, \"posts_per_s\": %.1f, "
               "\"latency_ms\": {\"p50\": %.3f, \"p99\": %.3f, \"max\": %.3f}}\n",
               options->terminals, (unsigned long long)tally->requests,
               (unsigned long long)tally->posts, (unsigned long long)tally->acked,
               (unsigned long long)unacked, (unsigned long long)tally->resent,
               (unsigned long long)tally->retries, (unsigned long long)tally->vanished,
               (unsigned long long)tally->commands, (unsigned long long)tally->odd, seconds, rate,
               p50, p99, most);
    } else {
        printf("%zu terminals: %llu punches acknowledged, %llu not; %llu requests, %llu sent "
               "again, %llu cut, in %.1f s; an upload took %.1f ms (median), %.1f ms (99 %%)\n",
               options->terminals, (unsigned long long)tally->acked, (unsigned long long)unacked,
               (unsigned long long)tally->requests, (unsigned long long)tally->retries,
               (unsigned long long)tally->vanished, seconds, p50, p99);
    }
    if (tally->odd > 0) {
        fprintf(stderr, "terminal: an answer that cannot be used: %s\n", tally->odd_first);
    }
    if (unacked > 0 && tally->last_failure[0] != '\0') {
        fprintf(stderr, "terminal: the last failure: %s\n", tally->last_failure);
    }
}

/* Lets all devices work until all is done or it is time to give up. Returns how many are not done.
 */
static size_t run(const struct options *options, CURLM *multi, struct device **devices)
{
    double start = clock_now(), making_ended = 0;
    for (;;) {
        double now = clock_now(), wake = now + 0.5;
        size_t undone = 0;
        if (making_ended == 0 && options->seconds > 0 && now - start >= options->seconds) {
            for (size_t i = 0; i < options->terminals; i++) {
                device_stop_making(devices[i], now);
            }
            making_ended = now;
        }
        size_t under_way = 0;
        for (size_t i = 0; i < options->terminals; i++) {
            under_way += device_asks(devices[i]);
        }
        for (size_t i = 0; i < options->terminals; i++) {
            if (under_way < options->at_once && !device_asks(devices[i])) {
                double next = device_step(devices[i], now);
                wake = next < wake ? next : wake;
                under_way += device_asks(devices[i]);
            }
            undone += !device_done(devices[i], now);
        }
        bool stay = making_ended == 0 && options->seconds > 0 && options->device.poll;
        if ((undone == 0 && !stay) || interrupted) {
            return undone;
        }
        if (making_ended == 0 && options->seconds <= 0) {
            double length = options->device.rate > 0
                                ? (double)options->device.punches / options->device.rate
                                : 0;
            if (now - start >= length) {
                making_ended = start + length;
            }
        }
        if (making_ended > 0 && now - making_ended > options->give_up_s) {
            return undone;
        }

        int running, queued;
        int wait_ms = wake > now ? (int)((wake - now) * 1000) + 1 : 0;
        curl_multi_perform(multi, &running);
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &queued)) != NULL;) {
            struct device *device = NULL;
            CURLcode result = message->data.result;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&device);
            device_finished(device, result, clock_now());
            wait_ms = 0;
        }
        if (wait_ms > 0) {
            curl_multi_poll(multi, NULL, 0, wait_ms, NULL);
        }
    }
}

static struct device **make_devices(const struct options *options, CURLM *multi,
                                    struct tally *tally)
{
    struct device **devices = calloc(options->terminals, sizeof(struct device *));
    for (size_t i = 0; devices != NULL && i < options->terminals; i++) {
        char sn[64];
        snprintf(sn, sizeof sn, "%s%04zu", options->sn_prefix, i + 1);
        devices[i] = device_new(&options->device, multi, tally, sn, (unsigned)i, clock_now());
        if (devices[i] == NULL) {
            while (i > 0) {
                device_free(devices[--i]);
            }
            free(devices);
            devices = NULL;
        }
    }
    return devices;
}

int main(int argc, char **argv)
{
    static struct tally tally;
    struct options options = {
        .device = {.url = "http://127.0.0.1:9090",
                   .punches = 10,
                   .batch = 1,
                   .records = {.start = 0, .interval_s = 1},
                   .keep_alive = true,
                   .handshake = true,
                   .poll_s = -1,
                   .retry_s = -1,
                   .timeout_s = 60},
        .terminals = 1,
        .at_once = TERMINALS_MAX,
        .sn_prefix = "SIM",
        .give_up_s = 60,
    };
    int status = 1;
    CURLM *multi = NULL;
    struct device **devices = NULL;

    record_time_parse("2026-01-15 08:00:00", &options.device.records.start);
    if (!read_options(argc, argv, &options)) {
        fputs(usage, stderr);
        return 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (options.ledger != NULL && (tally.ledger = fopen(options.ledger, "a")) == NULL) {
        fprintf(stderr, "terminal: cannot open %s: %s\n", options.ledger, strerror(errno));
        goto cleanup;
    }
    multi = curl_multi_init();
    devices = multi != NULL ? make_devices(&options, multi, &tally) : NULL;
    if (devices == NULL) {
        fprintf(stderr, "terminal: no memory\n");
        goto cleanup;
    }
    double start = clock_now();
    size_t undone = run(&options, multi, devices);
    double now = clock_now();
    uint64_t unacked = 0;
    for (size_t i = 0; i < options.terminals; i++) {
        unacked += device_unacknowledged(devices[i], now);
    }
    print_summary(&options, &tally, unacked, now - start);
    if (tally.ledger_failed) {
        fprintf(stderr, "terminal: cannot write %s\n", options.ledger);
    }
    status = undone == 0 && unacked == 0 && tally.odd == 0 && !tally.ledger_failed ? 0 : 1;

cleanup:
    for (size_t i = 0; devices != NULL && i < options.terminals; i++) {
        device_free(devices[i]);
    }
    free(devices);
    curl_multi_cleanup(multi);
    if (tally.ledger != NULL) {
        fclose(tally.ledger);
    }
    curl_global_cleanup();
    return status;
}
