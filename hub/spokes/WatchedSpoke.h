#pragma once

#include "spokes/InHand.h"
#include "spokes/Spoke.h"

#include <memory>

namespace spokehub::spokes
{

/// Notes what each call has in hand, and keeps from the spoke what was in hand at two crashes: that
/// is a bug. What was at one is pushed alone, so that the guilty one is found and the others go on.
class WatchedSpoke final : public Spoke
{
public:
    WatchedSpoke(std::unique_ptr<Spoke> spoke, InHand& inHand, std::string channel);

    void setSecrets(Secrets secrets) override { _spoke->setSecrets(std::move(secrets)); }
    Accepted accept(const WebhookRequest& request) const override;
    Answer translate(const StoredMessage& message) const override;
    Answer check(const Call& call) override;
    Verdict pull(const Call& call, std::string_view stream, std::string_view request,
                 const DocumentSink& sink) override;
    Answer push(const Call& call, std::string_view batch) override;
    Answer subscribe(const Call& call, std::string_view request) override;
    std::string parked() const override { return _spoke->parked(); }
    void unpark() override { _spoke->unpark(); }

private:
    struct Item;
    Answer pushed(const Call& call, std::string_view kind, const std::vector<Item>& items);
    int settle(const std::string& id, Class kind, bool crashed) const;

    const std::unique_ptr<Spoke> _spoke;
    InHand& _inHand;
    const std::string _channel;
};

} // namespace spokehub::spokes
