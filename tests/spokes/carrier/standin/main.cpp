// The carrier that the spoke 'carrier' asks.
#include "spokehub/StandIn.h"
#include "spokehub/Text.h"

#include <algorithm>
#include <map>
#include <set>

namespace
{

using Json = nlohmann::json;
using namespace spokehub;

class Carrier final : public StandIn
{
public:
    Json reset(const Seed& seed) override
    {
        _token = seed.secrets.value("token", "");
        _parcels.clear();
        _told.clear();
        Json numbers = Json::array();
        for (std::int64_t i = 0; i < seed.parcels; ++i) {
            const std::string number = "PP" + std::to_string(100'000 + i);
            _parcels[number] = {
                {"number", number},
                {"status", i % 2 == 0 ? "transit" : "delivered"},
                {"at", isoFromMicros(1'794'000'000'000'000 + (seed.sameTime ? 0 : i) * 1'000'000)}};
            numbers.push_back(number);
        }
        Json shipments = Json::array();
        for (int i = 0; i < 5; ++i)
            shipments.push_back({{"order_id", "O-" + std::to_string(i)},
                                 {"lines", {{{"line_id", "1"}, {"quantity", 1}}}}});
        return {{"parcels", numbers}, {"unknown_parcel", "PP000001"}, {"shipments", shipments}};
    }

    Json state() override
    {
        return {{"stock", Json::object()}, {"shipments", _told.size()}, {"effects", _told.size()}};
    }

    StandInAnswer answer(const StandInRequest& request) override
    {
        if (request.headers.value("Authorization", "") != "Bearer " + _token)
            return {401, R"({"error": "who are you?"})"};
        const auto path = request.path();
        if (path == "/account")
            return {200, R"({"name": "Corner"})"};
        if (path == "/parcels" && request.method == "GET")
            return {200, Json{{"parcels", known(request.parameter("numbers"))}}.dump()};
        if (path.rfind("/parcels/", 0) == 0 && request.method == "PUT") {
            const auto number = path.substr(9);
            _told.insert(number);
            return {200, Json{{"id", "tracker-" + number}}.dump()};
        }
        return {404, R"({"error": "there is no such address"})"};
    }

private:
    Json known(const std::string& numbers) const
    {
        Json found = Json::array();
        for (std::size_t at = 0; at < numbers.size();) {
            const auto end = std::min(numbers.find(',', at), numbers.size());
            if (const auto parcel = _parcels.find(numbers.substr(at, end - at));
                parcel != _parcels.end())
                found.push_back(parcel->second);
            at = end + 1;
        }
        return found;
    }

    std::string _token;
    std::map<std::string, Json> _parcels;
    std::set<std::string> _told;
};

} // namespace

int main()
{
    return Carrier().run();
}
