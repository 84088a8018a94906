/*
 * device_fkweb: the words of a terminal that speaks FkWeb: a punch, and the question for orders.
 * Orders are counted and not carried out; a server gives up on them.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "device_private.h"

/* Text of `len` bytes is in the body behind its length; the length counts the NUL. */
static void close_body(struct device *device, int len)
{
    unsigned all = (unsigned)len + 1;
    for (int i = 0; i < 4; i++) {
        device->body[i] = (char)(all >> 8 * i);
    }
    device->body_len = all + 4;
}

void device_fkweb_punch(struct device *device, uint64_t n)
{
    char pin[RECORD_PIN_MAX];
    char time[RECORD_TIME_MAX];
    char digits[RECORD_TIME_MAX];
    size_t count = 0;
    record_pin(n, pin);
    record_time(&device->plan->records, n, time);
    for (const char *at = time; *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9') {
            digits[count++] = *at;
        }
    }
    digits[count] = '\0';
    close_body(device, snprintf(device->body + 4, device->body_size - 4,
                                "{\"fk_bin_data_lib\":\"FKDataHS103\",\"io_mode\":16777216,"
                                "\"io_time\":\"%s\",\"log_image\":null,\"user_id\":\"%s\","
                                "\"verify_mode\":268435456}",
                                digits, pin));
}

void device_fkweb_poll(struct device *device)
{
    close_body(device, snprintf(device->body + 4, device->body_size - 4,
                                "{\"fk_name\":\"%s\",\"fk_time\":\"20260115080000\",\"fk_info\":"
                                "{\"firmware\":\"B02\",\"fk_bin_data_lib\":\"FKDataHS103\"}}",
                                device->sn));
}

/* A header of an answer, as curl hands it over. */
static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    static const char name[] = "response_code:";
    struct device *device = context;
    size_t len = size * count;
    if (len > sizeof name - 1 && strncasecmp(bytes, name, sizeof name - 1) == 0) {
        size_t from = sizeof name - 1;
        while (from < len && bytes[from] == ' ') {
            from++;
        }
        snprintf(device->code, sizeof device->code, "%.*s", (int)strcspn(bytes + from, "\r\n"),
                 bytes + from);
    }
    return len;
}

static struct curl_slist *headers_of(const struct device *device, const char *code,
                                     const char *trans_id)
{
    char dev_id[SN_MAX + 16];
    char request[64];
    char trans[64];
    struct curl_slist *list = NULL;
    snprintf(dev_id, sizeof dev_id, "dev_id: %s", device->sn);
    snprintf(request, sizeof request, "request_code: %s", code);
    snprintf(trans, sizeof trans, "trans_id: %s", trans_id);
    const char *const lines[] = {"Content-Type: application/octet-stream",
                                 "Expect:",
                                 dev_id,
                                 request,
                                 trans,
                                 "blk_no: 0",
                                 device->plan->keep_alive ? "Accept: */*" : "Connection: close"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct curl_slist *longer = curl_slist_append(list, lines[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        list = longer;
    }
    return list;
}

bool device_fkweb_prepare(struct device *device)
{
    device->fk_punch = headers_of(device, "realtime_glog", "RTLogSendAction");
    device->fk_poll = headers_of(device, "receive_cmd", "ReceiveCommandAction");
    curl_easy_setopt(device->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(device->easy, CURLOPT_HEADERDATA, device);
    return device->fk_punch != NULL && device->fk_poll != NULL;
}
