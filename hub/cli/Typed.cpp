#include "cli/Typed.h"

#include "cli/Verb.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <termios.h>
#include <unistd.h>

namespace spokehub::cli
{

namespace
{

/// What is typed does not show while this lives.
class Hidden
{
public:
    Hidden()
    {
        ::tcgetattr(STDIN_FILENO, &_before);
        termios quiet = _before;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    ~Hidden() { ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &_before); }
    Hidden(const Hidden&) = delete;
    Hidden& operator=(const Hidden&) = delete;

private:
    termios _before{};
};

} // namespace

std::string typed(const std::string& prompt)
{
    std::cerr << prompt << ": ";
    std::string line;
    {
        const Hidden hidden;
        std::getline(std::cin, line);
    }
    std::cerr << '\n';
    return line;
}

std::string contentOf(const std::string& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw Failure("cannot read " + file);
    std::string text(std::istreambuf_iterator<char>(in), {});
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

std::string secretFrom(const std::string* file, const std::string& prompt,
                       const std::string& option)
{
    if (file != nullptr)
        return contentOf(*file);
    if (::isatty(STDIN_FILENO) == 0)
        throw Failure("nobody is there to type it: name a file by " + option, ExitCode::Usage);
    std::string secret = typed(prompt);
    if (secret != typed("The same again"))
        throw Failure("these were two different ones");
    return secret;
}

} // namespace spokehub::cli
