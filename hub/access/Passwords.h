#pragma once

#include <string>
#include <string_view>

namespace spokehub::access
{

/// argon2id, with what is needed to verify it (2 passes, 19 MiB, some 40 ms of one core).
std::string passwordHash(std::string_view password);

/// argon2id, or bcrypt of an earlier system. False for an empty hash, and for what is none.
bool verifies(std::string_view hash, std::string_view password);

/// Made with today's method and cost; others are made anew when their owner signs in.
bool isCurrent(std::string_view hash);

/// Whether verifies() can ever say yes; of bcrypt the costs that take no longer than a second.
bool isPasswordHash(std::string_view text);

/// Of no password: verifying against it takes as long as against a real one.
const std::string& nobodysHash();

/// What keeps a password from being used; empty when nothing does. Length counts in characters, and
/// what they are is nobody's business; but what is left without common words, the names of this
/// product and of its owner, and runs ("1234", "aaaa", "qwerty") must still be something.
std::string weaknessOf(std::string_view password, std::string_view username,
                       std::size_t charactersMin);

} // namespace spokehub::access
