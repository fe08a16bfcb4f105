#pragma once

#include "spokes/Border.h"
#include "spokes/Spoke.h"
#include "spokes/SpokeHost.h"
#include "spokes/SpokeLibrary.h"

#include <string_view>

namespace spokehub::spokes
{

/// A spoke that is open, behind the C border: judges what it answers.
class LoadedSpoke final : public Spoke
{
public:
    /// Opens an instance. `settings` is a JSON object with the defaults filled in. Throws
    /// SpokeError when the spoke refuses them. `name` is the spoke's.
    LoadedSpoke(const std::string& name, std::unique_ptr<Border> border, SpokeHostParts host,
                std::string_view settings);
    /// In this process.
    LoadedSpoke(const SpokeLibrary& library, SpokeHostParts host, std::string_view settings);

    void setSecrets(Secrets secrets) override { _host.setSecrets(std::move(secrets)); }
    Accepted accept(const WebhookRequest& request) const override;
    Answer translate(const StoredMessage& message) const override;
    Answer check(const Call& call) override;
    Verdict pull(const Call& call, std::string_view stream, std::string_view request,
                 const DocumentSink& sink) override;
    Answer push(const Call& call, std::string_view batch) override;
    Answer subscribe(const Call& call, std::string_view request) override;
    std::string parked() const override { return _border->parked(); }
    void unpark() override { _border->unpark(); }

private:
    Accepted acceptOnce(const WebhookRequest& request) const;

    SpokeHost _host;
    std::unique_ptr<Border> _border; // ends before its host
};

} // namespace spokehub::spokes
