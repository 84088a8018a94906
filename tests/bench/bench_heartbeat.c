/*
 * bench_heartbeat CONFIG TIMES TERMINALS: a bridge's heartbeat as an idle one makes it, so often:
 * connect, look at the table, write bridge_status and a row a terminal, hang up. Prints the seconds
 * of one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "cloud/cloud_status.h"
#include "config/config_load.h"

int main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    struct timespec began;
    struct timespec ended;
    char cure[ERROR_TEXT_MAX];
    if (argc != 4) {
        fprintf(stderr, "usage: bench_heartbeat CONFIG TIMES TERMINALS\n");
        return 2;
    }
    bench_must(cloud_global_init(&err), "library", &err);
    struct config *config = config_load(argv[1], &err);
    bench_must(config != NULL, "config", &err);
    long times = strtol(argv[2], NULL, 10);
    size_t count = (size_t)strtoul(argv[3], NULL, 10);
    struct cloud *cloud = cloud_new(&config->database, &err);
    struct terminal_facts *terminals = calloc(count > 0 ? count : 1, sizeof *terminals);
    bench_must(cloud != NULL && terminals != NULL, "memory", &err);
    struct bridge_facts bridge = {.name = "PC", .version = "1.0", .running = true};
    for (size_t i = 0; i < count; i++) {
        snprintf(terminals[i].sn, sizeof terminals[i].sn, "BENCH%04zu", i);
        terminals[i].source = "push";
        terminals[i].proof = "counted";
        terminals[i].records = terminals[i].stored = 100000;
    }
    timespec_get(&began, TIME_UTC);
    for (long i = 0; i < times; i++) {
        char name[17];
        snprintf(name, sizeof name, "%016lx", (unsigned long)i);
        bridge.waiting = i;
        bench_must(cloud_connect(cloud, &err), "connect", &err);
        bench_must(cloud_report(cloud, true, name, &bridge, terminals, count, cure, &err), "report",
                   &err);
        cloud_disconnect(cloud);
    }
    timespec_get(&ended, TIME_UTC);
    printf("%.6f\n",
           ((double)(ended.tv_sec - began.tv_sec) + (double)(ended.tv_nsec - began.tv_nsec) / 1e9) /
               (double)times);
    free(terminals);
    cloud_free(cloud);
    config_free(config);
    cloud_global_end();
    return 0;
}
