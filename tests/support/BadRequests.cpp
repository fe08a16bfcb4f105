#include "support/BadRequests.h"

#include <string_view>

namespace spokehub::test
{

namespace
{

using namespace std::string_literals;

/// A request with this head behind the request line.
std::string withHead(const std::string& fields)
{
    return "GET /x HTTP/1.1\r\n" + fields + "\r\n";
}

std::string withField(const std::string& field)
{
    return withHead("Host: a\r\n" + field + "\r\n");
}

std::string withLine(const std::string& line)
{
    return line + "\r\nHost: a\r\n\r\n";
}

std::string post(const std::string& fields, const std::string& body)
{
    return "POST /x HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n" + body;
}

std::string chunks(const std::string& body)
{
    return post("Transfer-Encoding: chunked\r\n", body);
}

std::string repeated(const std::string& text, int times)
{
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

void addRequestLines(std::vector<BadRequest>& all)
{
    all.insert(
        all.end(),
        {{"HTTP/0.9", "GET /\r\n\r\n", 400},
         {"two spaces before the target", withLine("GET  /x HTTP/1.1"), 400},
         {"two spaces before the version", withLine("GET /x  HTTP/1.1"), 400},
         {"space before the method", withLine(" GET /x HTTP/1.1"), 400},
         {"space after the version", withLine("GET /x HTTP/1.1 "), 400},
         {"tabs for spaces", withLine("GET\t/x\tHTTP/1.1"), 400},
         {"no target", withLine("GET HTTP/1.1"), 400},
         {"no space behind the method", withLine("GET/x HTTP/1.1"), 400},
         {"version in lower case", withLine("GET /x http/1.1"), 400},
         {"version cut short", withLine("GET /x HTT"), 400},
         {"two digits of minor version", withLine("GET /x HTTP/1.10"), 400},
         {"comma in the version", withLine("GET /x HTTP/1,1"), 400},
         {"version without a point", withLine("GET /x HTTP/11"), 400},
         {"another protocol", withLine("GET /x HTTPS/1.1"), 400},
         {"HTTP/1.2", withLine("GET /x HTTP/1.2"), 505},
         {"HTTP/2.0", withLine("GET /x HTTP/2.0"), 505},
         {"HTTP/9.9", withLine("GET /x HTTP/9.9"), 505},
         {"HTTP/0.9 by name", withLine("GET /x HTTP/0.9"), 505},
         {"preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
         {"method in lower case", withLine("get /x HTTP/1.1"), 501},
         {"unknown method", withLine("BREW /x HTTP/1.1"), 501},
         {"CONNECT", withLine("CONNECT a:443 HTTP/1.1"), 501},
         {"TRACE", withLine("TRACE /x HTTP/1.1"), 501},
         {"method that is no token", withLine("G(T /x HTTP/1.1"), 400},
         {"endless method", std::string(9000, 'A'), 414},
         {"endless target", "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
         {"TLS where there is none", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, 400},
         {"NUL first", "\0GET /x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
         {"LF first", "\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
         {"two empty lines first", "\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n", 400},
         {"CR first", "\rGET /x HTTP/1.1\r\nHost: a\r\n\r\n", 400}});
}

void addTargets(std::vector<BadRequest>& all)
{
    all.insert(all.end(),
               {{"space in the target", withLine("GET /a b HTTP/1.1"), 400},
                {"control character in the target", withLine("GET /\x01 HTTP/1.1"), 400},
                {"NUL in the target", withLine("GET /\0x HTTP/1.1"s), 400},
                {"DEL in the target", withLine("GET /\x7f HTTP/1.1"), 400},
                {"CR in the target", withLine("GET /\rx HTTP/1.1"), 400},
                {"UTF-8 in the target", withLine("GET /\xc3\xbc HTTP/1.1"), 400},
                {"fragment", withLine("GET /x#y HTTP/1.1"), 400},
                {"% alone", withLine("GET /% HTTP/1.1"), 400},
                {"% and one digit", withLine("GET /%4 HTTP/1.1"), 400},
                {"% and no hex digits", withLine("GET /%zz HTTP/1.1"), 400},
                {"target without a slash", withLine("GET x HTTP/1.1"), 400},
                {"authority form", withLine("GET a:80 HTTP/1.1"), 400},
                {"* for GET", withLine("GET * HTTP/1.1"), 400},
                {"URL of another scheme", withLine("GET ftp://a/x HTTP/1.1"), 400},
                {"URL without a host", withLine("GET http:///x HTTP/1.1"), 400},
                {"URL with a user", withLine("GET http://u@a/x HTTP/1.1"), 400},
                {"URL with a port too high", withLine("GET http://a:65536/x HTTP/1.1"), 400},
                {"URL of another host", withLine("GET http://b/x HTTP/1.1"), 400}});
}

void addHeads(std::vector<BadRequest>& all)
{
    all.insert(
        all.end(),
        {{"no Host", withHead("X: y\r\n"), 400},
         {"no headers at all", "GET /x HTTP/1.1\r\n\r\n", 400},
         {"Host twice", withHead("Host: a\r\nHost: b\r\n"), 400},
         {"the same Host twice", withHead("Host: a\r\nhost: a\r\n"), 400},
         {"Host twice in HTTP/1.0", "GET /x HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", 400},
         {"Host empty", withHead("Host: \r\n"), 400},
         {"Host with a space", withHead("Host: a b\r\n"), 400},
         {"Host with a path", withHead("Host: a/b\r\n"), 400},
         {"Host with a comma", withHead("Host: a,b\r\n"), 400},
         {"Host with a user", withHead("Host: u@a\r\n"), 400},
         {"Host with a port that is none", withHead("Host: a:b\r\n"), 400},
         {"Host with a port too high", withHead("Host: a:65536\r\n"), 400},
         {"Host with an open bracket", withHead("Host: [::1\r\n"), 400},
         {"Host with brackets around nothing good", withHead("Host: [zz]\r\n"), 400},
         {"LF alone everywhere", "GET /x HTTP/1.1\nHost: a\n\n", 400},
         {"LF alone behind the request line", "GET /x HTTP/1.1\nHost: a\r\n\r\n", 400},
         {"LF alone behind a header", "GET /x HTTP/1.1\r\nHost: a\n\r\n", 400},
         {"LF alone at the end", "GET /x HTTP/1.1\r\nHost: a\r\n\n", 400},
         {"CR alone in a value", withHead("Host: a\rX: y\r\n"), 400},
         {"CR CR LF", withHead("Host: a\r\r\n"), 400},
         {"folded header", withHead("Host: a\r\nX: y\r\n z\r\n"), 400},
         {"header folded with a tab", withHead("Host: a\r\nX: y\r\n\tz\r\n"), 400},
         {"first header folded", withHead(" Host: a\r\n"), 400},
         {"line of spaces", withHead("Host: a\r\n  \r\n"), 400},
         {"folded length", withHead("Host: a\r\nContent-Length:\r\n 5\r\n"), 400},
         {"space before a colon", withHead("Host : a\r\n"), 400},
         {"tab before a colon", withHead("Host\t: a\r\n"), 400},
         {"space in a name", withField("X Y: z"), 400},
         {"no name", withField(": z"), 400},
         {"no colon", withField("XY"), 400},
         {"name that is no token", withField("X@Y: z"), 400},
         {"name beyond ASCII", withField("X\xc3\xbc: z"), 400},
         {"NUL in a name", withField("X\0Y: z"s), 400},
         {"NUL in a value", withField("X: y\0z"s), 400},
         {"control character in a value", withField("X: y\x01z"), 400},
         {"vertical tab in a value", withField("X: y\x0bz"), 400},
         {"escape in a value", withField("X: \x1b[2J"), 400},
         {"DEL in a value", withField("X: y\x7f"), 400},
         {"Connection that is no list", withField("Connection: @"), 400},
         {"an expectation unknown", withField("Expect: 200-ok"), 417},
         {"101 fields", withHead("Host: a\r\n" + repeated("X: y\r\n", 100)), 431},
         {"head of 40 KB",
          withHead("Host: a\r\n" + repeated("X: " + std::string(1000, 'y') + "\r\n", 40)), 431},
         {"value without an end", "GET /x HTTP/1.1\r\nHost: a\r\nX: " + std::string(40000, 'y'),
          431}});
}

void addLengths(std::vector<BadRequest>& all)
{
    for (const char* length : {"abc", "-1", "+1", "1a", "0x10", "1 1", "1,1", "5, 5", "5,", "1.0",
                               "", "99999999999999999999", "\xd9\xa1"})
        all.push_back({"Content-Length: "s + length,
                       post("Content-Length: "s + length + "\r\n", "hello"), 400});
    for (const char* coding : {"gzip", "chunked, gzip", "xchunked", "chunked;q=1", "", "identity",
                               "chunked,", "\"chunked\"", "chunked chunked",
                               "\x0b"
                               "chunked"})
        all.push_back({"Transfer-Encoding: "s + coding,
                       post("Transfer-Encoding: "s + coding + "\r\n", "0\r\n\r\n"), 400});
    const std::string te = "Transfer-Encoding: chunked\r\n";
    const std::string cl = "Content-Length: 5\r\n";
    all.insert(
        all.end(),
        {{"Content-Length twice, alike", post(cl + cl, "hello"), 400},
         {"Content-Length twice", post(cl + "Content-Length: 6\r\n", "hello"), 400},
         {"Content-Length in two cases", post(cl + "content-length: 5\r\n", "hello"), 400},
         {"a body too large", post("Content-Length: 6000000\r\n", "hello"), 413},
         {"length, then coding", post(cl + te, "0\r\n\r\n"), 400},
         {"coding, then length", post(te + cl, "0\r\n\r\n"), 400},
         {"length and an unknown coding", post(cl + "Transfer-Encoding: gzip\r\n", "hello"), 400},
         {"coding twice", post(te + te, "0\r\n\r\n"), 400},
         {"coding in HTTP/1.0", "POST /x HTTP/1.0\r\nHost: a\r\n" + te + "\r\n0\r\n\r\n", 400},
         {"gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
         {"an empty coding, chunked", post("Transfer-Encoding: , chunked\r\n", "0\r\n\r\n"), 501},
         {"HTTP/1.0 without a length", "POST /x HTTP/1.0\r\n\r\nhello", 411}});
}

void addChunks(std::vector<BadRequest>& all)
{
    for (const char* line :
         {"g", "-1", "+5", "0x5", "5 ", " 5", "", ";a", "5 5", "5;", "5;;a", "5;a=", "5;=b",
          "ffffffffffffffff1", "10000000000000000", "5\n", "5;a\n", "5;a=\"\x01\"", "5\r"})
        all.push_back({"chunk line "s + line, chunks(line + "\r\nhello\r\n0\r\n\r\n"s), 400});
    const std::string hello = "5\r\nhello\r\n";
    all.insert(
        all.end(),
        {{"chunk without its end", chunks("5\r\nhelloX0\r\n\r\n"), 400},
         {"chunk longer than said", chunks("5\r\nhello!\r\n0\r\n\r\n"), 400},
         {"chunk shorter than said", chunks("6\r\nhello\r\n0\r\n\r\n"), 400},
         {"chunk ended with LF", chunks("5\r\nhello\n0\r\n\r\n"), 400},
         {"chunk line without an end", chunks(std::string(9000, '1')), 400},
         {"extension without an end", chunks("5;a=" + std::string(9000, 'b')), 400},
         {"extension too long", chunks("5;a=" + std::string(5000, 'b') + "\r\nhello\r\n0\r\n\r\n"),
          400},
         {"chunk too large", chunks("600000\r\n"), 413},
         {"chunks too large together", chunks(hello + "4fffff\r\n"), 413},
         {"chunks of one byte", chunks(repeated("1\r\nx\r\n", 9000)), 400},
         {"trailer folded", chunks(hello + "0\r\nX: y\r\n z\r\n\r\n"), 400},
         {"trailer without a colon", chunks(hello + "0\r\nXY\r\n\r\n"), 400},
         {"length in a trailer", chunks(hello + "0\r\nContent-Length: 5\r\n\r\n"), 400},
         {"coding in a trailer", chunks(hello + "0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
         {"LF alone in the trailers", chunks(hello + "0\r\nX: y\nZ: z\r\n\r\n"), 400},
         {"trailers too long", chunks(hello + "0\r\nX: " + std::string(9000, 'y') + "\r\n\r\n"),
          400},
         {"trailers without an end", chunks(hello + "0\r\n" + repeated("X: y\r\n", 2000)), 400}});
}

} // namespace

const std::vector<BadRequest>& badRequests()
{
    static const std::vector<BadRequest> all = [] {
        std::vector<BadRequest> made;
        addRequestLines(made);
        addTargets(made);
        addHeads(made);
        addLengths(made);
        addChunks(made);
        return made;
    }();
    return all;
}

} // namespace spokehub::test
