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
