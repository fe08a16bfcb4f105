#include "spokes/child/Guest.h"

#include "spokes/Border.h"

#include <cstddef>
#include <cstdlib>
#include <dlfcn.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace spokehub::spokes
{

namespace
{

constexpr std::uint64_t lookBytes = 64 * 1024;

std::string_view view(sph_text text)
{
    return text.size == 0 ? std::string_view{} : std::string_view(text.data, text.size);
}

sph_text text(std::string_view view)
{
    return {view.data(), view.size()};
}

} // namespace

bool Guest::load(const char* file)
{
    void* library = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
    void* entry = library == nullptr ? nullptr : ::dlsym(library, "spokehub_entry");
    if (entry == nullptr) {
        const char* why = ::dlerror();
        _host.tell(FrameKind::Loaded, Packer()
                                          .text(SPOKEHUB_VERSION)
                                          .number(0)
                                          .text(why == nullptr ? "" : why)
                                          .packed());
        return false;
    }
    _table = reinterpret_cast<sph_entry>(entry)(SPH_ABI_MAJOR);
    tellLoaded();
    return true;
}

/// What it says of itself; the hub judges it.
void Guest::tellLoaded()
{
    Packer loaded;
    loaded.text(SPOKEHUB_VERSION).number(1).text("").number(_table != nullptr);
    if (_table != nullptr) {
        loaded.number(_table->size).number(_table->abi_major).number(_table->abi_minor);
        const bool whole = _table->size >= offsetof(sph_spoke, extension);
        const auto has = [&](auto member) { loaded.number(whole && _table->*member != nullptr); };
        has(&sph_spoke::describe);
        has(&sph_spoke::open);
        has(&sph_spoke::close);
        has(&sph_spoke::check);
        has(&sph_spoke::pull);
        has(&sph_spoke::push);
        has(&sph_spoke::subscribe);
        has(&sph_spoke::accept);
        has(&sph_spoke::translate);
    }
    _host.tell(FrameKind::Loaded, loaded.packed());
}

void Guest::serve()
{
    for (;;)
        if (const Frame frame = _host.next(); frame.kind != FrameKind::Stop) // of the call before
            answer(frame);
}

void Guest::answer(const Frame& frame)
{
    const std::string payload(frame.payload); // the spoke's own calls use the buffer
    Unpacker call(payload);
    _host.begin(call.number());
    _documents = 0;
    _unseenBytes = 0;
    _stopped = false;
    std::int32_t ended = SPH_BUG;
    switch (frame.kind) {
    case FrameKind::Describe: {
        const sph_sink sink = documents();
        ended = _table->describe(&sink);
        break;
    }
    case FrameKind::Open:
        ended = open(call);
        break;
    case FrameKind::Verb:
        ended = verb(call);
        break;
    case FrameKind::Accept:
        ended = accept(call);
        break;
    case FrameKind::Translate:
        ended = translate(call);
        break;
    default:
        ::_exit(EXIT_FAILURE);
    }
    _host.tell(FrameKind::Ended, Packer().number(ended).packed());
}

std::int32_t Guest::open(Unpacker& call)
{
    const sph_sink sink = documents();
    const std::int32_t ended = _table->open(_host.table(), text(call.text()), &_instance, &sink);
    return ended == SPH_DONE && _instance == nullptr ? SPH_BUG : ended;
}

std::int32_t Guest::verb(Unpacker& call)
{
    const sph_sink sink = documents();
    const auto verb = static_cast<Verb>(call.number());
    const sph_text stream = text(call.text());
    const sph_text request = text(call.text());
    switch (verb) {
    case Verb::Check:
        return _table->check(_instance, &sink);
    case Verb::Pull:
        return _table->pull(_instance, stream, request, &sink);
    case Verb::Push:
        return _table->push(_instance, request, &sink);
    case Verb::Subscribe:
        return _table->subscribe(_instance, request, &sink);
    default:
        ::_exit(EXIT_FAILURE);
    }
}

std::int32_t Guest::accept(Unpacker& call)
{
    sph_request request{};
    request.size = sizeof request;
    request.method = text(call.text());
    request.topic = text(call.text());
    request.query = text(call.text());
    std::vector<sph_header> headers(static_cast<std::size_t>(call.number()));
    for (sph_header& header : headers) {
        header.name = text(call.text());
        header.value = text(call.text());
    }
    request.headers = headers.data();
    request.header_count = headers.size();
    request.body = text(call.text());
    request.received_at = call.number();
    const sph_accept_sink sink{this, &Guest::putAccepted};
    return _table->accept(_instance, &request, &sink);
}

std::int32_t Guest::translate(Unpacker& call)
{
    sph_message message{};
    message.size = sizeof message;
    message.message_id = text(call.text());
    message.topic = text(call.text());
    message.body = text(call.text());
    message.received_at = call.number();
    const sph_sink sink = documents();
    return _table->translate(_instance, &message, &sink);
}

std::int32_t Guest::put(void* self, std::int32_t kind, sph_text json)
{
    return static_cast<Guest*>(self)->put(kind, json);
}

/// The hub judges each document; what only costs time is not sent to it.
std::int32_t Guest::put(std::int32_t kind, sph_text json)
{
    if (_stopped && kind != SPH_DOC_PROBLEM)
        return 1;
    if (json.size > Spoke::documentBytesMax) {
        _host.tellLater(
            FrameKind::LargeDocument,
            Packer().number(kind).number(static_cast<std::int64_t>(json.size)).packed());
        _stopped = true;
        return 1;
    }
    const bool asked = kind == SPH_DOC_CHECKPOINT;
    _host.tellLater(asked ? FrameKind::AskedDocument : FrameKind::Document,
                    Packer().number(kind).text(view(json)).packed());
    _unseenBytes += json.size;
    const bool tooMany = ++_documents > Spoke::documentsMax;
    if (asked)
        _stopped |= !_host.wantsMore();
    else if (tooMany || _unseenBytes >= lookBytes) {
        _unseenBytes = 0;
        _stopped |= _host.stopped() || tooMany;
    }
    return _stopped ? 1 : 0;
}

void Guest::putAccepted(void* self, const sph_accepted* accepted)
{
    Packer packer;
    packer.number(accepted->verdict)
        .text(view(accepted->message_id))
        .text(view(accepted->topic))
        .number(accepted->occurred_at)
        .text(view(accepted->reason))
        .text(view(accepted->key_id))
        .number(accepted->reply_status)
        .text(view(accepted->reply_type))
        .text(view(accepted->reply_body));
    static_cast<Guest*>(self)->_host.tellLater(FrameKind::Accepted, packer.packed());
}

} // namespace spokehub::spokes
