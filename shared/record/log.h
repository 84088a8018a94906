/*
 * log: how long the name of a log file may be that is read, noted or moved.
 */
#ifndef HIPBRIDGE_LOG_H
#define HIPBRIDGE_LOG_H

enum { LOG_NAME_MAX = 512 }; /* bytes of UTF-8, with the terminator; without the folder */

#endif
