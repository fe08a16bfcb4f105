#pragma once

#include "core/Clock.h"
#include "spokehub/Class.h"
#include "spokes/Vault.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace spokehub::spokes
{

/// What a document is; the numbers are those of the border, DOCUMENTS.md says what is in each.
enum class DocumentKind : std::int32_t
{
    Manifest = SPH_DOC_MANIFEST,
    Problem = SPH_DOC_PROBLEM,
    Finding = SPH_DOC_FINDING,
    Fact = SPH_DOC_FACT,
    Listing = SPH_DOC_LISTING,
    Level = SPH_DOC_LEVEL,
    Notice = SPH_DOC_NOTICE,
    Fetch = SPH_DOC_FETCH,
    Checkpoint = SPH_DOC_CHECKPOINT,
    Result = SPH_DOC_RESULT,
    Rate = SPH_DOC_RATE,
    Subscription = SPH_DOC_SUBSCRIPTION,
    Key = SPH_DOC_KEY,
    Parcel = SPH_DOC_PARCEL,
    Privacy = SPH_DOC_PRIVACY,
};

struct Document
{
    DocumentKind kind;
    std::string json;
};

/// How a verb ended. `reason` is empty when it is done.
struct Verdict
{
    Class kind = Class::Done;
    std::string reason;
    std::optional<std::chrono::milliseconds> retryAfter;
    std::string detail;
    bool crashed = false; // the spoke's process did not survive the call
};

struct Answer
{
    Verdict verdict;
    std::vector<Document> documents; // in the order they came, without the problem
};

struct WebhookHeader
{
    std::string_view name;
    std::string_view value;
};

/// A request on a channel's webhook address, whole; everything is borrowed.
struct WebhookRequest
{
    std::string_view method;
    std::string_view topic; // from the path, without the leading slash
    std::string_view query;
    std::span<const WebhookHeader> headers;
    std::string_view body;
    Time receivedAt;
};

enum class AcceptVerdict
{
    Genuine,  // keep it: messageId and topic are set
    Forged,   // 401
    Reply,    // a handshake: answer with the reply, keep nothing
    NeedKey,  // fetch the key (pull, stream "keys", id keyId); 503 meanwhile
    Mismatch, // 400 with the reason
    Failed,   // the spoke could not say; `kind` tells why
};

struct Accepted
{
    AcceptVerdict verdict = AcceptVerdict::Failed;
    Class kind = Class::Done;
    std::string messageId; // 1 to 200 bytes
    std::string topic;
    std::optional<Time> occurredAt;
    std::string reason;
    std::string keyId;
    int replyStatus = 0;
    std::string replyType;
    std::string replyBody;
    bool crashed = false; // as in Verdict
};

/// A stored message; everything is borrowed.
struct StoredMessage
{
    std::string_view messageId;
    std::string_view topic;
    std::string_view body;
    Time receivedAt;
};

/// What bounds a verb that runs in the lane.
struct Call
{
    Time deadline;           // the verb must have returned by then; no HTTP call outlives it
    std::stop_token stopped; // asked for: the spoke stops as soon as nothing is half done
    std::span<const std::string> ids = {}; // of a push's items, the same whenever they are pushed
};

/// Takes a pull's documents one at a time, the text borrowed. False: no more of them.
using DocumentSink = std::function<bool(DocumentKind kind, std::string_view json)>;

/// One channel's spoke, opened with its settings. accept and translate: any number of threads at
/// once and beside the others; all else one at a time, on the channel's lane. No verb throws,
/// unless the sink does: that passes through.
class Spoke
{
public:
    /// What is larger or more is refused as a bug of the spoke.
    static constexpr std::size_t documentBytesMax = 4 * 1024 * 1024;
    static constexpr std::size_t documentsMax = 100'000;

    virtual ~Spoke() = default;

    /// These are its secrets from now on. Any thread.
    virtual void setSecrets(Secrets) {}

    virtual Accepted accept(const WebhookRequest& request) const = 0;
    virtual Answer translate(const StoredMessage& message) const = 0;

    /// Findings.
    virtual Answer check(const Call& call) = 0;
    /// `request` is JSON as abi.h says at pull. Problems go into the verdict, not into the sink.
    virtual Verdict pull(const Call& call, std::string_view stream, std::string_view request,
                         const DocumentSink& sink) = 0;
    /// Results and rates.
    virtual Answer push(const Call& call, std::string_view batch) = 0;
    /// Subscriptions.
    virtual Answer subscribe(const Call& call, std::string_view request) = 0;

    /// Why it is not asked any more, though it is open; empty when it is. Any thread.
    virtual std::string parked() const { return {}; }
    virtual void unpark() {}
};

} // namespace spokehub::spokes
