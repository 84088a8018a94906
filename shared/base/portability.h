/*
 * portability: the only place where a compiler's own extensions may be named.
 */
#ifndef HIPBRIDGE_PORTABILITY_H
#define HIPBRIDGE_PORTABILITY_H

#if defined(__GNUC__) || defined(__clang__)
#if defined(__MINGW32__) && !defined(__clang__)
#define HB_PRINTF(text, first) __attribute__((format(gnu_printf, text, first)))
#else
#define HB_PRINTF(text, first) __attribute__((format(printf, text, first)))
#endif
#else
#define HB_PRINTF(text, first)
#endif

/* Of a function that gives a format for a format: what is filled in is checked against the one it
 * is given. */
#if defined(__GNUC__) || defined(__clang__)
#define HB_FORMAT_OF(text) __attribute__((format_arg(text)))
#else
#define HB_FORMAT_OF(text)
#endif

/* mingw's http.h has other types than Windows' for two parameters of HttpSendHttpResponse. */
#ifdef __MINGW32__
#define HB_HTTP_CACHE_POLICY PVOID
#define HB_HTTP_LOG_DATA PVOID
#else
#define HB_HTTP_CACHE_POLICY PHTTP_CACHE_POLICY
#define HB_HTTP_LOG_DATA PHTTP_LOG_DATA
#endif

/* The number of elements of an array (never of a pointer). */
#define HB_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
