#pragma once

#include "core/Json.h"

#include <string>
#include <string_view>

namespace spokehub::orders
{

/// Who an order is for, as its channel says. Empty: it does not say.
struct Person
{
    std::string externalId; // the channel's
    std::string email;      // in small letters
    std::string name;
    std::string phone;

    /// By what the same person is known again on his channel; empty when by nothing.
    std::string key() const;
};

/// E-mail addresses compare so.
std::string inSmallLetters(std::string_view text);

/// A document's `customer`. What no index can hold is left out.
Person personIn(Json customer);

/// The document of a fact or a parcel without anything that tells who it is about: of what is left
/// each member is known to hold nothing of the kind. The country stays, for sums and rules.
std::string withoutPerson(std::string_view document);

} // namespace spokehub::orders
