#include "OpenSpoke.h"

#include "Fuzz.h"

#include "core/Json.h"
#include "core/Log.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace spokehub::fuzz
{

namespace
{

class NoTransport final : public spokes::HttpTransport
{
public:
    spokes::HttpReply send(const spokes::HttpCall&) override
    {
        require(false, "accept and translate call nobody");
        return {};
    }
};

class StillClock final : public Clock
{
public:
    Time now() const override { return Time{1'795'176'000'000'000}; }
};

struct Opened
{
    Opened()
    {
        Log::threshold(Level::Error);
        std::stringstream text;
        text << std::ifstream(SPOKEHUB_FUZZED_FIXTURES "/channel.json").rdbuf();
        const auto channel = JsonDocument::parse(text.str());
        require(channel.has_value(), "the spoke's channel.json is JSON");
        spokes::Secrets secrets;
        channel->root()["secrets"].eachMember([&](std::string_view name, Json values) {
            values.each([&](Json value) {
                // Other ones: what the fixtures have signed must not be genuine here.
                secrets[std::string(name)].push_back(std::string(value.text().value_or("")) +
                                                     "-changed");
                return true;
            });
            return true;
        });
        std::string settings = channel->root()["settings"].dump();
        const std::string work = std::filesystem::temp_directory_path().string();
        for (std::size_t at = 0; (at = settings.find("${work}")) != std::string::npos;)
            settings.replace(at, 7, work);
        const auto given = JsonDocument::parse(settings);
        spoke.emplace(library,
                      spokes::SpokeHostParts{.channel = "fuzzed",
                                             .clock = clock,
                                             .http = transport,
                                             .values = values,
                                             .secrets = std::move(secrets)},
                      spokes::withDefaults(library.manifest(), given->root()));
    }

    StillClock clock;
    NoTransport transport;
    spokes::BufferedValues values;
    spokes::SpokeLibrary library{SPOKEHUB_FUZZED_SPOKE};
    std::optional<spokes::LoadedSpoke> spoke;
};

} // namespace

const spokes::Spoke& openSpoke()
{
    static const Opened opened;
    return *opened.spoke;
}

} // namespace spokehub::fuzz
