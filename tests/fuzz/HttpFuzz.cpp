// The parser of requests: however the bytes are cut, the outcome is the same.
#include "Fuzz.h"

#include "http/RequestParser.h"

#include <vector>

using namespace spokehub;
using http::RequestParser;

namespace
{

/// Everything that a connection would learn from these bytes, given in pieces of that size.
std::string outcomeOf(std::string_view bytes, std::size_t piece)
{
    RequestParser parser({.headBytesMax = 4096, .fieldsMax = 20, .bodyBytesMax = 64 * 1024});
    std::string outcome;
    std::string waiting;
    while (!bytes.empty() && parser.progress() != RequestParser::Progress::Rejected) {
        waiting += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        for (bool more = true; more;) {
            waiting.erase(0, parser.feed(waiting));
            more = parser.progress() == RequestParser::Progress::BodyAhead && !waiting.empty();
            if (parser.progress() != RequestParser::Progress::Whole)
                continue;
            const http::Request request = parser.take();
            outcome += request.method + " " + request.path + "?" + request.query + "\n";
            for (const http::Header& header : request.headers) {
                fuzz::require(header.value.find_first_of(std::string_view("\r\n\0", 3)) ==
                                  std::string::npos,
                              "a header's value holds no line end and no NUL");
                outcome += header.name + ": " + header.value + "\n";
            }
            outcome += request.body + "\n";
            more = true;
        }
    }
    if (parser.progress() == RequestParser::Progress::Rejected)
        outcome += "rejected " + std::to_string(parser.rejection().status);
    return outcome;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes = fuzz::viewOf(data, size);
    const std::string whole = outcomeOf(bytes, std::max<std::size_t>(size, 1));
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}})
        fuzz::require(outcomeOf(bytes, piece) == whole,
                      "in pieces of " + std::to_string(piece) + " it is the same");
    return 0;
}
