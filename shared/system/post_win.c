#include <windows.h>

#include <winhttp.h>

#include <stdio.h>
#include <string.h>

#include "system/post.h"
#include "system/wide.h"

enum { URL_MAX = 2048, HEADER_MAX = 600, ANSWER_LINE_MAX = 700 };

struct handles {
    HINTERNET session, connection, request;
};

static void close_all(const struct handles *handles)
{
    const HINTERNET all[] = {handles->request, handles->connection, handles->session};
    for (size_t i = 0; i < HB_COUNT(all); i++) {
        if (all[i] != NULL) {
            WinHttpCloseHandle(all[i]);
        }
    }
}

/* WinHTTP's own codes have no words in the system's table. */
static bool failed(struct error *err, const char *what)
{
    static const struct {
        DWORD code;
        const char *words;
    } known[] = {
        {ERROR_WINHTTP_TIMEOUT, "the server did not answer in time"},
        {ERROR_WINHTTP_NAME_NOT_RESOLVED, "the server's name is not known"},
        {ERROR_WINHTTP_CANNOT_CONNECT, "the server cannot be reached"},
        {ERROR_WINHTTP_CONNECTION_ERROR, "the connection broke off"},
        {ERROR_WINHTTP_SECURE_FAILURE,
         "the server's certificate is not to be trusted, or not its own"},
        {ERROR_WINHTTP_SECURE_CHANNEL_ERROR,
         "no secure connection: the server's certificate is not to be trusted, or its TLS is none "
         "that Windows takes"},
        {ERROR_WINHTTP_INVALID_URL, "the address is none"},
        {ERROR_WINHTTP_INVALID_SERVER_RESPONSE, "the answer is not HTTP"},
    };
    DWORD code = GetLastError();
    for (size_t i = 0; i < HB_COUNT(known); i++) {
        if (known[i].code == code) {
            return error_set(err, ERR_UNREACHABLE, (int)code, "cannot %s: %s (%lu)", what,
                             known[i].words, (unsigned long)code);
        }
    }
    wide_error(err, code, "cannot %s", what);
    err->kind = ERR_UNREACHABLE;
    return false;
}

static bool open_request(const struct post *post, struct handles *handles, struct error *err)
{
    wchar_t url[URL_MAX];
    wchar_t host[256];
    wchar_t path[URL_MAX];
    URL_COMPONENTS parts = {.dwStructSize = sizeof parts,
                            .lpszHostName = host,
                            .dwHostNameLength = HB_COUNT(host),
                            .lpszUrlPath = path,
                            .dwUrlPathLength = HB_COUNT(path)};
    DWORD no_redirect = WINHTTP_DISABLE_REDIRECTS;
    if (!wide_from_utf8(post->url, url, URL_MAX, err)) {
        return error_prefix(err, "cannot use the address: ");
    }
    if (!WinHttpCrackUrl(url, 0, 0, &parts)) {
        return failed(err, "read the address");
    }
    handles->session = WinHttpOpen(L"HIP Bridge", WINHTTP_ACCESS_TYPE_DEFAULT_PROXY,
                                   WINHTTP_NO_PROXY_NAME, WINHTTP_NO_PROXY_BYPASS, 0);
    if (handles->session == NULL ||
        !WinHttpSetTimeouts(handles->session, POST_TIMEOUT_MS, POST_TIMEOUT_MS, POST_TIMEOUT_MS,
                            POST_TIMEOUT_MS)) {
        return failed(err, "use Windows' HTTP client");
    }
    handles->connection = WinHttpConnect(handles->session, host, parts.nPort, 0);
    if (handles->connection == NULL) {
        return failed(err, "use the address");
    }
    handles->request = WinHttpOpenRequest(
        handles->connection, L"POST", path, NULL, WINHTTP_NO_REFERER, WINHTTP_DEFAULT_ACCEPT_TYPES,
        parts.nScheme == INTERNET_SCHEME_HTTPS ? WINHTTP_FLAG_SECURE : 0);
    if (handles->request == NULL ||
        !WinHttpSetOption(handles->request, WINHTTP_OPTION_DISABLE_FEATURE, &no_redirect,
                          sizeof no_redirect)) {
        return failed(err, "make the request");
    }
    return true;
}

static bool add_header(HINTERNET request, const char *name, const char *value, struct error *err)
{
    char line[HEADER_MAX];
    wchar_t wide[HEADER_MAX];
    int len = snprintf(line, sizeof line, "%s%s", name, value);
    if (len < 0 || (size_t)len >= sizeof line || !wide_from_utf8(line, wide, HEADER_MAX, NULL)) {
        return error_set(err, ERR_INVALID, 0, "a header of the request is too long");
    }
    bool added = WinHttpAddRequestHeaders(request, wide, (DWORD)-1,
                                          WINHTTP_ADDREQ_FLAG_ADD | WINHTTP_ADDREQ_FLAG_REPLACE);
    SecureZeroMemory(line, sizeof line);
    SecureZeroMemory(wide, sizeof wide);
    return added || failed(err, "add a header");
}

/* What the server said instead of "done". */
static bool refused(HINTERNET request, DWORD status, struct error *err)
{
    char bytes[POST_ANSWER_MAX];
    char words[ANSWER_LINE_MAX];
    DWORD len = 0;
    if (!WinHttpReadData(request, bytes, sizeof bytes, &len)) {
        len = 0;
    }
    utf8_clean((struct span){bytes, len}, words, sizeof words);
    return error_set(err, ERR_UNREACHABLE, 0, "the server answered %lu%s%s", (unsigned long)status,
                     words[0] != '\0' ? ": " : "", words);
}

static bool exchange(const struct post *post, const struct handles *handles, struct error *err)
{
    DWORD status = 0;
    DWORD size = sizeof status;
    HINTERNET request = handles->request;
    if (!add_header(request, "Content-Type: ", post->type, err) ||
        (post->header[0] != '\0' && !add_header(request, "", post->header, err))) {
        return false;
    }
    if (!WinHttpSendRequest(request, WINHTTP_NO_ADDITIONAL_HEADERS, 0, (void *)post->body.at,
                            (DWORD)post->body.len, (DWORD)post->body.len, 0)) {
        return failed(err, "send the request");
    }
    if (!WinHttpReceiveResponse(request, NULL) ||
        !WinHttpQueryHeaders(request, WINHTTP_QUERY_STATUS_CODE | WINHTTP_QUERY_FLAG_NUMBER,
                             WINHTTP_HEADER_NAME_BY_INDEX, &status, &size,
                             WINHTTP_NO_HEADER_INDEX)) {
        return failed(err, "read the answer");
    }
    return (status >= 200 && status < 300) || refused(request, status, err);
}

bool post_send(const struct post *post, struct error *err)
{
    struct handles handles = {NULL, NULL, NULL};
    bool done = open_request(post, &handles, err) && exchange(post, &handles, err);
    close_all(&handles);
    return done;
}
