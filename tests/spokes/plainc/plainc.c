/* The smallest useful spoke in plain C: it takes every webhook that knows its word, and says one thing about it. */
#include "spokehub/abi.h"

#include <stdlib.h>
#include <string.h>

struct instance
{
    const sph_host *host;
};

static sph_text text(const char *from)
{
    sph_text to = {from, strlen(from)};
    return to;
}

static int32_t describe(const sph_sink *out)
{
    out->put(out->self, SPH_DOC_MANIFEST,
             text("{\"name\": \"plainc\", \"version\": \"1.0.0\", \"title\": \"Plain C\","
                  " \"verbs\": [\"check\", \"accept\", \"translate\"],"
                  " \"secrets\": {\"word\": {\"required\": true, \"description\": \"signs the webhooks\"}}}"));
    return SPH_DONE;
}

static int32_t open_instance(const sph_host *host, sph_text settings, void **instance, const sph_sink *out)
{
    struct instance *made = malloc(sizeof *made);
    (void)settings;
    *instance = made;
    if (made == NULL)
    {
        out->put(out->self, SPH_DOC_PROBLEM, text("{\"reason\": \"no memory\"}"));
        return SPH_RETRY;
    }
    made->host = host;
    return SPH_DONE;
}

static void close_instance(void *instance)
{
    free(instance);
}

static int32_t check(void *instance, const sph_sink *out)
{
    const struct instance *self = instance;
    const int known = self->host->secret_count(self->host->self, text("word")) > 0;
    out->put(out->self, SPH_DOC_FINDING,
             known ? text("{\"level\": \"ok\", \"subject\": \"secrets.word\", \"message\": \"is configured\"}")
                   : text("{\"level\": \"error\", \"subject\": \"secrets.word\", \"message\": \"is missing\"}"));
    return SPH_DONE;
}

/* Two digits for each byte: an id of 64. */
static sph_text hex(const char mac[32], char to[64])
{
    static const char digits[] = "0123456789abcdef";
    const sph_text text = {to, 64};
    int i;
    for (i = 0; i < 32; ++i)
    {
        to[2 * i] = digits[((unsigned char)mac[i]) >> 4];
        to[2 * i + 1] = digits[((unsigned char)mac[i]) & 15];
    }
    return text;
}

/* Genuine is what carries the 32 bytes of HMAC-SHA-256 over the body as its query. */
static int32_t accept_request(void *instance, const sph_request *request, const sph_accept_sink *out)
{
    const struct instance *self = instance;
    char mac[32];
    char id[64];
    sph_text expected = {mac, sizeof mac};
    sph_accepted accepted;
    memset(&accepted, 0, sizeof accepted);
    accepted.size = sizeof accepted;
    accepted.verdict = SPH_ACCEPT_FORGED;
    accepted.reason = text("the query is not the signature of the body");
    if (self->host->hmac_sha256(self->host->self, text("word"), 0, request->body, mac) == SPH_DONE &&
        self->host->equal(self->host->self, expected, request->query) == 1)
    {
        accepted.verdict = SPH_ACCEPT_GENUINE;
        accepted.message_id = hex(mac, id); /* the same body is the same message */
        accepted.topic = request->topic;
    }
    out->put(out->self, &accepted);
    return SPH_DONE;
}

static int32_t translate(void *instance, const sph_message *message, const sph_sink *out)
{
    (void)instance;
    if (message->topic.size != 5 || memcmp(message->topic.data, "hello", 5) != 0)
        return SPH_DONE; /* a topic that matters to nobody */
    if (message->body.size == 0)
    {
        out->put(out->self, SPH_DOC_PROBLEM, text("{\"reason\": \"the body is empty\"}"));
        return SPH_REJECTED;
    }
    return out->put(out->self, SPH_DOC_NOTICE, text("{\"kind\": \"hello\", \"message\": \"from C\"}")) == 0
               ? SPH_DONE
               : SPH_CANCELLED;
}

static const void *extension(sph_text id)
{
    (void)id;
    return NULL;
}

static const sph_spoke table = {
    .size = sizeof(sph_spoke),
    .abi_major = SPH_ABI_MAJOR,
    .abi_minor = SPH_ABI_MINOR,
    .describe = describe,
    .open = open_instance,
    .close = close_instance,
    .check = check,
    .accept = accept_request,
    .translate = translate,
    .extension = extension,
};

SPH_EXPORT const sph_spoke *spokehub_entry(uint32_t host_abi_major);
SPH_EXPORT const sph_spoke *spokehub_entry(uint32_t host_abi_major)
{
    (void)host_abi_major;
    return &table;
}
