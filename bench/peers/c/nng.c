/* The benchmark peer on nng; see bench.h. Several sockets in one thread are driven by aio callbacks. */
#include "bench.h"

#include <nng/nng.h>
#include <nng/protocol/pair0/pair.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>

static void check(int rc, const char *what) { bench_check(rc != 0, what, nng_strerror(rc)); }

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static long attached;

static void on_attach(nng_pipe pipe, nng_pipe_ev event, void *arg)
{
    (void) pipe, (void) event, (void) arg;
    pthread_mutex_lock(&lock);
    attached++;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

typedef nng_socket peer_socket;

#include "roles.h"

/* Of all sockets of the process. */
static void await_attached(long count)
{
    pthread_mutex_lock(&lock);
    while (attached < count) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static nng_socket peer_open(const bench_args *a, int sending)
{
    const char *pattern = a->pattern;
    nng_socket s;
    check(bench_is(pattern, "pipeline") ? (sending ? nng_push0_open(&s) : nng_pull0_open(&s))
          : bench_is(pattern, "pubsub") ? (sending ? nng_pub0_open(&s) : nng_sub0_open(&s))
          : bench_is(pattern, "reqrep") ? (sending ? nng_req0_open(&s) : nng_rep0_open(&s))
                                        : nng_pair0_open(&s),
          "socket");
    check(nng_socket_set_size(s, NNG_OPT_RECVMAXSZ, 0), "recvmaxsz");
    check(nng_pipe_notify(s, NNG_PIPE_EV_ADD_POST, on_attach, NULL), "notify");
    if (bench_is(pattern, "pubsub") && !sending) check(nng_socket_set(s, NNG_OPT_SUB_SUBSCRIBE, "", 0), "subscribe");
    return s;
}

static void peer_listen(nng_socket s, const char *url) { check(nng_listen(s, url, NULL, 0), url); }

static void peer_dial(nng_socket s, const char *url) { check(nng_dial(s, url, NULL, 0), url); }

static void peer_await(nng_socket s, const bench_args *a)
{
    (void) s;
    await_attached(bench_is(a->role, "inproc") ? 2 : a->many);
}

static void peer_send(nng_socket s, const char *body, size_t size)
{
    check(nng_send(s, (void *) body, size, 0), "send"); /* it is copied */
}

static size_t peer_recv(nng_socket s, char *body, size_t size)
{
    check(nng_recv(s, body, &size, 0), "recv");
    return size;
}

static nng_aio *new_aio(void)
{
    nng_aio *aio;
    check(nng_aio_alloc(&aio, NULL, NULL), "aio");
    return aio;
}

static void ask(nng_ctx context, nng_aio *aio, size_t size)
{
    nng_msg *request;
    check(nng_msg_alloc(&request, size), "alloc");
    nng_aio_set_msg(aio, request);
    nng_ctx_send(context, aio);
    nng_aio_wait(aio);
    check(nng_aio_result(aio), "send");
}

static void answer(nng_ctx context, nng_aio *aio)
{
    nng_ctx_recv(context, aio);
    nng_aio_wait(aio);
    check(nng_aio_result(aio), "recv");
    nng_msg_free(nng_aio_get_msg(aio));
}

/* Contexts carry the outstanding requests; the one REP answers in order, so waiting for them in turn loses nothing. */
static void ask_role(const bench_args *a)
{
    nng_socket s = open_endpoint(a, 1);
    double *each = malloc(sizeof(double) * (size_t) a->count);
    double *asked = malloc(sizeof(double) * (size_t) a->many);
    nng_aio *aio = new_aio();
    nng_ctx *contexts = malloc(sizeof(nng_ctx) * (size_t) a->many);
    for (long i = 0; i < a->many; i++) check(nng_ctx_open(&contexts[i], s), "context");
    long total = a->warm + a->count, sent = 0;
    bench_start start = bench_begin();
    for (long i = 0; i < total; i++) {
        for (; sent < total && sent < i + a->many; sent++) {
            asked[sent % a->many] = bench_now();
            ask(contexts[sent % a->many], aio, a->size);
        }
        answer(contexts[i % a->many], aio);
        double now = bench_now();
        if (i == a->warm) start = bench_begin();
        if (i >= a->warm) each[i - a->warm] = now - asked[i % a->many];
    }
    bench_report_latency(start, each, a->count);
}

static void reply_role(const bench_args *a)
{
    nng_socket s = open_endpoint(a, 0);
    for (;;) {
        nng_msg *message;
        check(nng_recvmsg(s, &message, 0), "recv");
        check(nng_sendmsg(s, message, 0), "send");
    }
}

/* One socket of many: its callbacks run one at a time, those of different sockets at once. */
typedef struct {
    nng_socket socket;
    nng_aio *aio;
    int asking; /* the aio that ends is that of a request, not of a reply */
    long got;
} member;

static const bench_args *args;
static long total, left;
static bench_start began;

static void finish(long members)
{
    pthread_mutex_lock(&lock);
    left -= members;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static member *open_many(const bench_args *a, int sending, void (*callback)(void *))
{
    member *all = calloc((size_t) a->many, sizeof *all);
    args = a;
    for (long i = 0; i < a->many; i++) {
        all[i].socket = peer_open(a, sending);
        check(nng_aio_alloc(&all[i].aio, callback, &all[i]), "aio");
        check(nng_dial(all[i].socket, a->url, NULL, 0), a->url);
    }
    bench_ready();
    return all;
}

static void await_all(void)
{
    pthread_mutex_lock(&lock);
    while (left > 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    bench_report(began, total);
}

static void on_published(void *arg)
{
    member *m = arg;
    check(nng_aio_result(m->aio), "recv");
    nng_msg *message = nng_aio_get_msg(m->aio);
    size_t size = nng_msg_len(message);
    nng_msg_free(message);
    if (size > 0) {
        m->got++;
        __atomic_add_fetch(&total, 1, __ATOMIC_RELAXED);
        if (began.at == 0) began = bench_begin();
    }
    if (size == 0 || m->got == args->count) finish(1);
    else nng_recv_aio(m->socket, m->aio);
}

static void sink_role(const bench_args *a)
{
    left = a->many;
    member *all = open_many(a, 0, on_published);
    for (long i = 0; i < a->many; i++) nng_recv_aio(all[i].socket, all[i].aio);
    await_all();
}

static void ask_again(member *m)
{
    nng_msg *message;
    check(nng_msg_alloc(&message, args->size), "alloc");
    nng_aio_set_msg(m->aio, message);
    m->asking = 1;
    nng_send_aio(m->socket, m->aio);
}

static void on_step(void *arg)
{
    member *m = arg;
    check(nng_aio_result(m->aio), "ask");
    if (m->asking) {
        m->asking = 0;
        nng_recv_aio(m->socket, m->aio);
        return;
    }
    nng_msg_free(nng_aio_get_msg(m->aio));
    long n = __atomic_add_fetch(&total, 1, __ATOMIC_RELAXED);
    if (n <= args->count - args->many) ask_again(m);
    else finish(1);
}

static void crowd_role(const bench_args *a)
{
    left = a->many;
    member *all = open_many(a, 1, on_step);
    began = bench_begin();
    for (long i = 0; i < a->many; i++) ask_again(&all[i]);
    await_all();
}
