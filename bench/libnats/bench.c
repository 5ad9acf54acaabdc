// The official C client as a contender of bench/Nats.Bench: bench URL. The first line of output names the client and its cases; then each line of input
// ("CASE SIZE MESSAGES") is one measurement, answered by one line of JSON. Built when needed: cc -O2 -o bench bench.c -lnats -lpthread
#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const int64_t TIMEOUT_MS = 30000;

typedef struct {
  pthread_mutex_t lock;
  pthread_cond_t done;
  long left;
  bool all;
} Arrivals;

typedef struct {
  int64_t wall_ns;
  int64_t cpu_ns;
} Moment;

static void check(natsStatus status, const char *what) {
  if (status == NATS_OK)
    return;
  fprintf(stderr, "libnats: %s: %s\n", what, natsStatus_GetText(status));
  exit(1);
}

static int64_t nanoseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static Moment moment(void) {
  Moment now = {nanoseconds(CLOCK_MONOTONIC), nanoseconds(CLOCK_PROCESS_CPUTIME_ID)};
  return now;
}

static void answer(long messages, Moment start, Moment end, const int64_t *sorted) {
  printf("{\"messages\":%ld,\"elapsed_ns\":%lld,\"cpu_ns\":%lld", messages, (long long) (end.wall_ns - start.wall_ns),
         (long long) (end.cpu_ns - start.cpu_ns));
  if (sorted != NULL)
    printf(",\"p50_ns\":%lld,\"p99_ns\":%lld", (long long) sorted[messages / 2], (long long) sorted[messages * 99 / 100]);
  printf("}\n");
  fflush(stdout);
}

static void publish_many(natsConnection *nc, const char *subject, const void *payload, int size, long messages) {
  for (long i = 0; i < messages; i++)
    check(natsConnection_Publish(nc, subject, payload, size), "publish");
  check(natsConnection_FlushTimeout(nc, TIMEOUT_MS), "flush");
}

static void count(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
  (void) nc;
  (void) sub;
  Arrivals *arrivals = closure;
  natsMsg_Destroy(msg);
  // The lock only for the last one: callbacks of one subscription come one after the other.
  if (--arrivals->left > 0)
    return;
  pthread_mutex_lock(&arrivals->lock);
  arrivals->all = true;
  pthread_cond_signal(&arrivals->done);
  pthread_mutex_unlock(&arrivals->lock);
}

static void respond(natsConnection *nc, natsSubscription *sub, natsMsg *msg, void *closure) {
  (void) sub;
  (void) closure;
  check(natsConnection_Publish(nc, natsMsg_GetReply(msg), natsMsg_GetData(msg), natsMsg_GetDataLength(msg)), "respond");
  natsMsg_Destroy(msg);
}

static void publish_subscribe(natsConnection *publisher, natsConnection *subscriber, const void *payload, int size, long messages) {
  Arrivals arrivals = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, messages, false};
  natsSubscription *sub = NULL;
  check(natsConnection_Subscribe(&sub, subscriber, "bench.ps", count, &arrivals), "subscribe");
  check(natsSubscription_SetPendingLimits(sub, -1, -1), "pending limits");
  check(natsConnection_FlushTimeout(subscriber, TIMEOUT_MS), "flush");
  Moment start = moment();
  publish_many(publisher, "bench.ps", payload, size, messages);
  pthread_mutex_lock(&arrivals.lock);
  while (!arrivals.all)
    pthread_cond_wait(&arrivals.done, &arrivals.lock);
  pthread_mutex_unlock(&arrivals.lock);
  answer(messages, start, moment(), NULL);
  natsSubscription_Destroy(sub);
}

static int by_value(const void *left, const void *right) {
  int64_t a = *(const int64_t *) left, b = *(const int64_t *) right;
  return (a > b) - (a < b);
}

static void request(natsConnection *asking, natsConnection *answering, const void *payload, int size, long messages) {
  int64_t *times = malloc((size_t) messages * sizeof *times);
  natsSubscription *sub = NULL;
  check(times == NULL ? NATS_NO_MEMORY : NATS_OK, "memory");
  check(natsConnection_Subscribe(&sub, answering, "bench.rr", respond, NULL), "subscribe");
  check(natsConnection_FlushTimeout(answering, TIMEOUT_MS), "flush");
  Moment start = moment();
  for (long i = 0; i < messages; i++) {
    natsMsg *reply = NULL;
    int64_t began = nanoseconds(CLOCK_MONOTONIC);
    check(natsConnection_Request(&reply, asking, "bench.rr", payload, size, TIMEOUT_MS), "request");
    times[i] = nanoseconds(CLOCK_MONOTONIC) - began;
    natsMsg_Destroy(reply);
  }
  Moment end = moment();
  qsort(times, (size_t) messages, sizeof *times, by_value);
  answer(messages, start, end, times);
  natsSubscription_Destroy(sub);
  free(times);
}

static natsConnection *connection(const char *url, bool at_once) {
  natsOptions *options = NULL;
  natsConnection *nc = NULL;
  check(natsOptions_Create(&options), "options");
  check(natsOptions_SetURL(options, url), "url");
  check(natsOptions_SetSendAsap(options, at_once), "send as soon as possible");
  check(natsConnection_Connect(&nc, options), "connect");
  natsOptions_Destroy(options);
  return nc;
}

int main(int argc, char **argv) {
  char line[128], name[32];
  int size;
  long messages;
  if (argc != 2)
    return 2;
  natsConnection *first = connection(argv[1], false), *second = connection(argv[1], false), *responder = connection(argv[1], true);
  printf("{\"client\":\"libnats %s\",\"cases\":[\"publish\",\"pubsub\",\"request\"]}\n", nats_GetVersion());
  fflush(stdout);
  while (fgets(line, sizeof line, stdin) != NULL) {
    if (sscanf(line, "%31s %d %ld", name, &size, &messages) != 3 || size < 1 || messages < 1)
      return 2;
    void *payload = calloc(1, (size_t) size);
    check(payload == NULL ? NATS_NO_MEMORY : NATS_OK, "memory");
    Moment start = moment();
    if (strcmp(name, "publish") == 0) {
      publish_many(first, "bench.p", payload, size, messages);
      answer(messages, start, moment(), NULL);
    } else if (strcmp(name, "pubsub") == 0) {
      publish_subscribe(first, second, payload, size, messages);
    } else if (strcmp(name, "request") == 0) {
      request(first, responder, payload, size, messages);
    } else {
      return 2;
    }
    free(payload);
  }
  natsConnection_Destroy(first);
  natsConnection_Destroy(second);
  natsConnection_Destroy(responder);
  nats_Close();
  return 0;
}
