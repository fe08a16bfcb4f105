// shopify-standin: a Shopify with state on loopback, for trying the hub without a shop.
#include "ShopifyStandIn.h"

#include <csignal>
#include <cstdlib>
#include <iostream>

namespace
{

using spokehub::standin::Shop;
using spokehub::standin::ShopifyStandIn;
using spokehub::standin::StandInOptions;

constexpr const char* usage =
    "usage: shopify-standin [--port N] [--hub URL] [--token TEXT] [--secret TEXT] [--shop DOMAIN]\n"
    "                       [--allow-http] [SKU=QUANTITY...]\n"
    "  --hub URL     post signed webhooks there, e.g. http://127.0.0.1:8080/webhooks/shopify\n"
    "  --token       what X-Shopify-Access-Token must be   (default shpat_standin)\n"
    "  --secret      what webhooks are signed with         (default shopify-standin-secret)\n"
    "  --allow-http  accept subscriptions to plain http, which Shopify refuses\n"
    "Control: GET /_standin/levels, POST /_standin/orders {\"sku\",\"quantity\"},\n"
    "         POST /_standin/orders/ID/cancel|pay|fulfil, POST /_standin/levels "
    "{\"sku\",\"available\"},\n"
    "         POST /_standin/variants {\"sku\",\"quantity\",\"price\"}\n";

struct Arguments
{
    StandInOptions options;
    std::vector<std::pair<std::string, std::int64_t>> variants;
};

Arguments read(int count, char** values)
{
    Arguments made;
    for (int i = 1; i < count; ++i) {
        const std::string word = values[i];
        const auto next = [&]() -> std::string {
            if (++i >= count)
                throw std::invalid_argument(word + " wants a value");
            return values[i];
        };
        if (word == "--port")
            made.options.port = static_cast<std::uint16_t>(std::stoi(next()));
        else if (word == "--hub")
            made.options.hub = next();
        else if (word == "--token")
            made.options.token = next();
        else if (word == "--secret")
            made.options.secret = next();
        else if (word == "--shop")
            made.options.shop = next();
        else if (word == "--allow-http")
            made.options.allowHttp = true;
        else if (const auto sign = word.find('='); sign != word.npos && word.front() != '-')
            made.variants.emplace_back(word.substr(0, sign), std::stoll(word.substr(sign + 1)));
        else
            throw std::invalid_argument("unknown argument " + word);
    }
    return made;
}

} // namespace

int main(int count, char** values)
{
    try {
        const Arguments arguments = read(count, values);
        sigset_t stop;
        sigemptyset(&stop);
        sigaddset(&stop, SIGINT);
        sigaddset(&stop, SIGTERM);
        sigprocmask(SIG_BLOCK, &stop, nullptr); // before any thread, so that sigwait gets them

        ShopifyStandIn shop(arguments.options);
        shop.with([&](Shop& it) {
            it.addLocation("Shop location");
            for (const auto& [sku, quantity] : arguments.variants)
                it.addVariant(sku, quantity);
        });
        std::cout << "shopify-standin listens on " << shop.url() << std::endl;
        int signal = 0;
        sigwait(&stop, &signal);
        return EXIT_SUCCESS;
    } catch (const std::exception& e) {
        std::cerr << "shopify-standin: " << e.what() << "\n" << usage;
        return EXIT_FAILURE;
    }
}
