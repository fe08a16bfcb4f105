/*
 * The border between the hub and a spoke: plain C11, fixed-width integers, UTF-8. Nothing else crosses it.
 *
 * A spoke is a shared library that exports one symbol, `spokehub_entry`. The hub calls it once and gets a table of
 * functions; the spoke gets a table of the hub's services at `open`. Documents (orders, listings, levels, results)
 * are JSON texts handed over one at a time through a sink, so nobody guesses buffer sizes.
 *
 * Growth: every struct starts with its own size. Members are only ever added at the end; a reader uses a member
 * only when the size says it is there. SPH_ABI_MAJOR changes only when that promise is broken. Anything larger is
 * an extension that either side asks for by a string id.
 *
 * Ownership: what a call is given is borrowed until it returns; whoever keeps it, copies it. Each side frees what
 * it allocated.
 *
 * Threads: `describe` any time. `open`, `check`, `pull`, `push`, `subscribe`, `close` of one instance: one at a
 * time, on the hub's lane for the channel, never on the same instance from two threads. `accept` and `translate`
 * may run on several threads at once and beside the others: they must be pure (no I/O, no host call but log, clock,
 * random, hmac and secret_count; state only what `open` made and nobody changes since).
 *
 * Errors: a verb answers with one of the SPH_ classes below. It says why with an SPH_DOC_PROBLEM document. Nothing
 * may be thrown or longjmp-ed across the border.
 */
#ifndef SPOKEHUB_ABI_H
#define SPOKEHUB_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPH_ABI_MAJOR 1
#define SPH_ABI_MINOR 0

/* UTF-8 (or raw bytes where it says so), not terminated. data may be null when size is 0. */
typedef struct sph_text
{
    const char *data;
    uint64_t size;
} sph_text;

/* How a call, or one pushed item, ended. What the hub does with each stands in the guide for authors. */
enum
{
    SPH_DONE = 0,
    SPH_RETRY = 1,           /* a passing failure; nothing happened */
    SPH_RATE_LIMITED = 2,    /* after: retry_after_ms of the problem */
    SPH_AUTH = 3,            /* the channel refuses who we are */
    SPH_CONFLICT = 4,        /* the channel's number is not what the item expected */
    SPH_UNKNOWN_OUTCOME = 5, /* it was sent; whether it happened is not known */
    SPH_UNMATCHED = 6,       /* the channel has no such listing */
    SPH_REJECTED = 7,        /* the channel refuses this item for good */
    SPH_CONFIG = 8,          /* a setting is wrong or missing; a person must act */
    SPH_UNSUPPORTED = 9,     /* this spoke or channel cannot do that */
    SPH_BUG = 10,            /* an answer nobody foresaw */
    SPH_CANCELLED = 11       /* the hub asked to stop */
};

/* What a document handed to a sink is. */
enum
{
    SPH_DOC_MANIFEST = 1,   /* describe: what this spoke is */
    SPH_DOC_PROBLEM = 2,    /* any verb: {"reason", "retry_after_ms"?, "detail"?} why it did not end with SPH_DONE */
    SPH_DOC_FINDING = 3,    /* check: {"level": "ok|warning|error", "subject", "message", "remedy"?} */
    SPH_DOC_FACT = 4,       /* translate, pull: something known of an order (Messages.h: Order, Refund, ...) */
    SPH_DOC_LISTING = 5,    /* translate, pull: an offer on the channel */
    SPH_DOC_LEVEL = 6,      /* translate, pull: a quantity that the channel shows */
    SPH_DOC_NOTICE = 7,     /* translate: {"kind": "uninstalled|...", "message"} something about the channel itself */
    SPH_DOC_FETCH = 8,      /* translate: {"stream", "id"} the message is thin; the hub pulls that one thing in the lane */
    SPH_DOC_CHECKPOINT = 9, /* pull: {"cursor": text} all documents so far may be stored with this cursor */
    SPH_DOC_RESULT = 10,    /* push: {"item", "class", "reason"?, "retry_after_ms"?, "observed"?, "external_id"?} */
    SPH_DOC_RATE = 11,      /* any verb with http: {"available", "capacity", "restore_per_second"} what the channel says of its bucket */
    SPH_DOC_SUBSCRIPTION = 12 /* subscribe: {"topic", "state": "present|created|repaired|removed|failed", "reason"?} */
};

/* Where documents go. put answers 0, or another number when the host wants no more (then return SPH_CANCELLED). */
typedef struct sph_sink
{
    void *self;
    int32_t (*put)(void *self, int32_t kind, sph_text json);
} sph_sink;

typedef struct sph_header
{
    sph_text name;
    sph_text value;
} sph_header;

/* ------------------------------------------------------------------ what the host offers */

typedef struct sph_http_request
{
    uint32_t size;
    uint32_t timeout_ms;     /* 0: the host's default (30 s); never beyond the deadline of the verb */
    sph_text method;
    sph_text url;            /* absolute; its host must be allowed by the manifest or the settings (base_url) */
    const sph_header *headers; /* "${secret:NAME}" in a value is replaced by the host; the spoke never sees it */
    uint64_t header_count;
    sph_text body;           /* raw bytes */
    uint64_t body_max;       /* of the answer; 0: the host's default (16 MiB) */
} sph_http_request;

typedef struct sph_http_response
{
    uint32_t size;
    int32_t status;
    const sph_header *headers;
    uint64_t header_count;
    sph_text body;
} sph_http_response;

/* Receives the answer before http() returns, on the same thread. */
typedef struct sph_http_sink
{
    void *self;
    void (*response)(void *self, const sph_http_response *response);
} sph_http_sink;

enum
{
    SPH_LOG_DEBUG = 0,
    SPH_LOG_INFO = 1,
    SPH_LOG_WARNING = 2,
    SPH_LOG_ERROR = 3
};

typedef struct sph_host
{
    uint32_t size;
    uint32_t abi_minor;
    void *self;

    /* The only way out. SPH_DONE: there was an answer, whatever its status. SPH_RETRY: nothing was sent.
     * SPH_UNKNOWN_OUTCOME: it was sent and the answer is lost. SPH_CANCELLED; SPH_CONFIG: host not allowed.
     * Not from accept or translate. */
    int32_t (*http)(void *self, const sph_http_request *request, const sph_http_sink *answer);

    /* One line; secrets are blotted out by value. Any thread. */
    void (*log)(void *self, int32_t level, sph_text message);

    /* Microseconds since 1970, UTC. Any thread. */
    int64_t (*now)(void *self);

    /* Fills `bytes` with randomness fit for keys. Any thread. */
    void (*random)(void *self, void *bytes, uint64_t size);

    /* How many values the secret has (a list serves the time of a rotation); 0: not configured. Any thread. */
    uint32_t (*secret_count)(void *self, sph_text name);

    /* HMAC-SHA-256 of raw bytes under the secret's index-th value, without showing it. `mac` takes 32 bytes. SPH_DONE
     * or SPH_CONFIG. Any thread. */
    int32_t (*hmac_sha256)(void *self, sph_text name, uint32_t index, sph_text data, void *mac);

    /* Compares in constant time. 1: equal. Any thread. */
    int32_t (*equal)(void *self, sph_text a, sph_text b);

    /* A small store of the channel: at most 64 KiB in all; keys of 1 to 200 bytes. A put is durable with the next
     * checkpoint or at the end of the verb, whichever comes first. kv_get hands the value to `value` (one call, kind 0)
     * and answers 1, or 0 when there is none. */
    int32_t (*kv_get)(void *self, sph_text key, const sph_sink *value);
    int32_t (*kv_put)(void *self, sph_text key, sph_text value);

    /* 1: stop as soon as nothing is half done, and return SPH_CANCELLED. Any thread. */
    int32_t (*cancelled)(void *self);

    /* Microseconds since 1970 at which the running verb must have returned. */
    int64_t (*deadline)(void *self);

    /* A table by its id ("spokehub.oauth/1", ...), or null when this host does not have it. */
    const void *(*extension)(void *self, sph_text id);
} sph_host;

/* ------------------------------------------------------------------ what a spoke offers */

/* A request on the channel's webhook address, whole, as it came. */
typedef struct sph_request
{
    uint32_t size;
    sph_text method;
    sph_text topic;  /* from the path, without the leading slash; empty when the path has none */
    sph_text query;  /* raw, without '?' */
    const sph_header *headers; /* names as sent; compare without case */
    uint64_t header_count;
    sph_text body;   /* raw bytes */
    int64_t received_at;
} sph_request;

enum
{
    SPH_ACCEPT_GENUINE = 0,  /* keep it: message_id and topic are set */
    SPH_ACCEPT_FORGED = 1,   /* answer 401; reason is for the log only */
    SPH_ACCEPT_REPLY = 2,    /* a handshake: answer with reply_status, reply_type, reply_body; keep nothing */
    SPH_ACCEPT_NEED_KEY = 3, /* cannot tell without the key key_id; the hub fetches it (pull, stream "keys") and answers 503 meanwhile */
    SPH_ACCEPT_MISMATCH = 4  /* genuine, but not what the path says: answer 400 with reason */
};

typedef struct sph_accepted
{
    uint32_t size;
    int32_t verdict;
    sph_text message_id;  /* the channel's id of the delivery, the same on its retries; 1 to 200 bytes */
    sph_text topic;       /* as the channel names it, e.g. "orders/create" */
    int64_t occurred_at;  /* microseconds; 0: not said */
    sph_text reason;
    sph_text key_id;
    int32_t reply_status;
    sph_text reply_type;
    sph_text reply_body;
} sph_accepted;

typedef struct sph_accept_sink
{
    void *self;
    void (*put)(void *self, const sph_accepted *accepted); /* exactly once */
} sph_accept_sink;

/* A stored message, as accept took it. */
typedef struct sph_message
{
    uint32_t size;
    sph_text message_id;
    sph_text topic;
    sph_text body;
    int64_t received_at;
} sph_message;

typedef struct sph_spoke
{
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;

    /* Hands the manifest to the sink (SPH_DOC_MANIFEST). No instance, no host, no side effect. */
    int32_t (*describe)(const sph_sink *out);

    /* Makes an instance for one channel. settings: the channel's settings as a JSON object, defaults filled in,
     * secrets left out. No I/O. On failure *instance is null and a problem says which setting is wrong. The host
     * outlives the instance. */
    int32_t (*open)(const sph_host *host, sph_text settings, void **instance, const sph_sink *out);
    void (*close)(void *instance);

    /* Asks the channel whether everything is in place (credentials, scopes, locations): findings. */
    int32_t (*check)(void *instance, const sph_sink *out);

    /* Is it genuine, which id, which topic? Under a millisecond. Pure. */
    int32_t (*accept)(void *instance, const sph_request *request, const sph_accept_sink *out);

    /* What does a stored message mean? Facts, levels, listings, notices or a fetch; none is a good answer for a topic
     * that matters to nobody. SPH_REJECTED with a problem: genuine, but cannot be understood. Pure. */
    int32_t (*translate)(void *instance, const sph_message *message, const sph_sink *out);

    /* Reads a stream ("orders", "listings", "levels", "shipments", "keys") from the cursor (empty: from the beginning
     * that the request says). request: {"cursor", "since"?, "id"?, "subjects"?, "page_max"?}; with "id" only that one
     * thing. Each checkpoint makes the documents before it durable. */
    int32_t (*pull)(void *instance, sph_text stream, sph_text request, const sph_sink *out);

    /* Tells the channel. batch: {"kind": "stock|shipment|...", "items": [{"item", "key", "previous"?, ...}]}. One
     * SPH_DOC_RESULT for each item, in any order; an item without one counts as SPH_UNKNOWN_OUTCOME when the verb
     * says SPH_DONE, else as the verb's class. */
    int32_t (*push)(void *instance, sph_text batch, const sph_sink *out);

    /* Webhook subscriptions. request: {"action": "list|repair|remove", "address": "https://…"}. */
    int32_t (*subscribe)(void *instance, sph_text request, const sph_sink *out);

    /* A table by its id, or null. */
    const void *(*extension)(sph_text id);
} sph_spoke;

/* The one exported symbol. host_abi_major is what the hub speaks; answer the spoke's table (of static storage)
 * whatever it is: the hub compares and refuses in words. */
typedef const sph_spoke *(*sph_entry)(uint32_t host_abi_major);

#if defined(__GNUC__)
#define SPH_EXPORT __attribute__((visibility("default")))
#else
#define SPH_EXPORT
#endif

#ifdef __cplusplus
}
#endif

#endif
