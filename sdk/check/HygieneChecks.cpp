#include "Cage.h"
#include "Probes.h"

#include "spokehub/Text.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <random>

namespace spokehub::check
{

namespace
{

constexpr std::size_t pieceBytes = 8;

/// Gives each secret a value that appears nowhere by chance, and opens all channels with it.
std::vector<std::string> canaries(Trial& trial)
{
    std::mt19937_64 random(29);
    std::vector<std::string> made;
    auto secrets = trial.secrets();
    for (auto& [name, values] : secrets)
        for (auto& value : values) {
            std::string bytes(20, '\0');
            for (char& byte : bytes)
                byte = static_cast<char>(random() & 0xff);
            value = toHex(bytes);
            made.push_back(value);
        }
    if (made.empty())
        throw Skip("the manifest has no secrets");
    trial.useSecrets(secrets);
    return made;
}

/// A piece of a secret, or the secret in another writing, in a text; empty when there is none.
std::string leakIn(const std::string& text, const std::vector<std::string>& secrets)
{
    for (const auto& secret : secrets) {
        for (std::size_t at = 0; at + pieceBytes <= secret.size(); ++at)
            if (text.find(secret.substr(at, pieceBytes)) != std::string::npos)
                return "a part of a secret";
        auto base64 = toBase64(secret);
        base64.resize(base64.size() - 4); // the last group hangs on what follows
        for (const auto& written : {base64, toHex(secret)})
            if (text.find(written) != std::string::npos)
                return "a secret in base64 or hex";
    }
    return {};
}

/// Answers that say every secret again and again: whatever is cut out of them holds a part of one.
std::string echo(const std::vector<std::string>& secrets)
{
    std::string text;
    while (text.size() < 2000)
        for (const auto& secret : secrets)
            text += secret;
    return text;
}

/// Every probe, well and against answers that echo the secrets; `look` sees each.
template <class Look>
void tour(Trial& trial, const std::vector<std::string>& secrets, Look&& look)
{
    const auto text = echo(secrets);
    const std::string bodies[] = {text, Value({{"error", text}, {"message", text}}).dump(),
                                  Value({{"errors", text}}).dump()};
    for (const auto& probe : probes(trial))
        for (const int status : {0, 200, 400, 401, 403, 404, 422, 429, 500})
            for (const auto& body : bodies) {
                const auto instance = trial.open();
                if (status != 0)
                    instance->channel().answerInstead([&](const Sent&) {
                        return spokes::HttpReply{Class::Done, {}, status, {{"X-Echo", text}}, body};
                    });
                trial.doing(probe.name + " answered " + std::to_string(status));
                const auto said = probe.run(*instance);
                look(probe.name + " answered " + std::to_string(status), said, *instance);
                if (status == 0)
                    break;
            }
}

void logKeepsSecrets(Trial& trial)
{
    const auto secrets = canaries(trial);
    tour(trial, secrets, [&](const std::string& what, const Said&, Instance& instance) {
        for (const auto& line : instance.host().lines()) {
            const auto leak = leakIn(instance.host().real().blotted(line), secrets);
            expect(leak.empty(), what + " logs " + leak + ", past the host's blotting");
        }
    });
}

void reasonsKeepSecrets(Trial& trial)
{
    const auto secrets = canaries(trial);
    tour(trial, secrets, [&](const std::string& what, const Said& said, Instance& instance) {
        const auto leak = leakIn(instance.host().real().blotted(said.reason), secrets);
        expect(leak.empty(), what + " has a reason with " + leak + ", past the host's blotting");
    });
}

void documentsKeepSecrets(Trial& trial)
{
    const auto secrets = canaries(trial);
    tour(trial, secrets, [&](const std::string& what, const Said& said, Instance&) {
        for (const auto& [kind, document] : said.documents) {
            const auto leak = leakIn(document.dump(), secrets);
            expect(leak.empty(), what + " hands over a document with " + leak);
        }
    });
}

void storeKeepsSecrets(Trial& trial)
{
    const auto secrets = canaries(trial);
    tour(trial, secrets, [&](const std::string& what, const Said&, Instance& instance) {
        for (const auto& [key, value] : instance.host().kept())
            expect(leakIn(key + " " + value, secrets).empty(),
                   what + " keeps a secret under '" + key + "'");
    });
}

void requestsKeepSecrets(Trial& trial)
{
    const auto secrets = canaries(trial);
    tour(trial, secrets, [&](const std::string& what, const Said&, Instance& instance) {
        for (const auto& sent : instance.channel().calls())
            expect(leakIn(sent.url + " " + sent.body, secrets).empty(),
                   what + " sends a secret in the address or the body of a request");
    });
}

void onlyAllowedHosts(Trial& trial)
{
    std::size_t calls = 0;
    tour(trial, canaries(trial), [&](const std::string& what, const Said&, Instance& instance) {
        const auto& forbidden = instance.channel().forbidden();
        calls += instance.channel().calls().size();
        expect(forbidden.empty(), what + " calls " + listed(forbidden) +
                                      ", which neither the manifest nor base_url allows");
    });
    needCalls(calls);
}

void writesNothing(Trial& trial)
{
    trial.open();
    if (trial.hasStandIn())
        tour(trial, canaries(trial), [](const std::string&, const Said&, Instance&) {});
    std::fflush(nullptr); // what the spoke has left in the buffers of libc
    std::cout.flush();
    const auto output = trial.output();
    expect(output.empty(), "it wrote: " + output.substr(0, 200));
}

void inCage(Trial& trial, Forbidden what)
{
    const auto all = trial.hasStandIn() ? probes(trial) : std::vector<Probe>{};
    trial.open();
    lockUp(what);
    const auto instance = trial.open();
    for (const auto& probe : all) {
        trial.doing(probe.name + ", where " +
                    (what == Forbidden::Sockets ? "sockets" : "processes") + " are forbidden");
        probe.run(*instance);
    }
}

void noSockets(Trial& trial)
{
    inCage(trial, Forbidden::Sockets);
}

void noProcesses(Trial& trial)
{
    inCage(trial, Forbidden::Processes);
}

} // namespace

Checks hygieneChecks()
{
    const char* whole = "hand over an answer's text whole or not at all: the host blots secrets by "
                        "their whole value";
    return {
        {"hygiene.log_keeps_secrets", "no secret reaches the log, not even in part", whole,
         logKeepsSecrets},
        {"hygiene.reasons_keep_secrets", "no secret reaches a reason, not even in part", whole,
         reasonsKeepSecrets},
        {"hygiene.documents_keep_secrets", "no secret stands in a document",
         "leave the text of a refusal out of results and findings", documentsKeepSecrets},
        {"hygiene.store_keeps_secrets", "no secret is put into the small store",
         "keep nothing of an answer that has failed", storeKeepsSecrets},
        {"hygiene.requests_keep_secrets", "secrets go out in headers alone",
         "write ${secret:NAME} into a header; never repeat text of an answer", requestsKeepSecrets},
        {"hygiene.only_allowed_hosts", "only hosts of the manifest, or base_url, are called",
         "name the host under 'hosts', or take the address from the setting base_url",
         onlyAllowedHosts},
        {"hygiene.writes_nothing", "nothing is written to standard output and error",
         "use Host::log", writesNothing},
        {"hygiene.no_sockets", "the spoke opens no socket of its own",
         "use Host::http: it is the only way out", noSockets},
        {"hygiene.no_processes", "the spoke starts no process", "do the work in the verb itself",
         noProcesses},
    };
}

} // namespace spokehub::check
