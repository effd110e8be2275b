// What the files of the peer share beside the threads.
#ifndef PEER_H
#define PEER_H

// A round of the named workload: how many operations it did; 0 where it has no such workload.
long scheduling(const char *name);
long primitives(const char *name);
long timers(const char *name);

// Rounds whose figures are not the CPU time of an operation: they print themselves.
void live(void);
void sleep_precision(void);
void bridge(void);

// Over the network.
void echo(void);
void load(int port, int connections, double seconds);
long secured(const char *name, int port, const char *authority);

double processor(void);  // nanoseconds of CPU time that this thread has used
double seconds(void);    // of the clock
double median(double *values, int count);
void fail(const char *what);

#endif
