#pragma once

#include "spokes/Border.h"

namespace spokehub::spokes
{

/// A spoke in this process: its functions are called, on the caller's thread.
class LibraryBorder final : public Border
{
public:
    explicit LibraryBorder(const sph_spoke& table) : _table(table) {}
    ~LibraryBorder() override;

    bool has(Verb verb) const override;
    Ended open(const sph_host* host, std::string_view settings, const sph_sink& out) override;
    Ended run(Verb verb, const Call& call, std::string_view stream, std::string_view request,
              const sph_sink& out) override;
    Ended accept(const sph_request& request, const sph_accept_sink& out) const override;
    Ended translate(const sph_message& message, const sph_sink& out) const override;

private:
    const sph_spoke& _table; // of static storage, in a library that is never unloaded
    void* _instance = nullptr;
};

} // namespace spokehub::spokes
