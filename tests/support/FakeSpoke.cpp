#include "support/FakeSpoke.h"

#include "core/Json.h"

namespace spokehub::test
{

spokes::Answer FakeSpoke::translate(const spokes::StoredMessage& message) const
{
    return onTranslate ? onTranslate(message) : spokes::Answer{};
}

spokes::Verdict FakeSpoke::pull(const spokes::Call&, std::string_view stream,
                                std::string_view request, const spokes::DocumentSink& sink)
{
    pulled.emplace_back(stream);
    requests.emplace_back(request);
    return onPull ? onPull(pulled.back(), requests.back(), sink) : spokes::Verdict{};
}

spokes::Answer FakeSpoke::push(const spokes::Call&, std::string_view batch)
{
    pushed.emplace_back(batch);
    return onPush ? onPush(pushed.back()) : each(pushed.back(), R"("class": "done")");
}

spokes::Answer FakeSpoke::each(const std::string& batch, const std::string& members)
{
    spokes::Answer answer;
    const auto document = JsonDocument::parse(batch);
    document->root()["items"].each([&](Json item) {
        answer.documents.push_back(
            {spokes::DocumentKind::Result,
             R"({"item": ")" + std::string(item.textOr("item")) + R"(", )" + members + "}"});
        return true;
    });
    return answer;
}

spokes::Answer FakeSpoke::ended(Class kind, const std::string& reason)
{
    return {{kind, reason, {}, {}}, {}};
}

} // namespace spokehub::test
