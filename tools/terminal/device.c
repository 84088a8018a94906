#define _POSIX_C_SOURCE 200809L

#include "device_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* xorshift: the same run of the same options cuts the same uploads. */
static uint64_t draw(struct device *device)
{
    device->random ^= device->random << 13;
    device->random ^= device->random >> 7;
    device->random ^= device->random << 17;
    return device->random;
}

void device_note_odd(struct device *device, const char *what)
{
    if (device->tally->odd++ == 0) {
        snprintf(device->tally->odd_first, sizeof device->tally->odd_first, "%s: %s: %.120s",
                 device->sn, what, device->answer);
    }
}

static uint64_t made(const struct device *device, double now)
{
    if (device->plan->rate <= 0) {
        return device->made_limit;
    }
    double n = (now - device->made_from) * device->plan->rate;
    uint64_t count = n > 0 ? (uint64_t)n + 1 : 1;
    return count < device->made_limit ? count : device->made_limit;
}

/* ---- what curl calls ---- */

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
    struct device *device = context;
    size_t len = size * count;
    if (len > ANSWER_MAX - device->answer_len) {
        return 0;
    }
    memcpy(device->answer + device->answer_len, bytes, len);
    device->answer_len += len;
    device->answer[device->answer_len] = '\0';
    return len;
}

static size_t give_body(char *out, size_t size, size_t count, void *context)
{
    struct device *device = context;
    size_t room = size * count;
    size_t end = device->cut ? device->body_len / 2 : device->body_len;
    size_t len = end - device->body_at;
    if (device->cut && len == 0) {
        return CURL_READFUNC_ABORT;
    }
    if (len > room) {
        len = room;
    }
    memcpy(out, device->body + device->body_at, len);
    device->body_at += len;
    return len;
}

static int seek_body(void *context, curl_off_t offset, int origin)
{
    struct device *device = context;
    if (origin != SEEK_SET || offset < 0 || (size_t)offset > device->body_len) {
        return CURL_SEEKFUNC_FAIL;
    }
    device->body_at = (size_t)offset;
    return CURL_SEEKFUNC_OK;
}

/* ---- making requests ---- */

static void begin(struct device *device, enum task task, bool post, const char *path, double now)
{
    char url[PATH_MAX_BYTES + 256];
    snprintf(url, sizeof url, "%s%s", device->plan->url, path);
    device->task = task;
    device->started = now;
    device->answer_len = 0;
    device->answer[0] = '\0';
    device->body_at = 0;
    curl_easy_setopt(device->easy, CURLOPT_URL, url);
    device->code[0] = '\0';
    if (post && device->plan->fkweb) {
        curl_easy_setopt(device->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(device->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)device->body_len);
        curl_easy_setopt(device->easy, CURLOPT_HTTPHEADER,
                         task == TASK_POLL ? device->fk_poll : device->fk_punch);
    } else if (post) {
        curl_easy_setopt(device->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(device->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)device->body_len);
        curl_easy_setopt(device->easy, CURLOPT_HTTPHEADER, device->post_headers);
    } else {
        curl_easy_setopt(device->easy, CURLOPT_HTTPGET, 1L);
        curl_easy_setopt(device->easy, CURLOPT_HTTPHEADER, device->headers);
    }
    device->tally->requests++;
    if (curl_multi_add_handle(device->multi, device->easy) != CURLM_OK) {
        device_finished(device, CURLE_FAILED_INIT, now);
    }
}

static void set_body(struct device *device, const char *text, size_t len)
{
    device->body_len = len < device->body_size ? len : device->body_size;
    memcpy(device->body, text, device->body_len);
    device->cut = false;
}

static void begin_upload(struct device *device, enum task task, uint64_t from, uint64_t to,
                         double now)
{
    char path[PATH_MAX_BYTES], stamp[RECORD_TIME_MAX];
    device->first = from;
    device->count = to - from < device->plan->batch ? to - from : device->plan->batch;
    device->body_len = 0;
    if (device->plan->fkweb) {
        device_fkweb_punch(device, from);
        device->cut = false;
        begin(device, task, true, "/", now);
        return;
    }
    for (uint64_t n = from; n < from + device->count; n++) {
        device->body_len +=
            record_line(&device->plan->records, n, device->number, device->body + device->body_len);
    }
    /* Whatever firmware puts here is opaque to a server: some send a number, some a time. */
    if (device->number % 2 == 0) {
        snprintf(stamp, sizeof stamp, "%llu", (unsigned long long)(from + device->count));
    } else {
        record_time(&device->plan->records, from + device->count - 1, stamp);
        stamp[10] = 'T';
    }
    device->cut = device->plan->vanish_percent > 0 &&
                  draw(device) % 100 < (uint64_t)device->plan->vanish_percent;
    snprintf(path, sizeof path, "/iclock/cdata?SN=%s&table=ATTLOG&Stamp=%s", device->sn, stamp);
    begin(device, task, true, path, now);
}

static void begin_other(struct device *device, enum task task, double now)
{
    char path[PATH_MAX_BYTES], text[256];
    if (device->plan->fkweb) {
        device_fkweb_poll(device);
        device->cut = false;
        begin(device, TASK_POLL, true, "/", now);
        return;
    }
    switch (task) {
    case TASK_HANDSHAKE:
        snprintf(path, sizeof path,
                 "/iclock/cdata?SN=%s&options=all&pushver=2.4.1&language=76&DeviceType=att&"
                 "PushOptionsFlag=1",
                 device->sn);
        begin(device, task, false, path, now);
        break;
    case TASK_OPTIONS:
        snprintf(text, sizeof text,
                 "~DeviceName=SIM,FWVersion=Ver 8.0.4.2-20190101,~OEMVendor=SIMULATED CO., LTD.,"
                 "FingerFunOn=1,FaceFunOn=0");
        set_body(device, text, strlen(text));
        snprintf(path, sizeof path, "/iclock/cdata?SN=%s&table=options", device->sn);
        begin(device, task, true, path, now);
        break;
    case TASK_GREET:
        snprintf(
            path, sizeof path,
            "/iclock/getrequest?SN=%s&INFO=Ver%%208.0.4.2-20190101,97,120,%llu,192.168.1.%u,10,"
            "7,15,0,111",
            device->sn, (unsigned long long)made(device, now), 1 + device->number % 254);
        begin(device, task, false, path, now);
        break;
    case TASK_RESULT:
        device->results_sent = device->results_len;
        set_body(device, device->results, device->results_len);
        snprintf(path, sizeof path, "/iclock/devicecmd?SN=%s", device->sn);
        begin(device, task, true, path, now);
        break;
    default:
        snprintf(path, sizeof path, "/iclock/getrequest?SN=%s", device->sn);
        begin(device, task, false, path, now);
        break;
    }
}

static double poll_every(const struct device *device)
{
    return device->plan->poll_s >= 0 ? device->plan->poll_s : device->delay_s;
}

double device_step(struct device *device, double now)
{
    const double never = 1e18;
    if (device->task != TASK_NONE) {
        return never;
    }
    if (now < device->not_before) {
        return device->not_before;
    }
    if (device->owes_poll) {
        begin_other(device, TASK_POLL, now);
        return never;
    }
    if (!device->shaken) {
        begin_other(device, TASK_HANDSHAKE, now);
    } else if (device->wants_options) {
        begin_other(device, TASK_OPTIONS, now);
    } else if (!device->greeted) {
        begin_other(device, TASK_GREET, now);
    } else if (device->resend_from < device->resend_to) {
        begin_upload(device, TASK_RESEND, device->resend_from, device->resend_to, now);
    } else if (device->results_len > 0) {
        begin_other(device, TASK_RESULT, now);
    } else if (device->cursor < made(device, now)) {
        begin_upload(device, TASK_UPLOAD, device->cursor, made(device, now), now);
    } else if (device->plan->poll && now >= device->next_poll) {
        begin_other(device, TASK_POLL, now);
    } else {
        double wake = device->plan->poll ? device->next_poll : never;
        if (device->cursor < device->made_limit) {
            double next = device->made_from + (double)device->cursor / device->plan->rate;
            wake = next < wake ? next : wake;
        }
        return wake;
    }
    return never;
}

/* ---- what the server says ---- */

/* The value of a `key=value` line of the option block, or NULL; ends at the line's end. */
static const char *option(const char *block, const char *key)
{
    size_t len = strlen(key);
    for (const char *line = block; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, key, len) == 0 && line[len] == '=') {
            return line + len + 1;
        }
    }
    return NULL;
}

static bool value_is(const char *value, const char *text)
{
    size_t len = strlen(text);
    return value != NULL && strncmp(value, text, len) == 0 && strchr("\r\n", value[len]) != NULL;
}

static void take_seconds(const char *value, double *seconds)
{
    double said = value != NULL ? strtod(value, NULL) : 0;
    if (said > 0) {
        *seconds = said;
    }
}

static void take_options(struct device *device)
{
    char expected[SN_MAX + 24];
    int len = snprintf(expected, sizeof expected, "GET OPTION FROM: %s", device->sn);
    if (strncmp(device->answer, expected, (size_t)len) != 0 ||
        strchr("\r\n", device->answer[len]) == NULL) {
        device_note_odd(device, "not an option block for this terminal");
        return;
    }
    const char *stamp = option(device->answer, "ATTLOGStamp");
    if (stamp == NULL) {
        stamp = option(device->answer, "Stamp");
    }
    const char *delay = option(device->answer, "Delay");
    const char *error_delay = option(device->answer, "ErrorDelay");
    if (stamp == NULL || delay == NULL || error_delay == NULL ||
        option(device->answer, "TimeZone") == NULL ||
        !value_is(option(device->answer, "Realtime"), "1")) {
        device_note_odd(device, "the option block lacks a line");
    }
    take_seconds(delay, &device->delay_s);
    take_seconds(error_delay, &device->error_delay_s);
    device->wants_options = value_is(option(device->answer, "PushOptionsFlag"), "1");
    /* Newer firmware keeps a cursor of its own and heeds one value alone. */
    if (value_is(stamp, "0")) {
        device->cursor = 0;
    }
    device->shaken = true;
}

/* "OK", "OK:9" and "OK: 9" are all in use. */
static bool acknowledges(const struct device *device)
{
    const char *answer = device->answer;
    uint64_t count = device->count;
    if (strncmp(answer, "OK", 2) != 0) {
        return false;
    }
    return answer[2] != ':' || strtoull(answer + 3, NULL, 10) == count;
}

static void take_acknowledgement(struct device *device, double now)
{
    char pin[RECORD_PIN_MAX], time[RECORD_TIME_MAX];
    uint64_t end = device->first + device->count;
    if (device->plan->fkweb && strcmp(device->code, "OK") != 0) {
        device_note_odd(device, device->code); /* it keeps what it sent, and sends it again */
        device->tally->retries++;
        device->not_before = now + 1;
        return;
    }
    for (uint64_t n = device->first; n < end; n++) {
        if (n < device->acked) {
            device->tally->resent++;
            continue;
        }
        record_pin(n, pin);
        record_time(&device->plan->records, n, time);
        tally_ack(device->tally, device->sn, pin, time);
    }
    tally_flush(device->tally);
    tally_latency(device->tally, now - device->started);
    device->tally->posts++;
    if (end > device->acked) {
        device->acked = end;
    }
    if (device->task == TASK_RESEND) {
        device->resend_from = end;
    } else {
        device->cursor = end;
    }
    device->owes_poll = device->plan->poll_between;
    if (!device->plan->fkweb && !acknowledges(device)) {
        device_note_odd(device, "not the acknowledgement of this upload");
    }
}

static void take_answer_of_task(struct device *device, double now)
{
    switch (device->task) {
    case TASK_HANDSHAKE:
        take_options(device);
        if (!device->shaken) {
            device->not_before = now + 1;
        }
        break;
    case TASK_OPTIONS:
        device->wants_options = false;
        break;
    case TASK_UPLOAD:
    case TASK_RESEND:
        take_acknowledgement(device, now);
        break;
    case TASK_RESULT:
        device->results_len -= device->results_sent;
        memmove(device->results, device->results + device->results_sent, device->results_len);
        break;
    default: /* both kinds of getrequest */
        device->greeted = true;
        device->owes_poll = false;
        device->next_poll = now + poll_every(device);
        if (!device->plan->fkweb) {
            device_take_commands(device);
        } else if (strcmp(device->code, "ERROR_NO_CMD") != 0) {
            device->tally->commands++;
        }
        break;
    }
}

void device_finished(struct device *device, CURLcode result, double now)
{
    long status = 0;
    curl_easy_getinfo(device->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(device->multi, device->easy);
    if (result == CURLE_OK && status == 200) {
        take_answer_of_task(device, now);
    } else if (device->cut) {
        device->tally->vanished++;
    } else {
        device->tally->retries++;
        snprintf(device->tally->last_failure, sizeof device->tally->last_failure, "%s: %s %ld",
                 device->sn, result == CURLE_OK ? "HTTP" : curl_easy_strerror(result), status);
        device->not_before =
            now + (device->plan->retry_s >= 0 ? device->plan->retry_s : device->error_delay_s);
    }
    device->cut = false;
    device->task = TASK_NONE;
}

bool device_asks(const struct device *device)
{
    return device->task != TASK_NONE;
}

void device_stop_making(struct device *device, double now)
{
    device->made_limit = made(device, now);
}

bool device_done(const struct device *device, double now)
{
    return device->acked >= device->made_limit && made(device, now) >= device->made_limit &&
           device->resend_from >= device->resend_to && device->results_len == 0 &&
           !device->owes_poll;
}

uint64_t device_unacknowledged(const struct device *device, double now)
{
    return made(device, now) - device->acked;
}

/* ---- making and freeing ---- */

static bool prepare(struct device *device)
{
    device->easy = curl_easy_init();
    device->connections = curl_share_init();
    device->headers = curl_slist_append(NULL, "Accept: */*");
    device->post_headers = curl_slist_append(NULL, "Content-Type: text/plain");
    if (device->easy == NULL || device->connections == NULL || device->headers == NULL ||
        device->post_headers == NULL) {
        return false;
    }
    struct curl_slist *list = curl_slist_append(device->post_headers, "Expect:");
    if (list == NULL) {
        return false;
    }
    if (!device->plan->keep_alive) {
        if (curl_slist_append(device->headers, "Connection: close") == NULL ||
            curl_slist_append(device->post_headers, "Connection: close") == NULL) {
            return false;
        }
        curl_easy_setopt(device->easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(device->easy, CURLOPT_FRESH_CONNECT, 1L);
    }
    curl_share_setopt(device->connections, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_easy_setopt(device->easy, CURLOPT_SHARE, device->connections);
    curl_easy_setopt(device->easy, CURLOPT_PRIVATE, device);
    curl_easy_setopt(device->easy, CURLOPT_USERAGENT, "iClock Proxy/1.09");
    curl_easy_setopt(device->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(device->easy, CURLOPT_PROXY, "");
    curl_easy_setopt(device->easy, CURLOPT_TIMEOUT, device->plan->timeout_s);
    curl_easy_setopt(device->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(device->easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(device->easy, CURLOPT_WRITEDATA, device);
    curl_easy_setopt(device->easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(device->easy, CURLOPT_READDATA, device);
    curl_easy_setopt(device->easy, CURLOPT_SEEKFUNCTION, seek_body);
    curl_easy_setopt(device->easy, CURLOPT_SEEKDATA, device);
    return !device->plan->fkweb || device_fkweb_prepare(device);
}

struct device *device_new(const struct device_plan *plan, CURLM *multi, struct tally *tally,
                          const char *sn, unsigned number, double now)
{
    struct device *device = calloc(1, sizeof *device);
    if (device == NULL) {
        return NULL;
    }
    device->plan = plan;
    device->multi = multi;
    device->tally = tally;
    snprintf(device->sn, sizeof device->sn, "%s", sn);
    device->number = number;
    device->random = 0x9E3779B97F4A7C15u * (number + 1u);
    device->made_from = now;
    device->made_limit = plan->punches;
    device->delay_s = 10;
    device->error_delay_s = 30;
    device->shaken = device->greeted = !plan->handshake || plan->fkweb;
    device->body_size = plan->batch * RECORD_LINE_MAX;
    if (device->body_size < RESULTS_MAX) {
        device->body_size = RESULTS_MAX;
    }
    device->body = malloc(device->body_size);
    device->answer = malloc(ANSWER_MAX + 1);
    if (device->body == NULL || device->answer == NULL || !prepare(device)) {
        device_free(device);
        return NULL;
    }
    return device;
}

void device_free(struct device *device)
{
    if (device == NULL) {
        return;
    }
    if (device->easy != NULL) {
        curl_multi_remove_handle(device->multi, device->easy);
        curl_easy_cleanup(device->easy);
    }
    curl_share_cleanup(device->connections);
    curl_slist_free_all(device->headers);
    curl_slist_free_all(device->post_headers);
    curl_slist_free_all(device->fk_punch);
    curl_slist_free_all(device->fk_poll);
    free(device->body);
    free(device->answer);
    free(device);
}
