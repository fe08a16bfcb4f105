#pragma once

#include "spokes/Spoke.h"
#include "spokes/SpokeHost.h"
#include "spokes/SpokeLibrary.h"

#include <string_view>

namespace spokehub::spokes
{

/// A spoke in this process, through the C border.
class LoadedSpoke final : public Spoke
{
public:
    /// Opens an instance. `settings` is a JSON object with the defaults filled in. Throws
    /// SpokeError when the spoke refuses them. The library must outlive it.
    LoadedSpoke(const SpokeLibrary& library, SpokeHostParts host, std::string_view settings);
    ~LoadedSpoke() override;

    Accepted accept(const WebhookRequest& request) const override;
    Answer translate(const StoredMessage& message) const override;
    Answer check(const Call& call) override;
    Verdict pull(const Call& call, std::string_view stream, std::string_view request,
                 const DocumentSink& sink) override;
    Answer push(const Call& call, std::string_view batch) override;
    Answer subscribe(const Call& call, std::string_view request) override;

private:
    const SpokeLibrary& _library;
    SpokeHost _host;
    void* _instance = nullptr;
};

} // namespace spokehub::spokes
