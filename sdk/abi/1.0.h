/*
 * The border as version 1.0 released it: sizes, offsets and numbers. Compiled into the tests as C and as C++; when it
 * fails, a released struct or number has changed. Never edit a released file: a new minor gets one of its own, with what
 * it appended, and SPH_SIZE_AT_LEAST keeps the old one true.
 */
#ifndef SPOKEHUB_ABI_1_0_H
#define SPOKEHUB_ABI_1_0_H

#include "spokehub/abi.h"

#ifdef __cplusplus
#define SPH_SURE(condition, what) static_assert(condition, what)
#else
#define SPH_SURE(condition, what) _Static_assert(condition, what)
#endif

#define SPH_SIZE(type, bytes) SPH_SURE(sizeof(type) == (bytes), #type " has another size than in 1.0")
#define SPH_SIZE_AT_LEAST(type, bytes) SPH_SURE(sizeof(type) >= (bytes), #type " is smaller than in 1.0")
#define SPH_OFFSET(type, member, bytes) \
    SPH_SURE(offsetof(type, member) == (bytes), #type "." #member " stands elsewhere than in 1.0")
#define SPH_VALUE(name, number) SPH_SURE((int)(name) == (number), #name " has another number than in 1.0")


SPH_SIZE(sph_text, 16);
SPH_OFFSET(sph_text, data, 0);
SPH_OFFSET(sph_text, size, 8);

SPH_SIZE(sph_sink, 16);
SPH_OFFSET(sph_sink, self, 0);
SPH_OFFSET(sph_sink, put, 8);

SPH_SIZE(sph_header, 32);
SPH_OFFSET(sph_header, name, 0);
SPH_OFFSET(sph_header, value, 16);

SPH_SIZE_AT_LEAST(sph_http_request, 80);
SPH_OFFSET(sph_http_request, size, 0);
SPH_OFFSET(sph_http_request, timeout_ms, 4);
SPH_OFFSET(sph_http_request, method, 8);
SPH_OFFSET(sph_http_request, url, 24);
SPH_OFFSET(sph_http_request, headers, 40);
SPH_OFFSET(sph_http_request, header_count, 48);
SPH_OFFSET(sph_http_request, body, 56);
SPH_OFFSET(sph_http_request, body_max, 72);

SPH_SIZE_AT_LEAST(sph_http_response, 40);
SPH_OFFSET(sph_http_response, size, 0);
SPH_OFFSET(sph_http_response, status, 4);
SPH_OFFSET(sph_http_response, headers, 8);
SPH_OFFSET(sph_http_response, header_count, 16);
SPH_OFFSET(sph_http_response, body, 24);

SPH_SIZE(sph_http_sink, 16);
SPH_OFFSET(sph_http_sink, self, 0);
SPH_OFFSET(sph_http_sink, response, 8);

SPH_SIZE_AT_LEAST(sph_host, 112);
SPH_OFFSET(sph_host, size, 0);
SPH_OFFSET(sph_host, abi_minor, 4);
SPH_OFFSET(sph_host, self, 8);
SPH_OFFSET(sph_host, http, 16);
SPH_OFFSET(sph_host, log, 24);
SPH_OFFSET(sph_host, now, 32);
SPH_OFFSET(sph_host, random, 40);
SPH_OFFSET(sph_host, secret_count, 48);
SPH_OFFSET(sph_host, hmac_sha256, 56);
SPH_OFFSET(sph_host, equal, 64);
SPH_OFFSET(sph_host, kv_get, 72);
SPH_OFFSET(sph_host, kv_put, 80);
SPH_OFFSET(sph_host, cancelled, 88);
SPH_OFFSET(sph_host, deadline, 96);
SPH_OFFSET(sph_host, extension, 104);

SPH_SIZE_AT_LEAST(sph_crypto, 48);
SPH_OFFSET(sph_crypto, size, 0);
SPH_OFFSET(sph_crypto, reserved, 4);
SPH_OFFSET(sph_crypto, verify, 8);
SPH_OFFSET(sph_crypto, hmac, 16);
SPH_OFFSET(sph_crypto, digest, 24);
SPH_OFFSET(sph_crypto, base64, 32);
SPH_OFFSET(sph_crypto, unbase64, 40);

SPH_SIZE_AT_LEAST(sph_oauth, 16);
SPH_OFFSET(sph_oauth, size, 0);
SPH_OFFSET(sph_oauth, reserved, 4);
SPH_OFFSET(sph_oauth, renew, 8);

SPH_SIZE_AT_LEAST(sph_request, 96);
SPH_OFFSET(sph_request, size, 0);
SPH_OFFSET(sph_request, method, 8);
SPH_OFFSET(sph_request, topic, 24);
SPH_OFFSET(sph_request, query, 40);
SPH_OFFSET(sph_request, headers, 56);
SPH_OFFSET(sph_request, header_count, 64);
SPH_OFFSET(sph_request, body, 72);
SPH_OFFSET(sph_request, received_at, 88);

SPH_SIZE_AT_LEAST(sph_accepted, 120);
SPH_OFFSET(sph_accepted, size, 0);
SPH_OFFSET(sph_accepted, verdict, 4);
SPH_OFFSET(sph_accepted, message_id, 8);
SPH_OFFSET(sph_accepted, topic, 24);
SPH_OFFSET(sph_accepted, occurred_at, 40);
SPH_OFFSET(sph_accepted, reason, 48);
SPH_OFFSET(sph_accepted, key_id, 64);
SPH_OFFSET(sph_accepted, reply_status, 80);
SPH_OFFSET(sph_accepted, reply_type, 88);
SPH_OFFSET(sph_accepted, reply_body, 104);

SPH_SIZE(sph_accept_sink, 16);
SPH_OFFSET(sph_accept_sink, self, 0);
SPH_OFFSET(sph_accept_sink, put, 8);

SPH_SIZE_AT_LEAST(sph_message, 64);
SPH_OFFSET(sph_message, size, 0);
SPH_OFFSET(sph_message, message_id, 8);
SPH_OFFSET(sph_message, topic, 24);
SPH_OFFSET(sph_message, body, 40);
SPH_OFFSET(sph_message, received_at, 56);

SPH_SIZE_AT_LEAST(sph_spoke, 96);
SPH_OFFSET(sph_spoke, size, 0);
SPH_OFFSET(sph_spoke, abi_major, 4);
SPH_OFFSET(sph_spoke, abi_minor, 8);
SPH_OFFSET(sph_spoke, reserved, 12);
SPH_OFFSET(sph_spoke, describe, 16);
SPH_OFFSET(sph_spoke, open, 24);
SPH_OFFSET(sph_spoke, close, 32);
SPH_OFFSET(sph_spoke, check, 40);
SPH_OFFSET(sph_spoke, accept, 48);
SPH_OFFSET(sph_spoke, translate, 56);
SPH_OFFSET(sph_spoke, pull, 64);
SPH_OFFSET(sph_spoke, push, 72);
SPH_OFFSET(sph_spoke, subscribe, 80);
SPH_OFFSET(sph_spoke, extension, 88);

SPH_VALUE(SPH_DONE, 0);
SPH_VALUE(SPH_RETRY, 1);
SPH_VALUE(SPH_RATE_LIMITED, 2);
SPH_VALUE(SPH_AUTH, 3);
SPH_VALUE(SPH_CONFLICT, 4);
SPH_VALUE(SPH_UNKNOWN_OUTCOME, 5);
SPH_VALUE(SPH_UNMATCHED, 6);
SPH_VALUE(SPH_REJECTED, 7);
SPH_VALUE(SPH_CONFIG, 8);
SPH_VALUE(SPH_UNSUPPORTED, 9);
SPH_VALUE(SPH_BUG, 10);
SPH_VALUE(SPH_CANCELLED, 11);
SPH_VALUE(SPH_DOC_MANIFEST, 1);
SPH_VALUE(SPH_DOC_PROBLEM, 2);
SPH_VALUE(SPH_DOC_FINDING, 3);
SPH_VALUE(SPH_DOC_FACT, 4);
SPH_VALUE(SPH_DOC_LISTING, 5);
SPH_VALUE(SPH_DOC_LEVEL, 6);
SPH_VALUE(SPH_DOC_NOTICE, 7);
SPH_VALUE(SPH_DOC_FETCH, 8);
SPH_VALUE(SPH_DOC_CHECKPOINT, 9);
SPH_VALUE(SPH_DOC_RESULT, 10);
SPH_VALUE(SPH_DOC_RATE, 11);
SPH_VALUE(SPH_DOC_SUBSCRIPTION, 12);
SPH_VALUE(SPH_DOC_KEY, 13);
SPH_VALUE(SPH_LOG_DEBUG, 0);
SPH_VALUE(SPH_LOG_INFO, 1);
SPH_VALUE(SPH_LOG_WARNING, 2);
SPH_VALUE(SPH_LOG_ERROR, 3);
SPH_VALUE(SPH_SHA1, 1);
SPH_VALUE(SPH_SHA256, 2);
SPH_VALUE(SPH_SHA512, 3);
SPH_VALUE(SPH_KEY_TEXT, 0);
SPH_VALUE(SPH_KEY_BASE64, 1);
SPH_VALUE(SPH_ACCEPT_GENUINE, 0);
SPH_VALUE(SPH_ACCEPT_FORGED, 1);
SPH_VALUE(SPH_ACCEPT_REPLY, 2);
SPH_VALUE(SPH_ACCEPT_NEED_KEY, 3);
SPH_VALUE(SPH_ACCEPT_MISMATCH, 4);
SPH_VALUE(SPH_ABI_MAJOR, 1);

#undef SPH_SURE
#undef SPH_SIZE
#undef SPH_SIZE_AT_LEAST
#undef SPH_OFFSET
#undef SPH_VALUE

#endif
