// The configuration: any text is read or refused with its mistakes.
#include "Fuzz.h"

#include "core/Config.h"

using namespace spokehub;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const auto environment = [](const std::string& name) -> std::optional<std::string> {
        return name == "SECRET" ? std::optional<std::string>("s3cret") : std::nullopt;
    };
    const std::string text(fuzz::viewOf(data, size));
    if (text.find("file:") != std::string::npos)
        return 0; // reads no files of whoever runs this
    try {
        const Config config = Config::parse(text, "fuzz.yaml", environment);
        fuzz::require(!config.locations.empty(), "there is always a location");
    } catch (const ConfigError& error) {
        fuzz::require(!error.mistakes().empty(), "a refusal names a mistake");
        for (const std::string& mistake : error.mistakes())
            fuzz::require(mistake.starts_with("fuzz.yaml:"), "with its line: " + mistake);
    }
    return 0;
}
