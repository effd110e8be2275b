// Yields, spawns, and many that are parked.
#include "threads.h"
#include "peer.h"

#include <stdio.h>
#include <string.h>

static void yields(long n) { while (n-- > 0) yield(); }
static long switching(long threads) {
    for (long i = 0; i < threads; i++) spawn(yields, 4000000 / threads);
    run();
    return 4000000;
}

// Two switches each.
static void yields_to_hub(long n) { while (n-- > 0) yield_to_hub(); }
static long switching_by_hub(void) {
    for (int i = 0; i < 2; i++) spawn(yields_to_hub, 2000000);
    run();
    return 4000000;
}

static thread *all[100000];
static void nothing(long n) { (void)n; }
static void spawns(long n) {
    for (long i = 0; i < n; i++) all[i] = spawn(nothing, 0);
    for (long i = 0; i < n; i++) join(all[i]);
}
static void spawns_parking(long n) {
    for (long i = 0; i < n; i++) all[i] = spawn(yields, 1);
    for (long i = 0; i < n; i++) join(all[i]);
}
static void spawns_singly(long n) { while (n-- > 0) join(spawn(nothing, 0)); }

long scheduling(const char *name) {
    if (!strcmp(name, "switch")) return switching(2);
    if (!strcmp(name, "switch-hub")) return switching_by_hub();
    if (!strcmp(name, "switch-many-1000")) return switching(1000);
    if (!strcmp(name, "switch-many-10000")) return switching(10000);
    if (!strcmp(name, "spawn")) return inside(spawns, 100000);
    if (!strcmp(name, "spawn-fresh")) {
        // Like the package's own: as far apart, each with a guard.
        guard_size = 69632;
        stack_size = 2097152 + guard_size;
    }
    if (!strncmp(name, "spawn-fresh", 11)) { reserve(20008); return inside(spawns_parking, 20000); }
    if (!strcmp(name, "spawn-one")) return inside(spawns_singly, 1000000);
    return 0;
}

static queue event;
static void waits(long n) {
    (void)n;
    push(&event, current);
    park();
}

// Bytes, of a line of /proc/self/status.
static double status(const char *field) {
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long kilobytes = 0;
    if (!file) fail("/proc/self/status");
    while (fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field))) kilobytes = atol(line + strlen(field));
    fclose(file);
    return kilobytes * 1024.;
}

// On stacks as far from each other as the package's own.
void live(void) {
    const double count = 1000000;
    stack_size = 266240;
    reserve(count + 8);
    double resident = status("VmRSS:"), tables = status("VmPTE:"), start = processor();
    for (long i = 0; i < count; i++) spawn(waits, 0);
    run();
    printf("live-park %.3f\n", (processor() - start) / count);
    printf("live-bytes %.3f\n", (status("VmRSS:") - resident) / count);
    printf("live-page-tables %.3f\n", (status("VmPTE:") - tables) / count);
    start = processor();
    thread *t;
    while ((t = pop(&event))) push(&runnable, t);
    run();
    printf("live-wake %.3f\n", (processor() - start) / count);
}
