// OpenSSL, TLS 1.3: the server's certificate and name are checked. In series, and ten connections at once over epoll.
#include "peer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static SSL_CTX *context;

static void fail_tls(const char *what) {
    ERR_print_errors_fp(stderr);
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static SSL *dial(int port) {
    int descriptor = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (descriptor < 0 || connect(descriptor, (void *)&address, sizeof address)) fail("connect");
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    SSL *connection = SSL_new(context);
    SSL_set_fd(connection, descriptor);
    SSL_set_tlsext_host_name(connection, "localhost");
    SSL_set1_host(connection, "localhost");
    if (SSL_connect(connection) != 1) fail_tls("handshake");
    return connection;
}

static void ask(SSL *connection) {
    static const char line[] = "CHECK domain example-000000.test with some padding to 64 b\n";
    if (SSL_write(connection, line, sizeof line - 1) <= 0) fail_tls("write");
}

// Whether the reply is there; without one in a connection that does not block.
static bool answered(SSL *connection) {
    char reply[4096];
    int got = SSL_read(connection, reply, sizeof reply);
    if (got > 0) return reply[got - 1] == '\n';
    if (SSL_get_error(connection, got) != SSL_ERROR_WANT_READ) fail_tls("read");
    return false;
}

static void command(SSL *connection) {
    ask(connection);
    while (!answered(connection)) {}
}

static void hang_up(SSL *connection) {
    int descriptor = SSL_get_fd(connection);
    SSL_shutdown(connection);
    SSL_free(connection);
    close(descriptor);
}

static long at_once(int port) {
    static SSL *connections[10];
    static int epoll;
    if (!epoll) {
        epoll = epoll_create1(0);
        for (int i = 0; i < 10; i++) {
            connections[i] = dial(port);
            int descriptor = SSL_get_fd(connections[i]);
            struct epoll_event event = {.events = EPOLLIN, .data.ptr = connections[i]};
            fcntl(descriptor, F_SETFL, O_NONBLOCK);
            if (epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
        }
    }
    long sent = 10, done = 0;
    for (int i = 0; i < 10; i++) ask(connections[i]);
    while (done < 20000) {
        struct epoll_event events[10];
        int ready = epoll_wait(epoll, events, 10, 10000);
        if (ready <= 0) fail_tls("no reply");
        for (int i = 0; i < ready; i++) {
            if (!answered(events[i].data.ptr)) continue;
            done++;
            if (sent < 20000) { sent++; ask(events[i].data.ptr); }
        }
    }
    return done;
}

long secured(const char *name, int port, const char *authority) {
    if (!context) {
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
        if (SSL_CTX_load_verify_locations(context, authority, NULL) != 1) fail_tls(authority);
    }
    if (!strcmp(name, "tls-connect")) {
        for (int i = 0; i < 200; i++) {
            SSL *connection = dial(port);
            command(connection);
            command(connection);
            hang_up(connection);
        }
        return 200;
    }
    if (!strcmp(name, "tls-pool")) {
        static SSL *connection;
        if (!connection) connection = dial(port);
        for (int i = 0; i < 20000; i++) command(connection);
        return 20000;
    }
    if (!strcmp(name, "tls-pool-at-once")) return at_once(port);
    return 0;
}
