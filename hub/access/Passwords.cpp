#include "access/Passwords.h"

#include "core/Json.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <argon2.h>
#include <array>
#include <crypt.h>
#include <memory>
#include <stdexcept>
#include <vector>

namespace spokehub::access
{

namespace
{

constexpr std::uint32_t passes = 2;
constexpr std::uint32_t kibibytes = 19 * 1024;
constexpr std::uint32_t threads = 1;
constexpr std::size_t hashBytes = 32;
constexpr std::string_view current = "$argon2id$v=19$m=19456,t=2,p=1$";
constexpr std::string_view argon2id = "$argon2id$";
constexpr std::size_t bcryptLength = 60;
constexpr int bcryptCostMax = 14;

constexpr std::size_t charactersMax = 256;
constexpr std::size_t leftMin = 6; // characters that no list foresees

bool isBcrypt(std::string_view hash)
{
    const auto digit = [&](std::size_t at) { return hash[at] >= '0' && hash[at] <= '9'; };
    return hash.size() == bcryptLength &&
           (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$")) &&
           digit(4) && digit(5) && hash[6] == '$' &&
           (hash[4] - '0') * 10 + (hash[5] - '0') <= bcryptCostMax;
}

bool bcryptVerifies(const std::string& hash, const std::string& password)
{
    const auto data = std::make_unique<crypt_data>(); // 32 KiB, all zero
    const char* made = crypt_r(password.c_str(), hash.c_str(), data.get());
    return made != nullptr && std::string_view(made).size() == hash.size() &&
           CRYPTO_memcmp(made, hash.data(), hash.size()) == 0;
}

std::string lower(std::string_view text)
{
    std::string made(text);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return made;
}

/// Letters for the digits and signs that stand for them.
std::string spelled(std::string text)
{
    static constexpr std::string_view signs = "013457@$!";
    static constexpr std::string_view letters = "oieastasi";
    for (char& c : text)
        if (const auto at = signs.find(c); at != signs.npos)
            c = letters[at];
    return text;
}

/// Longer ones first where one begins another.
constexpr std::array commonWords = {
    "administrator", "spokehub", "shopify",    "warehouse", "inventory", "leggings", "merchant",
    "password",      "passwort", "passphrase", "superuser", "football",  "baseball", "sunshine",
    "princess",      "trustno",  "whatever",   "starwars",  "computer",  "internet", "michelle",
    "jennifer",      "jordan",   "michael",    "charlie",   "welcome",   "letmein",  "iloveyou",
    "monkey",        "dragon",   "master",     "shadow",    "superman",  "batman",   "access",
    "secret",        "changeme", "default",    "freedom",   "summer",    "winter",   "spring",
    "autumn",        "january",  "february",   "october",   "november",  "december", "monday",
    "friday",        "sunday",   "orders",     "stock",     "employee",  "manager",  "customer",
    "vendor",        "company",  "office",     "system",    "server",    "admin",    "login",
    "guest",         "hello",    "test",       "user",      "root",      "temp",     "pass",
    "shop",          "store",    "amazon",     "ebay",      "google",    "love",     "hub"};

constexpr std::array runs = {"abcdefghijklmnopqrstuvwxyz",
                             "0123456789",
                             "qwertyuiop",
                             "qwertzuiop",
                             "asdfghjkl",
                             "zxcvbnm",
                             "yxcvbnm"};

/// Takes a word out of the letters, and what stands for it out of the text.
void takeOut(std::string& letters, std::string& text, std::string_view word)
{
    for (auto at = letters.find(word); at != letters.npos; at = letters.find(word)) {
        letters.erase(at, word.size());
        text.erase(at, word.size());
    }
}

bool follow(char one, char next)
{
    if (one == next)
        return true;
    return std::ranges::any_of(runs, [&](std::string_view run) {
        const auto at = run.find(one);
        return at != run.npos &&
               ((at + 1 < run.size() && run[at + 1] == next) || (at > 0 && run[at - 1] == next));
    });
}

/// Without what follows its neighbour for three characters and more.
std::string withoutRuns(std::string_view text)
{
    std::string left;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t end = at + 1;
        while (end < text.size() && follow(text[end - 1], text[end]))
            ++end;
        if (end - at < 3)
            left += text.substr(at, end - at);
        at = end;
    }
    return left;
}

std::size_t charactersOf(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace

std::string passwordHash(std::string_view password)
{
    std::array<unsigned char, 16> salt{};
    if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1)
        throw std::runtime_error("no random numbers for a salt");
    std::string hash(
        argon2_encodedlen(passes, kibibytes, threads, salt.size(), hashBytes, Argon2_id), '\0');
    const int result =
        argon2id_hash_encoded(passes, kibibytes, threads, password.data(), password.size(),
                              salt.data(), salt.size(), hashBytes, hash.data(), hash.size());
    if (result != ARGON2_OK)
        throw std::runtime_error(std::string("argon2: ") + argon2_error_message(result));
    hash.resize(hash.find('\0'));
    return hash;
}

bool verifies(std::string_view hash, std::string_view password)
{
    const std::string text(hash);
    if (isBcrypt(hash))
        return password.find('\0') == password.npos && bcryptVerifies(text, std::string(password));
    return hash.starts_with(argon2id) &&
           argon2id_verify(text.c_str(), password.data(), password.size()) == ARGON2_OK;
}

bool isCurrent(std::string_view hash)
{
    return hash.starts_with(current);
}

bool isPasswordHash(std::string_view text)
{
    return isCurrent(text) || isBcrypt(text);
}

const std::string& nobodysHash()
{
    static const std::string hash = [] {
        std::array<char, 32> password{};
        RAND_bytes(reinterpret_cast<unsigned char*>(password.data()),
                   static_cast<int>(password.size()));
        return passwordHash({password.data(), password.size()});
    }();
    return hash;
}

std::string weaknessOf(std::string_view password, std::string_view username,
                       std::size_t charactersMin)
{
    if (!isUtf8(password) || password.find('\0') != password.npos)
        return "is not text";
    const std::size_t characters = charactersOf(password);
    if (characters < charactersMin)
        return "is shorter than " + std::to_string(charactersMin) + " characters";
    if (characters > charactersMax)
        return "is longer than " + std::to_string(charactersMax) + " characters";
    // Digits are letters in words, and digits in runs.
    std::string left = lower(password);
    std::string letters = spelled(left);
    if (username.size() >= 3)
        takeOut(letters, left, spelled(lower(username)));
    for (const std::string_view word : commonWords)
        takeOut(letters, left, word);
    if (charactersOf(withoutRuns(left)) < leftMin)
        return "is made of common words, names or runs of characters; a few words of your own make "
               "a good one";
    return {};
}

} // namespace spokehub::access
