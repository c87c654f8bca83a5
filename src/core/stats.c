/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/stats.h"

/* Methods with a counter of their requests. */
#define REQUEST_TABLE(X)                                                                           \
    X(INVITE, "invite")                                                                            \
    X(CANCEL, "cancel")                                                                            \
    X(ACK, "ack")                                                                                  \
    X(BYE, "bye")                                                                                  \
    X(INFO, "info")                                                                                \
    X(REGISTER, "register")                                                                        \
    X(SUBSCRIBE, "subscribe")                                                                      \
    X(NOTIFY, "notify")                                                                            \
    X(MESSAGE, "message")                                                                          \
    X(OPTIONS, "options")                                                                          \
    X(PRACK, "prack")                                                                              \
    X(UPDATE, "update")                                                                            \
    X(REFER, "refer")                                                                              \
    X(PUBLISH, "publish")                                                                          \
    X(KDMQ, "kdmq")
/* Methods with counters of their replies by class. */
#define REPLY_TABLE(X)                                                                             \
    X(INVITE, "invite")                                                                            \
    X(CANCEL, "cancel")                                                                            \
    X(BYE, "bye")                                                                                  \
    X(REGISTER, "reg")                                                                             \
    X(MESSAGE, "message")                                                                          \
    X(PRACK, "prack")                                                                              \
    X(UPDATE, "update")                                                                            \
    X(REFER, "refer")                                                                              \
    X(OPTIONS, "options")
/* clang-format off */
#define STATUS_TABLE(X)                                                                            \
    X(400) X(401) X(402) X(403) X(404) X(405) X(406) X(407) X(408) X(409)                          \
    X(410) X(411) X(413) X(414) X(415) X(420) X(480) X(481) X(482) X(483)                          \
    X(484) X(485) X(486) X(487) X(488) X(489) X(491) X(493)
/* clang-format on */

enum counted {
    COUNT_REQUESTS = CORE_STAT_FIRST_COUNTED,
#define X(method, name) COUNT_REQUEST_##method,
    REQUEST_TABLE(X)
#undef X
        COUNT_REPLIES,
    COUNT_CLASS, /* 1xx to 6xx */
    COUNT_18X = COUNT_CLASS + 6,
#define X(status) COUNT_##status,
    STATUS_TABLE(X)
#undef X
#define X(method, name) COUNT_REPLY_##method, COUNT_REPLY_LAST_##method = COUNT_REPLY_##method + 5,
        REPLY_TABLE(X)
#undef X
            COUNT_COUNT
};

#define ROW(label, what)                                                                           \
    {                                                                                              \
        .group = "core", .name = (label), .doc = (what)                                            \
    }
#define CLASSES(prefix, suffix, what)                                                              \
    ROW(prefix "1xx" suffix, "Provisional replies received" what),                                 \
        ROW(prefix "2xx" suffix, "Positive replies received" what),                                \
        ROW(prefix "3xx" suffix, "Redirections received" what),                                    \
        ROW(prefix "4xx" suffix, "Replies 400 to 499 received" what),                              \
        ROW(prefix "5xx" suffix, "Replies 500 to 599 received" what),                              \
        ROW(prefix "6xx" suffix, "Replies 600 to 699 received" what)

static const struct stat_decl table[] = {
    [CORE_DROP_REQUESTS] = ROW("drop_requests", "Requests that were dropped."),
    [CORE_DROP_REPLIES] = ROW("drop_replies", "Replies that were dropped."),
    [CORE_ERR_REQUESTS] = ROW("err_requests", "Requests that could not be dealt with."),
    [CORE_ERR_REPLIES] = ROW("err_replies", "Replies that could not be dealt with."),
    [CORE_FWD_REQUESTS] = ROW("fwd_requests", "Requests forwarded without a transaction."),
    [CORE_FWD_REPLIES] = ROW("fwd_replies", "Replies forwarded without a transaction."),
    [CORE_BAD_URIS] = ROW("bad_URIs_rcvd", "Malformed URIs met."),
    [CORE_BAD_HEADERS] = ROW("bad_msg_hdr", "Messages with malformed headers."),
    [CORE_UNSUPPORTED_METHODS] = ROW("unsupported_methods", "Requests of unknown methods."),
    [CORE_BAD_REQUESTS] = ROW("malformed_requests", "Malformed requests that were answered."),
    [CORE_BAD_MESSAGES] = ROW("malformed_messages", "Malformed messages that were thrown away."),
    [CORE_OVERSIZE] = ROW("oversize_messages", "Messages beyond a limit of size."),
    [CORE_BAD_VERSION] = ROW("bad_version", "Requests of another version of SIP."),
    [CORE_CAP_REQUESTS] = ROW("cap_requests", "New requests answered 503 at the memory cap."),
    [CORE_OVERLOAD_REQUESTS] =
        ROW("overload_requests", "New requests answered 503 because messages waited too long."),
    [CORE_REPEATED] =
        ROW("repeated_messages", "Copies of a message whose script was still waiting."),
    [CORE_QUEUED] =
        ROW("queued_messages", "Messages that waited for an earlier one of their call."),
    [CORE_QUEUE_FULL] = ROW("queue_full", "Messages dropped because too many of a call waited."),
    [COUNT_REQUESTS] = ROW("rcv_requests", "Requests received."),
#define X(method, name) [COUNT_REQUEST_##method] = ROW("rcv_requests_" name, #method " requests."),
    REQUEST_TABLE(X)
#undef X
        [COUNT_REPLIES] = ROW("rcv_replies", "Replies received."),
    [COUNT_CLASS] = CLASSES("rcv_replies_", "", "."),
    [COUNT_18X] = ROW("rcv_replies_18x", "Replies 180 to 189 received."),
#define X(status) [COUNT_##status] = ROW("rcv_replies_" #status, "Replies " #status " received."),
    STATUS_TABLE(X)
#undef X
#define X(method, name)                                                                            \
    [COUNT_REPLY_##method] = CLASSES("rcv_replies_", "_" name, " for " #method "."),
        REPLY_TABLE(X)
#undef X
            { 0 },
};

static struct {
    unsigned base;
} self;

void core_stats_register(void)
{
    self.base = stat_register(table);
}

void core_stat(enum core_stat which)
{
    stat_add(self.base + which, 1);
}

static void count(unsigned which)
{
    stat_add(self.base + which, 1);
}

static void count_request(const struct msg *m)
{
    static const uint8_t of_method[METHOD_COUNT] = {
#define X(method, name) [METHOD_##method] = COUNT_REQUEST_##method,
        REQUEST_TABLE(X)
#undef X
    };

    count(COUNT_REQUESTS);
    count(of_method[m->method] ? of_method[m->method] : (unsigned)CORE_UNSUPPORTED_METHODS);
}

static void count_reply(struct msg *m)
{
    static const uint8_t of_method[METHOD_COUNT] = {
#define X(method, name) [METHOD_##method] = COUNT_REPLY_##method,
        REPLY_TABLE(X)
#undef X
    };
    static const uint8_t of_status[100] = {
#define X(status) [(status)-400] = COUNT_##status,
        STATUS_TABLE(X)
#undef X
    };
    const struct cseq *cseq = msg_cseq(m, NULL);
    unsigned class = m->status / 100;

    count(COUNT_REPLIES);
    if (class < 1 || class > 6)
        return;
    count(COUNT_CLASS + class - 1);
    if (m->status >= 180 && m->status <= 189)
        count(COUNT_18X);
    if (class == 4 && of_status[m->status - 400])
        count(of_status[m->status - 400]);
    if (cseq && of_method[cseq->method])
        count(of_method[cseq->method] + class - 1);
}

void core_stat_received(struct msg *m)
{
    if (m->request)
        count_request(m);
    else
        count_reply(m);
}
