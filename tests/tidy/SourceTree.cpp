#include "tidy/SourceTree.h"
#include "support/Paths.h"

#include <cppunit/TestAssert.h>

#include <filesystem>
#include <fstream>
#include <set>

namespace spokehub::test
{

namespace
{

namespace fs = std::filesystem;

bool isText(const fs::path& path)
{
    static const std::set<std::string> extensions{".h",    ".c",   ".cpp",     ".sql",    ".md",
                                                  ".yaml", ".txt", ".sh",      ".json",   ".mjs",
                                                  ".js",   ".map", ".service", ".graphql"};
    static const std::set<std::string> names{"dev", "run", ".clang-format", ".clang-tidy",
                                             ".gitignore"};
    return extensions.contains(path.extension()) || names.contains(path.filename());
}

std::vector<std::string> linesOf(const fs::path& path)
{
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

std::vector<SourceFile> readTree()
{
    static const std::set<std::string> foreign{".git", "build", "var", "node_modules", ".cache"};
    const fs::path top = sourceDir;
    std::vector<SourceFile> files;
    for (auto at = fs::recursive_directory_iterator(top); at != fs::recursive_directory_iterator();
         ++at)
    {
        if (at->is_directory() && foreign.contains(at->path().filename()))
            at.disable_recursion_pending();
        else if (at->is_regular_file() && isText(at->path()))
            files.push_back({fs::relative(at->path(), top).generic_string(), linesOf(at->path())});
    }
    return files;
}

} // namespace

bool SourceFile::isCode() const
{
    return path.ends_with(".h") || path.ends_with(".c") || path.ends_with(".cpp");
}

bool SourceFile::isHeader() const
{
    return path.ends_with(".h");
}

std::string SourceFile::name() const
{
    return fs::path(path).stem();
}

bool SourceFile::under(const std::string& folder) const
{
    return path.starts_with(folder + "/");
}

const std::vector<SourceFile>& sourceTree()
{
    static const std::vector<SourceFile> tree = readTree();
    return tree;
}

std::vector<Include> includesOf(const SourceFile& source)
{
    std::vector<Include> includes;
    for (std::size_t i = 0; i < source.lines.size(); ++i) {
        const std::string& line = source.lines[i];
        if (!line.starts_with("#include "))
            continue;
        const auto open = line.find_first_of("\"<");
        const auto close = line.find_last_of("\">");
        if (open < close)
            includes.push_back({line.substr(open + 1, close - open - 1), static_cast<int>(i + 1),
                                line[open] == '"'});
    }
    return includes;
}

void Complaints::add(const std::string& path, std::size_t line, const std::string& what)
{
    _text += "\n" + path + ":" + std::to_string(line) + ": " + what;
}

void Complaints::assertNone() const
{
    CPPUNIT_ASSERT_MESSAGE(_text, _text.empty());
}

} // namespace spokehub::test
