#pragma once

#include "spokes/Spoke.h"

#include "spokehub/abi.h"

namespace spokehub::spokes
{

enum class Verb : std::int32_t
{
    Open,
    Check,
    Pull,
    Push,
    Subscribe,
    Accept,
    Translate,
};

constexpr std::size_t verbs = 7;

const char* toText(Verb verb);

/// How a call into a spoke ended, in the numbers of abi.h.
struct Ended
{
    std::int32_t kind = SPH_DONE;
    bool crashed = false; // its process did not survive the call
    std::string reason;   // of accept, which has no documents
};

/// The way into one spoke, wherever it runs: the verbs of abi.h, in its words. A crash answers with
/// a problem document like any other failure. Threads as at Spoke; close is the destructor.
class Border
{
public:
    virtual ~Border() = default;

    virtual bool has(Verb verb) const = 0;

    /// Once, before the others. Both are borrowed: the host outlives the border, the settings the
    /// call.
    virtual Ended open(const sph_host* host, std::string_view settings, const sph_sink& out) = 0;

    /// check, pull, push and subscribe; `stream` is for pull alone.
    virtual Ended run(Verb verb, const Call& call, std::string_view stream,
                      std::string_view request, const sph_sink& out) = 0;

    virtual Ended accept(const sph_request& request, const sph_accept_sink& out) const = 0;
    virtual Ended translate(const sph_message& message, const sph_sink& out) const = 0;

    /// Why the spoke is not started any more, though it could be opened; empty when it is.
    virtual std::string parked() const { return {}; }
    virtual void unpark() {}
};

} // namespace spokehub::spokes
