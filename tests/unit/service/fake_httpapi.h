/*
 * fake_httpapi: stands in for httpapi.dll and http.sys, so that what speaks HTTP (service/http) is
 * tested beside everything that Windows' documentation says they may answer, and with bodies that
 * Wine does not let through.
 *
 *     fake_begin();                                    all as it is when nothing is wrong
 *     … listener_start(…) …                            the code under test, with its threads
 *     uint64_t id = fake_request(&(struct fake_request){.url = "/iclock/ping?SN=A1"});
 *     struct fake_reply reply;
 *     fake_await(id, &reply, 2000);                    what the terminal was told
 *     fake_script(FAKE_SEND, FAKE_LATER, 64, 1);       the next send ends with error 64
 *     fake_end();                                      fails the test if anything was left open
 *
 * A test that links it (tests/unit/CMakeLists.txt, `beside_fake_httpapi`) has the product's own
 * httpsys.c, exchange.c, reply.c, listener.c and page.c, and no httpapi.dll.
 *
 * What it holds to, of Microsoft's documentation: a call that is given an OVERLAPPED answers
 * ERROR_IO_PENDING or NO_ERROR, and a completion comes either way; a head that does not fit ends
 * with ERROR_MORE_DATA and is asked for again by its id; with COPY_BODY some of the body may come
 * with the head, or none; a body is asked for until ERROR_HANDLE_EOF; an address that is removed
 * while replies are on their way may take their connections with it; closing a queue cancels what
 * waits on it. It aborts, with a word why, where the caller breaks the rules: an OVERLAPPED used
 * again while it is under way, a second reply, a request asked for that is not its own.
 *
 * Any thread. Requests' texts and bodies must stay as they are until the test's end.
 */
#ifndef HIPBRIDGE_FAKE_HTTPAPI_H
#define HIPBRIDGE_FAKE_HTTPAPI_H

#include <winsock2.h> /* before windows.h, and http.h wants it */

#include <windows.h>

#include <http.h>

#include <stdbool.h>
#include <stdint.h>

enum fake_call {
    FAKE_INITIALIZE,
    FAKE_CREATE_SESSION,
    FAKE_CREATE_GROUP,
    FAKE_CREATE_QUEUE,
    FAKE_SET_GROUP,
    FAKE_SET_QUEUE,
    FAKE_ADD_URL,
    FAKE_RECEIVE,       /* of whatever request comes */
    FAKE_RECEIVE_AGAIN, /* of one, by its id */
    FAKE_RECEIVE_BODY,
    FAKE_SEND,
    FAKE_REMOVE_URL,
    FAKE_CLOSE_GROUP,
    FAKE_CLOSE_SESSION,
    FAKE_CLOSE_QUEUE,
    FAKE_TERMINATE,
    FAKE_DELETE_CONFIG,
    FAKE_SET_CONFIG,
    FAKE_CALLS
};

enum fake_how {
    FAKE_AT_ONCE, /* the call returns the code; no completion */
    FAKE_LATER,   /* ERROR_IO_PENDING, and the completion has the code */
    FAKE_BOTH,    /* the call returns the code, and a completion with it comes all the same */
};

enum { FAKE_HEADERS = 8, FAKE_PIECES = 64, FAKE_FOREVER = 1000000 };

struct fake_request {
    HTTP_VERB verb;  /* 0: GET, or POST where there is a body */
    const char *url; /* path and query as sent; its queue is the one of the longest address */
    bool from_here;  /* over loopback; otherwise 192.168.1.201 to 192.168.1.10 */
    const char *headers[FAKE_HEADERS]; /* "Name: value"; Host and Content-Length are made */
    bool old;                          /* HTTP/1.0: no Host */
    const char *body;
    size_t body_len;
    bool no_length;    /* no Content-Length: it ends where it ends */
    size_t length;     /* the one it says, where it is not body_len */
    size_t head_extra; /* bytes of a further header, so that the head is so much larger */

    /* How much comes at a time: with the head, then with each call. A 0 after the first means that
     * the rest does not come until it is cancelled. */
    size_t pieces[FAKE_PIECES];
    size_t piece_count; /* 0: as much as fits, at once */
    size_t each;        /* how much comes with each call after those; 0: all that is asked for */
    bool late_end;      /* with the last piece more is said to come, and then there is none */
};

struct fake_reply {
    int status;
    bool disconnect;
    size_t sent; /* bytes that the completion named */
    char type[64];
    char headers[512]; /* the unknown ones, "name: value\n" */
    char body[1024];   /* its beginning, terminated */
    size_t body_len;
};

/* Makes all anew; and looks whether all that was opened is closed. */
void fake_begin(void);
void fake_end(void);

/* The next `times` of these calls end so, counted from now; several are used in turn. */
void fake_script(enum fake_call call, enum fake_how how, ULONG code, unsigned times);
bool fake_script_used(void); /* none of it is left */
void fake_script_end(void);  /* what is left of it does not happen */

/* How calls that succeed say it: NO_ERROR at once, or ERROR_IO_PENDING (as at first). A completion
 * comes either way. */
void fake_at_once(bool at_once);

/* By the letter of the documentation: with COPY_BODY a body that does not fit beside its head is
 * ERROR_MORE_DATA, too. (At first: what fits is handed over.) */
void fake_body_must_fit(bool must);

/* Replies are taken, but not through until this is taken back. */
void fake_hold_sends(bool hold);

/* A request arrives; its id. Fails the test where no queue has such an address. */
uint64_t fake_request(const struct fake_request *request);

/* Its connection goes: what is under way of it ends with the code, and what comes after, 1229. */
void fake_hang_up(uint64_t id, ULONG code);

/* Waits for its reply to be through; false when none is in that time, or its connection went. */
bool fake_await(uint64_t id, struct fake_reply *reply, unsigned milliseconds);
bool fake_reply_lost(uint64_t id); /* its reply was cut off by the removal of the address */

/* Whether as many receives as this wait in the queue of the address, within a time. */
bool fake_await_receives(const wchar_t *url, size_t count, unsigned milliseconds);

size_t fake_called(enum fake_call call); /* how often the call was made */

/* The calls that open and close, in turn, a letter each: HttpInitialize, server Session, Group,
 * Queue, property of the grouP, of the queue (L: its length), Url; Removal of the address; closing
 * of the group X, the session Y, the queue Z; HttpTerminate. */
const char *fake_turn(void);

/* Prints each documented code of these calls, and how often the program's tests had a call give it;
 * false where one was not had. */
bool fake_had_codes(enum fake_call first, enum fake_call last);

/* The reservation of an address that is there, and its access list; "" where there is none. */
const wchar_t *fake_reserved(void);

/* In place of the system's own, by the definitions that the test is compiled with. */
BOOL WINAPI fake_cancel(HANDLE queue, LPOVERLAPPED overlapped);
HANDLE WINAPI fake_port(HANDLE queue, HANDLE port, ULONG_PTR key, DWORD threads);

#endif
