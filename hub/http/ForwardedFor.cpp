#include "http/ForwardedFor.h"

namespace spokehub::http
{

namespace
{

std::string_view trimmed(std::string_view text)
{
    const auto from = text.find_first_not_of(" \t");
    return from == text.npos ? std::string_view{}
                             : text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

/// The nearest address that is no trusted proxy's; where the list ends or makes no sense, the last
/// good one.
Address clientOf(const Request& request, Address client, const Gate& gate)
{
    for (auto at = request.headers.rbegin(); at != request.headers.rend(); ++at) {
        const Header& header = *at;
        if (!equalNames(header.name, "X-Forwarded-For"))
            continue;
        for (std::string_view rest = header.value; !rest.empty();) {
            if (!gate.isProxy(client))
                return client;
            const auto comma = rest.rfind(',');
            const auto address =
                Address::parse(trimmed(comma == rest.npos ? rest : rest.substr(comma + 1)));
            if (!address)
                return client;
            client = *address;
            rest = comma == rest.npos ? std::string_view{} : rest.substr(0, comma);
        }
    }
    return client;
}

} // namespace

void setOrigin(Request& request, const Address& peer, const Gate& gate)
{
    const bool proxied = request.header("X-Forwarded-For") != nullptr ||
                         request.header("Forwarded") != nullptr || request.header("Via") != nullptr;
    request.viaLoopback = peer.isLoopback() && !proxied;
    request.remoteAddress =
        (proxied && gate.isProxy(peer) ? clientOf(request, peer, gate) : peer).text();
}

} // namespace spokehub::http
