#pragma once

#include <string>
#include <vector>

namespace spokehub::test
{

struct SourceFile
{
    std::string path; // from the top of the tree, with "/"
    std::vector<std::string> lines;

    bool isCode() const; // C or C++
    bool isHeader() const;
    std::string name() const; // without folder and extension
    bool under(const std::string& folder) const;
};

/// The text files that a commit would hold: not what is built, fetched or left behind by a run.
const std::vector<SourceFile>& sourceTree();

struct Include
{
    std::string file;
    int line;
    bool quoted; // "ours", else <a library's>
};

std::vector<Include> includesOf(const SourceFile& source);

/// One complaint for each line, for an assertion that shows them all.
class Complaints
{
public:
    void add(const std::string& path, std::size_t line, const std::string& what);
    void assertNone() const;

private:
    std::string _text;
};

} // namespace spokehub::test
