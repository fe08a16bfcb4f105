/*
 * The border between the hub and a spoke: plain C11, fixed-width integers, UTF-8. Nothing else crosses it.
 *
 * A spoke is a shared library that exports one symbol, `spokehub_entry`. The hub calls it once and gets a table of
 * functions; the spoke gets a table of the hub's services at `open`. Documents (orders, listings, levels, results)
 * are JSON texts handed over one at a time through a sink, so nobody guesses buffer sizes. Their schemas lie beside
 * this file's package (share/spokehub/schemas); DOCUMENTS.md explains them.
 *
 * Growth: every struct that may grow starts with its own size, set by who fills it. Members are only ever added at
 * the end, with a new SPH_ABI_MINOR; a reader uses a member only when the size says it is there (SPH_HAS). Structs
 * without a size (sph_text, sph_header, the sinks) never change. SPH_ABI_MAJOR changes only when that promise is
 * broken, and a hub refuses a spoke of another major in words that name both.
 *
 * Extensions: anything larger is a table that either side asks the other for by a string id, "spokehub.NAME/1"; null
 * means that the other side does not have it. The number is the table's own major; its struct grows by size like the
 * others. "spokehub.NAME/1-draft" is a draft: it may change or go with any release, and asking for the id without
 * "-draft" never gives one. Ids that do not begin with "spokehub." are free: use a domain of yours.
 *
 * Ownership: what a call is given is borrowed until it returns; whoever keeps it, copies it. What a sink is handed is
 * borrowed until the sink returns. Each side frees what it allocated; nothing allocated crosses.
 *
 * Threads: `spokehub_entry`, `describe` and `extension` any thread, any time. `open`, `check`, `pull`, `push`,
 * `subscribe`, `close` of one instance: one at a time, on the hub's lane for the channel, never on the same instance
 * from two threads; between two of them the thread may be another. `accept` and `translate` may run on several
 * threads at once and beside the others: they must be pure (no I/O, no host call but those marked "any thread"; state
 * only what `open` made and nobody changes since). A spoke starts no threads of its own.
 *
 * Deadlines: `check`, `pull`, `push` and `subscribe` must have returned by host->deadline; no HTTP call outlives it. A
 * spoke that is late is not waited for where it runs in a process of its own. `accept` takes under a millisecond,
 * `translate`, `open`, `close` and `describe` do no I/O and take as long as their text needs.
 *
 * Errors: a verb answers with one of the SPH_ classes below, and unless that is SPH_DONE says why with one
 * SPH_DOC_PROBLEM. Another number, a document that does not fit its schema or kind, one of more than 4 MiB, or more
 * than 100,000 in one verb count as SPH_BUG. Nothing may be thrown or longjmp-ed across the border.
 */
#ifndef SPOKEHUB_ABI_H
#define SPOKEHUB_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SPH_ABI_MAJOR 1
#define SPH_ABI_MINOR 2

/* Whether whoever filled the struct behind this pointer knew the member. */
#define SPH_HAS(pointer, type, member) \
    ((pointer)->size >= offsetof(type, member) + sizeof((pointer)->member))

/* UTF-8 (or raw bytes where it says so), not terminated. data may be null when size is 0. */
typedef struct sph_text
{
    const char *data;
    uint64_t size;
} sph_text;

/* How a call, or one pushed item, ended. The hub has one reaction to each; README.md has a recipe for each. */
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
    SPH_DOC_SUBSCRIPTION = 12, /* subscribe: {"topic", "state": "present|created|repaired|removed|failed", "reason"?} */
    SPH_DOC_KEY = 13, /* pull of "keys": {"id", "pem", "expires_at"?} a public key that accept needs, see SPH_CRYPTO */
    SPH_DOC_PARCEL = 14, /* since 1.1; translate, pull: what a carrier knows of one parcel */
    SPH_DOC_PRIVACY = 15 /* since 1.2; translate: somebody asks for, or wants gone, what is kept of a person */
};

/*
 * Where documents go. put: on the thread of the call that was given the sink, until that call returns; `json` is
 * copied by the host. It answers 0, or another number when the host wants no more: return SPH_CANCELLED then.
 */
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
    const sph_header *headers; /* the host replaces in a value, and the spoke never sees it:
                                * "${secret:NAME}" by the secret's first value,
                                * "${basic:A:B}" by base64 of the secrets A and B with a colon between them,
                                * "${oauth:GRANT}" by an access token, see SPH_OAUTH */
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

/*
 * `self` is the first argument of each function. "Any thread" ones may be called from accept and translate; the
 * others only inside check, pull, push or subscribe, on the thread of the verb: elsewhere they answer SPH_BUG.
 * The table and `self` live as long as the instance they were given to.
 */
typedef struct sph_host
{
    uint32_t size;
    uint32_t abi_minor;
    void *self;

    /*
     * The only way out of a spoke. Inside a verb. Blocks until the answer is whole, the timeout or the verb's
     * deadline; `answer` is called at most once, before http returns, and what it is given is borrowed until then.
     * SPH_DONE: there was an answer, whatever its status. SPH_RETRY: nothing was sent. SPH_UNKNOWN_OUTCOME: it was
     * sent and the answer is lost or larger than body_max. SPH_CONFIG: the host is not allowed, or a secret is not
     * configured. SPH_CANCELLED: the hub stops. With "${oauth:...}" also what renew answers. Redirects are answers.
     */
    int32_t (*http)(void *self, const sph_http_request *request, const sph_http_sink *answer);

    /* One line, at most 8 KiB; secrets are blotted out by value. Any thread; never blocks on the channel. */
    void (*log)(void *self, int32_t level, sph_text message);

    /* Microseconds since 1970, UTC. Any thread. */
    int64_t (*now)(void *self);

    /* Fills `bytes`, which the caller owns, with randomness fit for keys. Any thread. */
    void (*random)(void *self, void *bytes, uint64_t size);

    /* How many values the secret has (a list serves the time of a rotation); 0: not configured. Any thread. */
    uint32_t (*secret_count)(void *self, sph_text name);

    /* HMAC-SHA-256 of raw bytes under the secret's index-th value, without showing it. `mac`, the caller's, takes 32
     * bytes. SPH_DONE, or SPH_CONFIG when there is no such value. Any thread. */
    int32_t (*hmac_sha256)(void *self, sph_text name, uint32_t index, sph_text data, void *mac);

    /* Compares in constant time. 1: equal. Any thread. */
    int32_t (*equal)(void *self, sph_text a, sph_text b);

    /* A small store of the channel: at most 64 KiB in all; keys of 1 to 200 bytes. Inside a verb. A put is durable with
     * the next checkpoint or at the end of the verb, whichever comes first. kv_get hands the value to `value` (one call,
     * kind 0, borrowed) and answers 1, or 0 when there is none. kv_put copies; SPH_DONE, SPH_REJECTED when it would
     * hold too much, SPH_BUG for a key of another length. */
    int32_t (*kv_get)(void *self, sph_text key, const sph_sink *value);
    int32_t (*kv_put)(void *self, sph_text key, sph_text value);

    /* 1: stop as soon as nothing is half done, and return SPH_CANCELLED. Any thread; 0 outside a verb. */
    int32_t (*cancelled)(void *self);

    /* Microseconds since 1970 at which the running verb must have returned. Any thread; outside a verb, now. */
    int64_t (*deadline)(void *self);

    /* A table by its id, or null when this host does not have it. It lives as long as this one. Any thread. */
    const void *(*extension)(void *self, sph_text id);
} sph_host;

/* ------------------------------------------------------------------ what the host offers by name */

#define SPH_CRYPTO "spokehub.crypto/1"

enum
{
    SPH_SHA1 = 1, /* for channels that still sign so */
    SPH_SHA256 = 2,
    SPH_SHA512 = 3
};

/* How a secret's text becomes the key of an HMAC. */
enum
{
    SPH_KEY_TEXT = 0,  /* its bytes */
    SPH_KEY_BASE64 = 1 /* the bytes it is base64 of, after a prefix that ends in '_', if any ("whsec_...") */
};

/* `self` is that of sph_host. All of it: any thread, no I/O; what goes out is the caller's and is filled. */
typedef struct sph_crypto
{
    uint32_t size;
    uint32_t reserved;

    /*
     * Is `signature` (ECDSA: DER; RSA: PKCS #1 v1.5) one of `data` under the public key `key_id`? The host keeps keys
     * that a pull of the stream "keys" handed over (SPH_DOC_KEY). SPH_DONE: it is. SPH_REJECTED: it is not.
     * SPH_UNMATCHED: the key is not known or no longer good; accept answers SPH_ACCEPT_NEED_KEY then.
     * SPH_UNSUPPORTED: no such digest.
     */
    int32_t (*verify)(void *self, uint32_t digest, sph_text key_id, sph_text data, sph_text signature);

    /* HMAC under a secret's index-th value; `mac` takes 20, 32 or 64 bytes, as the digest has. SPH_DONE, SPH_CONFIG
     * (no such value, or not base64), SPH_UNSUPPORTED. */
    int32_t (*hmac)(void *self, uint32_t digest, sph_text secret, uint32_t index, uint32_t key_form, sph_text data,
                    void *mac);

    /* The digest of `before`, the secret's first value and `after`, one behind the other; no secret when its name is
     * empty. SPH_DONE, SPH_CONFIG, SPH_UNSUPPORTED. */
    int32_t (*digest)(void *self, uint32_t digest, sph_text before, sph_text secret, sph_text after, void *out);

    /* Standard alphabet, padded. `out` gets one call (kind 0). unbase64 is strict: SPH_REJECTED when it is none. */
    int32_t (*base64)(void *self, sph_text bytes, const sph_sink *out);
    int32_t (*unbase64)(void *self, sph_text text, const sph_sink *out);
} sph_crypto;

#define SPH_OAUTH "spokehub.oauth/1"

/*
 * OAuth 2 access tokens that the spoke never sees. The manifest says under "oauth" how each grant is asked for; the
 * host asks when "${oauth:GRANT}" stands in a header and it has no good token, once however many wait, and keeps it
 * until shortly before it ends. The refresh token stays with the host.
 */
typedef struct sph_oauth
{
    uint32_t size;
    uint32_t reserved;

    /*
     * The channel refused the token (usually status 401): a new one is asked for now, and the call may be made again.
     * Inside a verb; blocks like http. SPH_DONE: the next call has a new token. SPH_AUTH: the channel refuses the
     * grant, or it was renewed in this verb already: end the verb with SPH_AUTH. SPH_CONFIG: the manifest has no such
     * grant. SPH_RETRY, SPH_RATE_LIMITED, SPH_CANCELLED: end the verb so.
     */
    int32_t (*renew)(void *self, sph_text grant);
} sph_oauth;

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
    SPH_ACCEPT_NEED_KEY = 3, /* cannot tell without the key key_id (1 to 200 bytes): the hub answers 503, pulls the stream
                              * "keys" with that id in the lane, and keeps what comes (SPH_DOC_KEY) for verify */
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

/* A verb that the manifest does not name may be null; describe, open and close must be there. */
typedef struct sph_spoke
{
    uint32_t size;
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t reserved;

    /* Hands the manifest to the sink (SPH_DOC_MANIFEST, at most 1 MiB). Any thread; no instance, no host, no I/O, no
     * side effect. SPH_DONE; anything else and the spoke is not used. */
    int32_t (*describe)(const sph_sink *out);

    /* Makes an instance for one channel, which the spoke owns until close. On the lane; no I/O. settings: the channel's
     * settings as a JSON object, checked against the manifest, defaults filled in, secrets left out. SPH_DONE and
     * *instance set; else *instance null and a problem that says which setting is wrong (SPH_CONFIG). The host outlives
     * the instance. */
    int32_t (*open)(const sph_host *host, sph_text settings, void **instance, const sph_sink *out);

    /* Frees the instance; no other call of it runs or follows. On the lane; no I/O. */
    void (*close)(void *instance);

    /* Asks the channel whether everything is in place (credentials, scopes, locations): SPH_DOC_FINDING each, and
     * SPH_DONE although some are bad. On the lane, with the deadline. SPH_AUTH, SPH_RETRY, ... when it cannot tell. */
    int32_t (*check)(void *instance, const sph_sink *out);

    /* Is it genuine, which id, which topic? Any thread; pure; under a millisecond, for it stands in the way of the
     * channel's request. `out` is called exactly once, before it returns SPH_DONE; what it is given is borrowed until
     * put returns. Anything else than SPH_DONE, or no answer: the channel gets 503. */
    int32_t (*accept)(void *instance, const sph_request *request, const sph_accept_sink *out);

    /* What does a stored message mean? Facts, levels, listings, notices or a fetch; none is a good answer for a topic
     * that matters to nobody. Any thread; pure: the same message means the same, whenever and however often asked.
     * SPH_REJECTED with a problem: genuine, but cannot be understood. All documents of a message are applied or none. */
    int32_t (*translate)(void *instance, const sph_message *message, const sph_sink *out);

    /* Reads a stream ("orders", "listings", "levels", "shipments", "keys") from the cursor (empty: from the beginning
     * that the request says). On the lane, with the deadline. request: {"cursor", "since"?, "id"?, "subjects"?,
     * "page_max"?}; with "id" only that one thing. Of "shipments", "subjects" are the tracking numbers that the hub waits
     * to hear of, for a channel that cannot say what is new. Each checkpoint makes the documents before it durable, with the
     * cursor and the key values put so far, in one transaction; a crash repeats at most what follows the last one.
     * SPH_DONE: the end of the stream. */
    int32_t (*pull)(void *instance, sph_text stream, sph_text request, const sph_sink *out);

    /* Tells the channel; a carrier hears of shipments whose parcels it may be asked for later. On the lane, with the
     * deadline. batch: {"kind": "stock|shipment", "items": [{"item", "key",
     * "previous"?, ...}]}; key is the item's idempotency key, previous how its last attempt ended. One
     * SPH_DOC_RESULT for each item, in any order; an item without one counts as SPH_UNKNOWN_OUTCOME when the verb
     * says SPH_DONE, else as the verb's class. */
    int32_t (*push)(void *instance, sph_text batch, const sph_sink *out);

    /* Webhook subscriptions, one SPH_DOC_SUBSCRIPTION for each topic of the manifest. On the lane, with the deadline.
     * request: {"action": "list|repair|remove", "address": "https://..."}. Doing it twice does no harm. */
    int32_t (*subscribe)(void *instance, sph_text request, const sph_sink *out);

    /* A table by its id, of static storage, or null. Any thread. */
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
