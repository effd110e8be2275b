// The limit that `bench --compare` measures against: the package's own stack switch, libev, epoll and OpenSSL, and around
// them as little as can be. No guards but in `spawn-fresh`, no errors, no time slices. What a greenlet costs beyond this
// is what it does more.
//
//     peer NAME                        one round of a workload; prints what one operation took, in nanoseconds of CPU
//                                      time, or a line `NAME VALUE` for each of its figures
//     peer NAME PORT AUTHORITY         the same over TLS: the server's port, the certificate to trust
//     peer echo                        an echo server over epoll; prints its port; ends when its input does
//     peer load PORT CONNECTIONS MS    sends 64 bytes over each connection and again when they have come back; prints
//                                      `begin` after half the time to warm up, then how often in the time, and the
//                                      nanoseconds of CPU time it took
#include "peer.h"
#include "threads.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double read_clock(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return time.tv_sec * 1e9 + time.tv_nsec;
}

double processor(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
double seconds(void) { return read_clock(CLOCK_MONOTONIC) / 1e9; }

static int order(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

double median(double *values, int count) {
    qsort(values, count, sizeof *values, order);
    return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

void fail(const char *what) { perror(what); exit(1); }

static void more_descriptors(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static char **words;
static int count_of_words;

static long work(void) {
    const char *name = words[1];
    if (count_of_words == 4) return secured(name, atoi(words[2]), words[3]);
    long count = scheduling(name);
    if (!count) count = primitives(name);
    return count ? count : timers(name);
}

int main(int count, char **given) {
    words = given;
    count_of_words = count;
    const char *name = count > 1 ? words[1] : "";
    more_descriptors();
    if (!strcmp(name, "echo")) return echo(), 0;
    if (!strcmp(name, "load") && count == 5) return load(atoi(words[2]), atoi(words[3]), atof(words[4]) / 1e3), 0;
    if (!strcmp(name, "live")) return live(), 0;
    if (!strcmp(name, "sleep-precision")) return sleep_precision(), 0;
    if (!strcmp(name, "bridge")) return bridge(), 0;
    reserve(100016);
    // The first round warms up, but for what is to be cold.
    if (strncmp(name, "spawn-fresh", 11) && !work()) { fprintf(stderr, "no workload %s\n", name); return 64; }
    recycle();
    double start = processor();
    long operations = work();
    printf("%.3f\n", (processor() - start) / operations);
    return 0;
}
