// An echo server and a load for one, over epoll without anything between.
#define _GNU_SOURCE
#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void watch(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
}

void echo(void) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), epoll = epoll_create1(0), one = 1;
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    if (bind(listener, (void *)&address, length) || listen(listener, 4096)) fail("listen");
    getsockname(listener, (void *)&address, &length);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    watch(epoll, listener);
    watch(epoll, 0);
    struct epoll_event events[256];
    char buffer[4096];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == 0) return;
            if (descriptor == listener) {
                int accepted;
                while ((accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
                    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                    watch(epoll, accepted);
                }
                continue;
            }
            ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
            if (got > 0) (void)!write(descriptor, buffer, got);
            else if (got == 0 || errno != EAGAIN) close(descriptor);
        }
    }
}

void load(int port, int connections, double duration) {
    int epoll = epoll_create1(0), one = 1, *missing = calloc(65536, sizeof *missing);
    struct sockaddr_in address = loopback(port);
    char buffer[4096] = {0};
    for (int i = 0; i < connections; i++) {
        int descriptor = socket(AF_INET, SOCK_STREAM, 0);
        if (descriptor < 0 || connect(descriptor, (void *)&address, sizeof address)) fail("connect");
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        watch(epoll, descriptor);
        missing[descriptor] = 64;
        if (write(descriptor, buffer, 64) != 64) fail("write");
    }
    long exchanges = 0;
    double start = seconds() + duration / 2;
    double used = 0;
    bool counts = false;
    struct epoll_event events[256];
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, 10000);
        if (ready <= 0) { fprintf(stderr, "the server does not answer\n"); exit(1); }
        double now = seconds();
        if (!counts && now >= start) {
            counts = true;
            exchanges = 0;
            used = processor();
            printf("begin\n");
            fflush(stdout);
        }
        if (counts && now >= start + duration) break;
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            ssize_t got = recv(descriptor, buffer, sizeof buffer, 0);
            if (got <= 0) { fprintf(stderr, "a connection was lost\n"); exit(1); }
            if ((missing[descriptor] -= got) > 0) continue;
            exchanges++;
            missing[descriptor] = 64;
            if (write(descriptor, buffer, 64) != 64) fail("write");
        }
    }
    printf("%ld %.0f\n", exchanges, processor() - used);
}
