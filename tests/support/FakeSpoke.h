#pragma once

#include "spokes/Spoke.h"

#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace spokehub::test
{

/// A spoke that does what the test says and remembers what it was asked. Unless told otherwise,
/// every pushed item is done and every stream is at its end.
class FakeSpoke final : public spokes::Spoke
{
public:
    std::function<spokes::Accepted(const spokes::WebhookRequest&)> onAccept;
    std::function<spokes::Answer(const spokes::StoredMessage&)> onTranslate;
    std::function<spokes::Answer(const std::string& batch)> onPush;
    std::function<spokes::Verdict(const std::string& stream, const std::string& request,
                                  const spokes::DocumentSink&)>
        onPull;
    std::vector<std::string> pushed;   // the batches
    std::vector<std::string> pulled;   // the streams
    std::vector<std::string> requests; // of the pulls

    spokes::Accepted accept(const spokes::WebhookRequest& request) const override
    {
        return onAccept ? onAccept(request) : spokes::Accepted{};
    }
    spokes::Answer translate(const spokes::StoredMessage& message) const override;
    spokes::Answer check(const spokes::Call&) override { return {}; }
    spokes::Verdict pull(const spokes::Call&, std::string_view stream, std::string_view request,
                         const spokes::DocumentSink& sink) override;
    spokes::Answer push(const spokes::Call&, std::string_view batch) override;
    spokes::Answer subscribe(const spokes::Call&, std::string_view) override { return {}; }
    std::string parked() const override { return parkedFor; }
    void unpark() override { parkedFor.clear(); }
    std::string parkedFor;

    /// One answer for each item of a batch: its members after "item", as JSON.
    static spokes::Answer each(const std::string& batch, const std::string& members);
    static spokes::Answer ended(Class kind, const std::string& reason = "because");
};

} // namespace spokehub::test
