/*
 * What is the same for all libraries: the roles that only send and receive, and the command line. Included by a peer
 * after it has defined its socket and the functions that are declared here, and the roles in which libraries differ.
 */
#ifdef __linux__
#include <signal.h>
#include <sys/prctl.h>
#endif

/* Opens a socket for one side of a pattern; the limit on the size of a message is lifted, SUBs subscribe. */
static peer_socket peer_open(const bench_args *a, int sending);
static void peer_listen(peer_socket s, const char *url);
/* Returns once the library has begun to connect, or has connected where it can tell. */
static void peer_dial(peer_socket s, const char *url);
/* Waits until the sender of a pattern has so many peers, where the library can tell. */
static void peer_await(peer_socket s, const bench_args *a);
static void peer_send(peer_socket s, const char *body, size_t size);
/* Returns the size of the message. */
static size_t peer_recv(peer_socket s, char *body, size_t size);

static void ask_role(const bench_args *a);
static void reply_role(const bench_args *a);
static void sink_role(const bench_args *a);
static void crowd_role(const bench_args *a);

static peer_socket open_endpoint(const bench_args *a, int sending)
{
    peer_socket s = peer_open(a, sending);
    if (a->listen) peer_listen(s, a->url);
    else peer_dial(s, a->url);
    bench_ready();
    return s;
}

static void send_role(const bench_args *a)
{
    peer_socket s = open_endpoint(a, 1);
    int publishing = bench_is(a->pattern, "pubsub");
    char *body = calloc(1, a->size + 8);
    peer_await(s, a);
    bench_start start = bench_begin();
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) start = bench_begin();
        bench_stamp(a, body);
        peer_send(s, body, a->size);
    }
    bench_report(start, a->count);
    while (!bench_over(publishing ? 1 : 1000)) {
        if (publishing) peer_send(s, body, 0);
    }
}

static void recv_role(const bench_args *a)
{
    peer_socket s = open_endpoint(a, 0);
    char *body = malloc(a->size + 1);
    bench_meter meter = bench_new_meter(a);
    size_t size;
    do size = peer_recv(s, body, a->size + 1);
    while (!bench_take(&meter, body, size));
    bench_report_meter(&meter);
}

static void stuck_role(const bench_args *a)
{
    open_endpoint(a, 0);
    while (!bench_over(1000));
}

static void inproc_role(const bench_args *a)
{
    peer_socket push = peer_open(a, 1), pull = peer_open(a, 0);
    peer_listen(pull, a->url);
    peer_dial(push, a->url);
    peer_await(push, a);
    bench_ready();
    char *body = calloc(1, a->size + 1);
    bench_start start = bench_begin();
    for (long i = -a->warm; i < a->count; i++) {
        if (i == 0) start = bench_begin();
        peer_send(push, body, a->size);
        peer_recv(pull, body, a->size);
    }
    bench_report(start, a->count);
}

static const struct {
    const char *name;
    void (*run)(const bench_args *);
} bench_roles[] = {{"send", send_role},   {"stamp", send_role}, {"recv", recv_role},   {"delay", recv_role},
                   {"ask", ask_role},     {"reply", reply_role}, {"sink", sink_role},  {"crowd", crowd_role},
                   {"stuck", stuck_role}, {"inproc", inproc_role}};

/* Runs the role that was asked for. */
int main(int argc, char **argv)
{
    bench_args a = bench_parse(argc, argv);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* nothing outlives the harness */
#endif
    for (size_t i = 0; i < sizeof bench_roles / sizeof *bench_roles; i++) {
        if (!bench_is(bench_roles[i].name, a.role)) continue;
        bench_roles[i].run(&a);
        return 0;
    }
    fprintf(stderr, "no role %s\n", a.role);
    return 2;
}
