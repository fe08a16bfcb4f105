#pragma once

#include "support/HttpClient.h"
#include "support/RunningHub.h"

#include <string>

namespace spokehub::test
{

/// An order as the sandbox tells it.
struct SandboxOrder
{
    int number = 1;
    std::string sku = "LEG-S";
    int quantity = 1;
    std::string country = "US";
    std::string payment = "pending";
    std::string placedAt = "2026-11-20T10:00:00Z";
    std::string customer{}; // his name; empty: nobody is named

    std::string text() const;
};

/// A name of a shop that no test had before: the shops of the sandbox live as long as the process.
std::string freshShop();

/// `channels:` as YAML, with the first of them: "corner", a fresh shop of the sandbox that offers
/// `catalog`, as its settings say. Further keys of it, and further channels, may follow.
std::string cornerShop(const std::string& catalog);

/// Sends it, signed, as the sandbox would.
Reply deliver(HttpClient& client, const std::string& channel, const std::string& topic,
              const std::string& body, const std::string& messageId);
/// The same over a connection of its own; answers the status.
int deliver(RunningHub& hub, const std::string& channel, const std::string& topic,
            const std::string& body, const std::string& messageId);

} // namespace spokehub::test
