#include "cli/NewSpoke.h"

#include "cli/Verb.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>

namespace spokehub::cli
{

namespace fs = std::filesystem;

namespace
{

constexpr std::size_t nameBytesMax = 64;

bool isName(const std::string& name)
{
    return !name.empty() && name.size() <= nameBytesMax && name[0] >= 'a' && name[0] <= 'z' &&
           std::ranges::all_of(name, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
           });
}

/// "corner_shop" to "CornerShop".
std::string pascal(const std::string& name)
{
    std::string made;
    bool upper = true;
    for (const char c : name) {
        if (c != '_')
            made += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        upper = c == '_';
    }
    return made;
}

std::string filled(std::string text, const std::string& name)
{
    const std::pair<std::string, std::string> places[] = {{"@name@", name},
                                                          {"@Name@", pascal(name)}};
    for (const auto& [place, value] : places)
        for (auto at = text.find(place); at != text.npos; at = text.find(place, at + value.size()))
            text.replace(at, place.size(), value);
    return text;
}

} // namespace

std::vector<fs::path> writeNewSpoke(const std::string& name, const fs::path& directory,
                                    const fs::path& templates)
{
    if (!isName(name))
        throw Failure("'" + name +
                          "' is no name for a spoke: it has lower-case letters, digits and "
                          "underscores, begins with a letter and is at most 64 long",
                      ExitCode::Usage);
    if (!fs::is_directory(templates))
        throw Failure("the template of new spokes is not at " + templates.string() +
                      "; install the SDK again");
    if (fs::exists(directory) && !fs::is_empty(directory))
        throw Failure(directory.string() +
                      " is there already and not empty; name another one by --directory");
    std::vector<fs::path> written;
    for (const auto& entry : fs::recursive_directory_iterator(templates)) {
        if (!entry.is_regular_file())
            continue;
        fs::path to = directory / filled(fs::relative(entry.path(), templates).string(), name);
        if (to.extension() == ".in")
            to.replace_extension();
        fs::create_directories(to.parent_path());
        std::ifstream in(entry.path(), std::ios::binary);
        std::ofstream(to, std::ios::binary)
            << filled({std::istreambuf_iterator<char>(in), {}}, name);
        fs::permissions(to, entry.status().permissions());
        written.push_back(std::move(to));
    }
    std::ranges::sort(written);
    return written;
}

} // namespace spokehub::cli
