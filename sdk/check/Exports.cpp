#include "Exports.h"

#include <elf.h>
#include <link.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <type_traits>

namespace spokehub::check
{

namespace
{

using Header = ElfW(Ehdr);
using Section = ElfW(Shdr);
using Symbol = ElfW(Sym);

/// A copy of what stands at an offset; nothing beyond the end.
template <class T>
std::optional<T> at(const std::string& bytes, std::uint64_t offset)
{
    static_assert(std::is_trivially_copyable_v<T>);
    if (bytes.size() < sizeof(T) || offset > bytes.size() - sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::string textAt(const std::string& bytes, std::uint64_t offset)
{
    if (offset >= bytes.size())
        return {};
    return {bytes.data() + offset, strnlen(bytes.data() + offset, bytes.size() - offset)};
}

bool isExported(const Symbol& symbol)
{
    return symbol.st_shndx != SHN_UNDEF && ELF64_ST_BIND(symbol.st_info) != STB_LOCAL &&
           (ELF64_ST_VISIBILITY(symbol.st_other) == STV_DEFAULT ||
            ELF64_ST_VISIBILITY(symbol.st_other) == STV_PROTECTED);
}

/// What every linker adds by itself.
bool isLinkers(const std::string& name)
{
    return name.empty() || name == "_init" || name == "_fini" || name == "_edata" ||
           name == "_end" || name == "__bss_start";
}

} // namespace

std::optional<std::vector<std::string>> exportsOf(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
    const auto header = at<Header>(bytes, 0);
    const bool elf = header && std::memcmp(header->e_ident, ELFMAG, SELFMAG) == 0;
    if (!elf || header->e_type != ET_DYN || header->e_shentsize != sizeof(Section))
        return std::nullopt;
    std::vector<std::string> names;
    for (unsigned i = 0; i < header->e_shnum; ++i) {
        const auto symbols = at<Section>(bytes, header->e_shoff + i * sizeof(Section));
        if (!symbols || symbols->sh_type != SHT_DYNSYM)
            continue;
        const auto texts = at<Section>(bytes, header->e_shoff + symbols->sh_link * sizeof(Section));
        for (std::uint64_t from = 0; texts && from < symbols->sh_size; from += sizeof(Symbol)) {
            const auto symbol = at<Symbol>(bytes, symbols->sh_offset + from);
            if (!symbol || !isExported(*symbol))
                continue;
            if (auto name = textAt(bytes, texts->sh_offset + symbol->st_name); !isLinkers(name))
                names.push_back(std::move(name));
        }
    }
    return names;
}

} // namespace spokehub::check
