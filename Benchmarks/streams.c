// Follows the service's changes on many connections, and measures how long after a commit each event arrives.
//
// usage: streams PORT COUNT SETTINGS FOLLOWED TIMES
//
// Each of COUNT streams follows FOLLOWED of the settings push.s0 to push.sN, or all if that is 0. TIMES is a file with two arrays of SETTINGS
// doubles: when the last change of each setting began, and when its commit was acknowledged, in seconds of the monotonic clock.
// To take little time of the processors that it shares with the service, it looks for events every two milliseconds, and measures the latency
// of every tenth stream. It reads the others once a second, and counts their events.
// The program prints "ready" once all streams have begun. For each line that it reads, it prints the results since the last one.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { TAIL = 512, BUCKETS = 200000, MEASURED = 10, ROUNDS_PER_SECOND = 500 };

struct stream {
    int socket;
    int length;
    bool is_ready, is_measured;
    char tail[TAIL];
};

static int settings;
static const volatile double *begun, *acknowledged;
// By tenths of a millisecond.
static long histogram[BUCKETS];
static long events, resets, comments, ended, ready, bytes_read;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void take(struct stream *stream, char *block, double time) {
    if (strstr(block, "event: change")) {
        const char *name = strstr(block, "push.s");
        int index = name ? atoi(name + 6) : -1;
        if (index < 0 || index >= settings) return;
        events++;
        if (!stream->is_measured) return;
        // The event may arrive before the writer knows about its commit.
        double latency = acknowledged[index] < begun[index] ? 0 : time - acknowledged[index];
        long bucket = latency < 0 ? 0 : (long)(latency * 10000);
        histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    } else if (strstr(block, "event: reset")) {
        resets++;
    } else if (strstr(block, "event: ready")) {
        if (!stream->is_ready) ready++;
        stream->is_ready = true;
    } else {
        comments++;
    }
}

static void receive(struct stream *stream, int queue) {
    static char buffer[TAIL + 65536 + 1];
    while (true) {
        memcpy(buffer, stream->tail, stream->length);
        ssize_t count = recv(stream->socket, buffer + stream->length, 65536, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) {
            // A stream that is read at times is not in the queue.
            epoll_ctl(queue, EPOLL_CTL_DEL, stream->socket, NULL);
            close(stream->socket);
            stream->socket = -1;
            ended++;
            return;
        }
        bytes_read += count;
        double time = now();
        char *start = buffer, *limit = buffer + stream->length + count, *end;
        *limit = 0;
        while ((end = strstr(start, "\n\n"))) {
            *end = 0;
            take(stream, start, time);
            start = end + 2;
        }
        stream->length = limit - start < TAIL ? limit - start : 0;
        memcpy(stream->tail, start, stream->length);
        if (count < 65536) return;
    }
}

static double percentile(double part) {
    long total = 0, seen = 0;
    for (int index = 0; index < BUCKETS; index++) total += histogram[index];
    for (int index = 0; index < BUCKETS; index++)
        if ((seen += histogram[index]) >= part * total) return (index + 1) / 10000.0;
    return 0;
}

static void report(void) {
    printf("{\"events\":%ld,\"resets\":%ld,\"comments\":%ld,\"ended\":%ld,\"bytes\":%ld,\"p50\":%.4f,\"p90\":%.4f,\"p99\":%.4f,\"longest\":%.4f}\n",
           events, resets, comments, ended, bytes_read, percentile(0.5), percentile(0.9), percentile(0.99), percentile(1));
    fflush(stdout);
    memset(histogram, 0, sizeof histogram);
    events = resets = comments = bytes_read = 0;
}

static void open_stream(struct stream *stream, int index, int port, int followed, int queue) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if ((stream->socket = socket(AF_INET, SOCK_STREAM, 0)) < 0) fail("socket");
    if (connect(stream->socket, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    char request[1 << 16];
    int length = sprintf(request, "GET /api/v1/events");
    for (int number = 0; number < followed; number++)
        length += sprintf(request + length, "%spush.s%d", number ? "," : "?settings=", (index * followed + number) % settings);
    length += sprintf(request + length, " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    if (send(stream->socket, request, length, 0) != length) fail("send");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = stream};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, stream->socket, &event) < 0) fail("epoll_ctl");
}

// The streams that do not measure the latency.
static struct stream **unmeasured;
static int others;

/// Reads the next `count` of them.
static void read_others(int queue, int count) {
    static int next;
    for (; count > 0; count--, next = (next + 1) % others)
        if (unmeasured[next]->socket >= 0) receive(unmeasured[next], queue);
}

enum { MOST_FOUND = 1024 };

/// Whether there may be more.
static bool wait_for_events(int queue, int timeout) {
    struct epoll_event found[MOST_FOUND];
    int count = epoll_wait(queue, found, MOST_FOUND, timeout);
    for (int index = 0; index < count; index++) {
        if (found[index].data.ptr) {
            receive(found[index].data.ptr, queue);
        } else {
            char line[256];
            if (read(0, line, sizeof line) <= 0) exit(0);
            read_others(queue, others);
            report();
        }
    }
    return count == MOST_FOUND;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int port = atoi(argv[1]), count = atoi(argv[2]), followed = atoi(argv[4]);
    settings = atoi(argv[3]);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int file = open(argv[5], O_RDONLY);
    if (file < 0) fail(argv[5]);
    begun = mmap(NULL, 2 * settings * sizeof(double), PROT_READ, MAP_SHARED, file, 0);
    if (begun == MAP_FAILED) fail("mmap");
    acknowledged = begun + settings;
    struct stream *streams = calloc(count, sizeof *streams);
    int queue = epoll_create1(0);
    struct epoll_event input = {.events = EPOLLIN, .data.ptr = NULL};
    for (int index = 0; index < count; index++) {
        open_stream(&streams[index], index, port, followed, queue);
        // At most some connections wait to be accepted.
        while (index - ready > 100 && !ended) wait_for_events(queue, 1000);
    }
    while (ready < count && !ended) wait_for_events(queue, 1000);
    if (ended) {
        fprintf(stderr, "%ld streams ended at once\n", ended);
        return 1;
    }
    unmeasured = calloc(count, sizeof *unmeasured);
    for (int index = 0; index < count; index++) {
        streams[index].is_measured = index % MEASURED == 0;
        if (streams[index].is_measured) continue;
        unmeasured[others++] = &streams[index];
        if (epoll_ctl(queue, EPOLL_CTL_DEL, streams[index].socket, NULL) < 0) fail("epoll_ctl");
    }
    epoll_ctl(queue, EPOLL_CTL_ADD, 0, &input);
    printf("ready\n");
    fflush(stdout);
    struct timespec pause = {.tv_nsec = 1000000000 / ROUNDS_PER_SECOND};
    while (true) {
        while (wait_for_events(queue, 0)) {}
        read_others(queue, (others + ROUNDS_PER_SECOND - 1) / ROUNDS_PER_SECOND);
        nanosleep(&pause, NULL);
    }
}
