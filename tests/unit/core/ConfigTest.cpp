#include "core/Config.h"

#include <cppunit/extensions/HelperMacros.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace spokehub;
using namespace std::chrono_literals;

class ConfigTest : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(ConfigTest);
    CPPUNIT_TEST(anEmptyFileIsAllDefaults);
    CPPUNIT_TEST(theSmallestUsefulConfigurationIsRead);
    CPPUNIT_TEST(everyKeyOfAChannelIsRead);
    CPPUNIT_TEST(ofSettingsAndSecretsTheLinesAreKept);
    CPPUNIT_TEST(anUnknownKeyIsRefusedWithItsLineAndTheNearestOne);
    CPPUNIT_TEST(anUnknownKeyNearToNoneIsToldTheKnownOnes);
    CPPUNIT_TEST(everyMistakeIsNamedAtOnceInTheOrderOfLines);
    CPPUNIT_TEST(theSameKeyTwiceIsRefused);
    CPPUNIT_TEST(aSecretMustNotStandInTheFile);
    CPPUNIT_TEST(aMissingSecretIsNamed);
    CPPUNIT_TEST(aSecretFileLosesItsTrailingNewlines);
    CPPUNIT_TEST(theSecretKeyIsReadInBase64OrHexAndMayBeAList);
    CPPUNIT_TEST(aSecretKeyThatIsNoneIsRefusedWithTheRemedy);
    CPPUNIT_TEST(aPasswordInTheDatabaseUrlIsRefusedButMayComeByReference);
    CPPUNIT_TEST(valuesOfTheWrongKindAreRefused);
    CPPUNIT_TEST(namesAreRefusedWhenMissingMalformedReservedOrRepeated);
    CPPUNIT_TEST(stockRulesAreCheckedAgainstTheirBounds);
    CPPUNIT_TEST(durationsNeedTheirUnit);
    CPPUNIT_TEST(theListenAddressMayBeIpv6AndPortZero);
    CPPUNIT_TEST(isolationIsSaidForASpokeOrAChannel);
    CPPUNIT_TEST(callsAreNotedBesideTheDatabase);
    CPPUNIT_TEST(theSpoolHasItsPlaceAndItsBound);
    CPPUNIT_TEST(aFileThatCannotBeReadIsNamed);
    CPPUNIT_TEST(brokenYamlIsNamedWithItsLine);
    CPPUNIT_TEST(rolesAreMadeOfPermissionsAndGivenToKeys);
    CPPUNIT_TEST(aRoleThatCannotBeNamesWhatIsWrong);
    CPPUNIT_TEST(identityProvidersAreRead);
    CPPUNIT_TEST(plansAndTenantsAreReadAndOwnChannelsAndKeys);
    CPPUNIT_TEST(aTenantThatCannotBeNamesWhatIsWrong);
    CPPUNIT_TEST_SUITE_END();

    static std::optional<std::string> environment(const std::string& name)
    {
        if (name == "KEY")
            return "k-1";
        if (name == "OLD")
            return "k-0";
        if (name == "URL")
            return "postgresql://hub:pass@127.0.0.1:5432/spokehub";
        if (name == "EMPTY")
            return "";
        if (name == "HEX_KEY")
            return "6162636465666768696A6b6c6d6e6f707172737475767778797a303132333435";
        if (name == "BASE64_KEY")
            return "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=";
        if (name == "SHORT_KEY")
            return "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMQ==";
        if (name == "ODD_KEY")
            return "61626364656667686 696A6b6c6d6e6f70717273747576777 8797a303132333";
        return std::nullopt;
    }

    void plansAndTenantsAreReadAndOwnChannelsAndKeys()
    {
        CPPUNIT_ASSERT(!parse("").severalTenants());
        const Config config = parse("plans:\n"
                                    "  - { name: small, permissions: [orders.read], users: 5 }\n"
                                    "  - name: large\n"
                                    "tenants: [{ name: acme, title: Acme, plan: small }]\n"
                                    "api_keys:\n"
                                    "  - { name: a, key: \"env:KEY\", role: admin, tenant: acme }\n"
                                    "channels:\n"
                                    "  - { name: shop, spoke: x }\n"
                                    "  - { name: shop, spoke: x, tenant: acme }\n");

        CPPUNIT_ASSERT(config.severalTenants());
        CPPUNIT_ASSERT(config.plans.at(0).permissions == Permissions{Permission::OrdersRead});
        CPPUNIT_ASSERT_EQUAL(std::int64_t{5}, config.plans.at(0).quotas.at("users"));
        CPPUNIT_ASSERT(config.plans.at(1).permissions == Permissions::merchants());
        CPPUNIT_ASSERT(config.plans.at(1).quotas.empty());
        CPPUNIT_ASSERT_EQUAL(std::string("small"), config.tenants.at(0).plan);
        CPPUNIT_ASSERT_EQUAL(std::string("acme"), config.apiKeys.at(0).tenant);
        CPPUNIT_ASSERT_EQUAL(std::string("main"), config.channels.at(0).tenant);
        CPPUNIT_ASSERT_EQUAL(std::string("main"), config.channel("shop")->tenant);
    }

    void aTenantThatCannotBeNamesWhatIsWrong()
    {
        const std::string plan = "plans: [{ name: small, channels: 1 }]\n";
        CPPUNIT_ASSERT(mistakesOf("tenants: [{ name: acme, plan: small }]\n")
                           .find("tenants[].plan must be one of plans") != std::string::npos);
        CPPUNIT_ASSERT(mistakesOf(plan + "tenants: [{ name: main, plan: small }]\n")
                           .find("is there already") != std::string::npos);
        CPPUNIT_ASSERT(mistakesOf(plan + "channels: [{ name: s, spoke: x, tenant: acme }]\n")
                           .find("tenant must be one of tenants, not \"acme\"") !=
                       std::string::npos);
        CPPUNIT_ASSERT(mistakesOf("plans: [{ name: small, permissions: [orders.raed] }]\n")
                           .find("did you mean 'orders.read'?") != std::string::npos);
        CPPUNIT_ASSERT(
            mistakesOf(plan + "tenants: [{ name: acme, plan: small }]\n"
                              "channels:\n"
                              "  - { name: a, spoke: x, tenant: acme }\n"
                              "  - { name: b, spoke: x, tenant: acme }\n")
                .find("channels has 2 of tenant acme, whose plan small has room for 1") !=
            std::string::npos);
    }

    static Config parse(const std::string& text)
    {
        return Config::parse(text, "hub.yaml", environment);
    }

    /// All mistakes of a text, one a line; empty when it is good.
    static std::string mistakesOf(const std::string& text)
    {
        try {
            parse(text);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "";
    }

    static void refuses(const std::string& text, const std::string& mistake)
    {
        CPPUNIT_ASSERT_EQUAL("hub.yaml:" + mistake, mistakesOf(text));
    }

    void anEmptyFileIsAllDefaults()
    {
        const Config config = parse("");

        CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1"), config.server.host);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{8080}, config.server.port);
        CPPUNIT_ASSERT_EQUAL(std::string("sqlite:var/spokehub.db"), config.database.url);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, config.locations.size());
        CPPUNIT_ASSERT_EQUAL(std::string("main"), config.locations[0].name);
        CPPUNIT_ASSERT(config.channels.empty());
        CPPUNIT_ASSERT(config.channel("shopify") == nullptr);
    }

    void theSmallestUsefulConfigurationIsRead()
    {
        const Config config = parse(R"(
server:   { listen: "127.0.0.1:8090" }
database: { url: "sqlite:var/spokehub.db" }
spokes:   { directories: [build/release/spokes] }
api_keys:
  - { name: admin, key: "env:KEY", role: admin }
channels:
  - name: shopify
    spoke: shopify
    settings: { shop: leggings.myshopify.com, api_version: "2026-07", location: "gid://shopify/Location/1" }
    secrets:  { access_token: "env:KEY", webhook_secret: ["env:KEY", "env:OLD"] }
    stock:    { locations: [main], buffer: 0, percent: 100 }
    pull:     { orders: 5m, listings: 1h, levels: 1h }
)");

        CPPUNIT_ASSERT_EQUAL(std::uint16_t{8090}, config.server.port);
        CPPUNIT_ASSERT_EQUAL(std::string("k-1"), config.apiKeys.at(0).key.reveal());
        const ChannelConfig* channel = config.channel("shopify");
        CPPUNIT_ASSERT(channel != nullptr);
        CPPUNIT_ASSERT_EQUAL(
            std::string(R"({"shop":"leggings.myshopify.com","api_version":"2026-07",)"
                        R"("location":"gid://shopify/Location/1"})"),
            channel->settings);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, channel->secrets.at("webhook_secret").size());
        CPPUNIT_ASSERT_EQUAL(std::string("k-0"), channel->secrets.at("webhook_secret")[1].reveal());
        CPPUNIT_ASSERT(std::optional<std::int64_t>(0) == channel->stock.rule.buffer);
        CPPUNIT_ASSERT(std::optional<std::int64_t>(100) == channel->stock.rule.percent);
        CPPUNIT_ASSERT(!channel->stock.rule.cap);
        CPPUNIT_ASSERT(channel->pull.orders == 5min);
        CPPUNIT_ASSERT(channel->push);
    }

    void rolesAreMadeOfPermissionsAndGivenToKeys()
    {
        const Config config = parse("roles: {packer: [orders.read, orders.ship], viewer: []}\n"
                                    "api_keys: [{name: bench, key: env:KEY, role: packer}]\n");

        CPPUNIT_ASSERT((config.roles.of("packer") ==
                        Permissions{Permission::OrdersRead, Permission::OrdersShip}));
        CPPUNIT_ASSERT(config.roles.of("viewer") == Permissions{});
        CPPUNIT_ASSERT(config.roles.of("admin") == Permissions::merchants());
        CPPUNIT_ASSERT_EQUAL(std::string("packer"), config.apiKeys.at(0).role);
    }

    void aRoleThatCannotBeNamesWhatIsWrong()
    {
        refuses("roles:\n  packer:\n    - orders.raed\n",
                "3: roles.packer: there is no permission \"orders.raed\" (did you mean "
                "'orders.read'?)");
        refuses("roles:\n  packer: orders.read\n",
                "2: roles.packer must be a list of permissions such as [orders.read]");
        refuses("roles: [packer]\n", "1: roles must be a map of roles, each with its permissions");
        refuses("roles: {\"a b\": []}\n", "1: roles: \"a b\" must be letters, digits, \"-\" and "
                                          "\"_\", at most 40");
        refuses("api_keys: [{name: x, key: env:KEY, role: amdin}]\n",
                "1: api_keys[].role cannot be \"amdin\" (did you mean 'admin'?)");
    }

    void identityProvidersAreRead()
    {
        const std::string head = "auth:\n  providers:\n    - name: idp\n      issuer: i\n"
                                 "      audience: a\n";
        const Config config =
            parse(head + "      jwks_url: https://id.example/keys\n      roles: {x: viewer}\n");
        const ProviderConfig& provider = config.auth.providers.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("i"), provider.issuer);
        CPPUNIT_ASSERT_EQUAL(std::string("RS256"), provider.algorithm);
        CPPUNIT_ASSERT_EQUAL(std::string("roles"), provider.rolesClaim);
        CPPUNIT_ASSERT_EQUAL(std::string("viewer"), provider.roles.at(0).second);

        refuses(head + "      jwks_url: http://id.example/keys\n      roles: {x: viewer}\n",
                "6: auth.providers[].jwks_url must begin with https://, not "
                "\"http://id.example/keys\"");
        refuses(head + "      public_key: env:KEY\n      roles: {x: veiwer}\n",
                "7: auth.providers[].roles.x cannot be \"veiwer\" (did you mean 'viewer'?)");
        refuses(head + "      roles: {x: viewer}\n",
                "3: auth.providers[].jwks_url or public_key must be given, and not both");
        refuses(head + "      algorithm: HS256\n      public_key: env:KEY\n"
                       "      roles: {x: viewer}\n",
                "6: auth.providers[].algorithm cannot be \"HS256\" (did you mean 'RS256'?)");
    }

    void everyKeyOfAChannelIsRead()
    {
        const Config config = parse(R"(
locations: [{name: main}, {name: north, title: North hall}]
channels:
  - name: box
    spoke: sandbox
    stock:
      locations: [north]
      buffer: 3
      cap: 50
      zero_below: 2
      rules:
        - {sku: LEG-S, buffer: 1}
        - {category: socks, percent: 50}
    pull: {orders: off, listings: 30s}
    push: off
    match: manual
    accept_countries: [DE, AT]
    orders_since: "2026-01-31T00:00:00Z"
    trip_wire: 0
)");

        const ChannelConfig& channel = config.channels.at(0);
        CPPUNIT_ASSERT_EQUAL(std::string("North hall"), config.locations.at(1).title);
        CPPUNIT_ASSERT(channel.stock.locations == std::vector<std::string>{"north"});
        CPPUNIT_ASSERT(std::optional<std::int64_t>(50) == channel.stock.rule.cap);
        CPPUNIT_ASSERT(std::optional<std::int64_t>(2) == channel.stock.rule.zeroBelow);
        CPPUNIT_ASSERT_EQUAL(std::string("LEG-S"), channel.stock.narrow.at(0).sku);
        CPPUNIT_ASSERT(std::optional<std::int64_t>(1) == channel.stock.narrow.at(0).rule.buffer);
        CPPUNIT_ASSERT_EQUAL(std::string("socks"), channel.stock.narrow.at(1).category);
        CPPUNIT_ASSERT(std::optional<std::int64_t>(50) == channel.stock.narrow.at(1).rule.percent);
        CPPUNIT_ASSERT(!channel.pull.orders);
        CPPUNIT_ASSERT(channel.pull.listings == 30s);
        CPPUNIT_ASSERT(channel.pull.levels == 1h);
        CPPUNIT_ASSERT(!channel.push);
        CPPUNIT_ASSERT(channel.match == Match::Manual);
        CPPUNIT_ASSERT(channel.acceptCountries == (std::vector<std::string>{"DE", "AT"}));
        CPPUNIT_ASSERT(channel.ordersSince == timeFromIso("2026-01-31T00:00:00Z"));
        CPPUNIT_ASSERT_EQUAL(0, channel.tripWirePercent);
    }

    void ofSettingsAndSecretsTheLinesAreKept()
    {
        const Config config = parse("channels:\n"
                                    "  - name: box\n"
                                    "    spoke: sandbox\n"
                                    "    settings:\n"
                                    "      shop: a\n"
                                    "      page_size: 50\n"
                                    "    secrets:\n"
                                    "      token: env:KEY\n");

        const ChannelConfig& channel = config.channels.at(0);
        CPPUNIT_ASSERT_EQUAL(2, channel.line);
        CPPUNIT_ASSERT_EQUAL(5, channel.settingLines.at("shop"));
        CPPUNIT_ASSERT_EQUAL(6, channel.settingLines.at("page_size"));
        CPPUNIT_ASSERT_EQUAL(8, channel.secretLines.at("token"));
    }

    void anUnknownKeyIsRefusedWithItsLineAndTheNearestOne()
    {
        refuses("server:\n  lisen: \"127.0.0.1:1\"\n",
                "2: unknown key server.lisen (did you mean 'listen'?)");
        refuses("chanels: []\n", "1: unknown key chanels (did you mean 'channels'?)");
    }

    void anUnknownKeyNearToNoneIsToldTheKnownOnes()
    {
        refuses("log: {colourful: true}\n", "1: unknown key log.colourful (known are: level)");
    }

    void everyMistakeIsNamedAtOnceInTheOrderOfLines()
    {
        CPPUNIT_ASSERT_EQUAL(
            std::string(
                "hub.yaml:1: unknown key logg (did you mean 'log'?)\n"
                "hub.yaml:3: server.workers must be between 1 and 256, not 0\n"
                "hub.yaml:6: channels[].spoke is missing\n"
                "hub.yaml:8: channels[].stock.percent must be between 0 and 100, not 101\n"
                "hub.yaml:9: channels[].stock.locations names \"mian\", which is not in locations "
                "(did you mean 'main'?)"),
            mistakesOf("logg: {}\n"
                       "server:\n"
                       "  workers: 0\n"
                       "\n"
                       "channels:\n"
                       "  - name: box\n"
                       "    stock:\n"
                       "      percent: 101\n"
                       "      locations: [mian]\n"));
    }

    void theSameKeyTwiceIsRefused()
    {
        refuses("log: {level: info}\nserver: {}\nlog: {level: error}\n",
                "3: the key log stands twice, first in line 1");
    }

    void aSecretMustNotStandInTheFile()
    {
        const std::string found =
            mistakesOf("api_keys:\n  - {name: admin, role: admin, key: letmein}\n");

        CPPUNIT_ASSERT_EQUAL(
            std::string("hub.yaml:2: api_keys[].key must not stand here itself: name where "
                        "it is, env:NAME or file:PATH"),
            found);
        CPPUNIT_ASSERT(found.find("letmein") == std::string::npos);
    }

    void aMissingSecretIsNamed()
    {
        const std::string channel =
            "channels:\n  - name: box\n    spoke: sandbox\n    secrets:\n      token: ";

        refuses(channel + "env:NOPE\n", "5: channels[].secrets.token: the environment has no NOPE");
        refuses(channel + "env:EMPTY\n", "5: channels[].secrets.token: env:EMPTY is empty");
        refuses(channel + "file:/no/such\n",
                "5: channels[].secrets.token: cannot read the file /no/such");
        refuses(channel + "file:/\n", "5: channels[].secrets.token: cannot read the file /");
        refuses(channel + "[]\n",
                "5: channels[].secrets.token is an empty list: give env:NAME or file:PATH");
    }

    void aSecretFileLosesItsTrailingNewlines()
    {
        const auto file = std::filesystem::temp_directory_path() /
                          ("spokehub-secret-" + std::to_string(::getpid()));
        std::ofstream(file) << " s3 \r\n\n";

        const Config config =
            parse("api_keys: [{name: admin, role: admin, key: \"file:" + file.string() + "\"}]\n");
        std::filesystem::remove(file);

        CPPUNIT_ASSERT_EQUAL(std::string(" s3 "), config.apiKeys.at(0).key.reveal());
    }

    void theSecretKeyIsReadInBase64OrHexAndMayBeAList()
    {
        const auto keys =
            parse("server: {secret_key: [env:HEX_KEY, env:BASE64_KEY]}").server.secretKeys;

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, keys.size());
        CPPUNIT_ASSERT_EQUAL(std::string("abcdefghijklmnopqrstuvwxyz012345"), keys[0].reveal());
        CPPUNIT_ASSERT_EQUAL(std::string("12345678901234567890123456789012"), keys[1].reveal());
        const auto single = parse("server: {secret_key: env:BASE64_KEY}").server.secretKeys;
        CPPUNIT_ASSERT_EQUAL(keys[1].reveal(), single.at(0).reveal());
        CPPUNIT_ASSERT(parse("").server.secretKeys.empty());
    }

    void aSecretKeyThatIsNoneIsRefusedWithTheRemedy()
    {
        const std::string remedy = " is not a key of 32 bytes in base64 or hex (make one by "
                                   "`openssl rand -base64 32`)";
        for (const std::string name : {"KEY", "SHORT_KEY", "ODD_KEY"})
            refuses("server:\n  secret_key: env:" + name,
                    "2: server.secret_key: env:" + name + remedy);
        refuses("server: {secret_key: abc}",
                "1: server.secret_key must not stand here itself: name where it is, env:NAME or "
                "file:PATH");
        refuses("server: {secret_key: []}",
                "1: server.secret_key is an empty list: give env:NAME or file:PATH");
    }

    void aPasswordInTheDatabaseUrlIsRefusedButMayComeByReference()
    {
        refuses("database: {url: \"postgresql://hub:pass@127.0.0.1/spokehub\"}\n",
                "1: database.url holds a password: put the whole URL into the environment or a "
                "file and name "
                "it as env:NAME or file:PATH");
        CPPUNIT_ASSERT_EQUAL(std::string("postgresql://hub:pass@127.0.0.1:5432/spokehub"),
                             parse("database: {url: env:URL}\n").database.url);
        CPPUNIT_ASSERT_EQUAL(
            std::string("postgresql://hub@127.0.0.1:5432/spokehub"),
            parse("database: {url: \"postgresql://hub@127.0.0.1:5432/spokehub\"}\n").database.url);
        refuses("database: {url: mysql}\n",
                "1: database.url must begin with sqlite: or postgresql://");
    }

    void valuesOfTheWrongKindAreRefused()
    {
        refuses("- a\n", "1: the configuration must be a map of keys");
        refuses("server: 5\n", "1: server must be a map of keys");
        refuses("server: {workers: many}\n",
                "1: server.workers must be a whole number, not \"many\"");
        refuses("server: {workers: [1]}\n", "1: server.workers must be a whole number");
        refuses("server: {workers: -1}\n", "1: server.workers must be between 1 and 256, not -1");
        refuses("server: {body_max: 2MB}\n",
                "1: server.body_max must be a size such as 2MiB or 512KiB, not \"2MB\"");
        refuses("server: {body_max: 65MiB}\n", "1: server.body_max must be between 1B and 64MiB");
        refuses(
            "server: {public_url: hub.example.com}\n",
            "1: server.public_url must begin with https:// or http://, not \"hub.example.com\"");
        refuses("database: {migrate: maybe}\n",
                "1: database.migrate must be true or false, not \"maybe\"");
        refuses("spokes: {directories: here}\n",
                "1: spokes.directories must be a list such as [one, two]");
        refuses("channels: {name: box}\n",
                "1: channels must be a list, each entry beginning with \"-\"");
        refuses("log: {level: wraning}\n",
                "1: log.level cannot be \"wraning\" (did you mean 'warning'?)");
    }

    void namesAreRefusedWhenMissingMalformedReservedOrRepeated()
    {
        refuses("channels: [{spoke: s}]\n", "1: channels[].name is missing");
        refuses("channels: [{name: Box, spoke: s}]\n",
                "1: channels[].name \"Box\" must be lowercase letters, digits and \"-\", at most "
                "63, beginning "
                "with a letter or digit");
        refuses("channels: [{name: manual, spoke: s}]\n",
                "1: channels[].name \"manual\" is the built-in channel of orders made here");
        refuses("channels:\n  - {name: box, spoke: s}\n  - {name: box, spoke: s}\n",
                "3: channels[].name \"box\" is taken by an earlier entry");
        CPPUNIT_ASSERT_EQUAL(
            std::string(63, 'a'),
            parse("locations: [{name: " + std::string(63, 'a') + "}]").locations[0].name);
        CPPUNIT_ASSERT(!mistakesOf("locations: [{name: " + std::string(64, 'a') + "}]").empty());
    }

    void stockRulesAreCheckedAgainstTheirBounds()
    {
        const std::string stock = "channels:\n  - name: box\n    spoke: s\n    stock:\n      ";

        refuses(stock + "buffer: -1\n",
                "5: channels[].stock.buffer must be between 0 and 1000000000, not -1");
        refuses(stock + "locations: []\n",
                "5: channels[].stock.locations is empty: leave it out to use every location");
        refuses(stock + "locations: [main, main]\n",
                "5: channels[].stock.locations names \"main\" twice");
        refuses(stock + "rules: [{buffer: 1}]\n",
                "5: channels[].stock.rules[] needs a sku or a category, and not both");
        refuses(stock + "rules: [{sku: a, category: b, buffer: 1}]\n",
                "5: channels[].stock.rules[] needs a sku or a category, and not both");
        refuses(
            stock + "rules: [{sku: a}]\n",
            "5: channels[].stock.rules[] sets nothing: give buffer, percent, cap or zero_below");
        refuses(stock + "rules: [{sku: a, cap: 1}, {sku: a, buffer: 1}]\n",
                "5: channels[].stock.rules[] repeats the rule of \"a\"");
    }

    void durationsNeedTheirUnit()
    {
        CPPUNIT_ASSERT(parse("sync: {base: 250ms}").sync.base == 250ms);
        CPPUNIT_ASSERT(parse("inbox: {keep: 7d}").inbox.keep == std::chrono::days(7));
        refuses("inbox: {keep: 30}\n",
                "1: inbox.keep must be a duration such as 250ms, 30s, 5m, 1h or 30d, not \"30\"");
        refuses("inbox: {keep: -3d}\n",
                "1: inbox.keep must be a duration such as 250ms, 30s, 5m, 1h or 30d, not \"-3d\"");
        refuses("inbox: {keep: 0s}\n",
                "1: inbox.keep must be a duration such as 250ms, 30s, 5m, 1h or 30d, not \"0s\"");
        refuses("inbox: {keep: 9223372036854775807d}\n",
                "1: inbox.keep must be a duration such as 250ms, 30s, 5m, 1h or 30d, not "
                "\"9223372036854775807d\"");
        refuses("sync: {base: 1h}\n", "1: sync.cap must not be below sync.base");
    }

    void theListenAddressMayBeIpv6AndPortZero()
    {
        const ServerConfig server = parse("server: {listen: \"[::1]:0\"}").server;

        CPPUNIT_ASSERT_EQUAL(std::string("::1"), server.host);
        CPPUNIT_ASSERT_EQUAL(std::uint16_t{0}, server.port);
        for (const std::string listen :
             {"8080", "127.0.0.1", "127.0.0.1:", ":8080", "a:65536", "::1:80", "a:1x"})
            refuses("server: {listen: \"" + listen + "\"}\n",
                    "1: server.listen must be address:port such as 127.0.0.1:8080 or [::1]:8080, "
                    "not \"" +
                        listen + "\"");
    }

    void isolationIsSaidForASpokeOrAChannel()
    {
        const Config config = Config::parse("spokes: {isolation: {shopify: process, mine: none}}\n"
                                            "channels:\n"
                                            "  - {name: a, spoke: shopify, isolation: none}\n"
                                            "  - {name: b, spoke: shopify}\n",
                                            "hub.yaml");

        CPPUNIT_ASSERT(config.spokeIsolation.at("shopify") == Isolation::Process);
        CPPUNIT_ASSERT(config.spokeIsolation.at("mine") == Isolation::None);
        CPPUNIT_ASSERT(config.channels.at(0).isolation == Isolation::None);
        CPPUNIT_ASSERT(!config.channels.at(1).isolation);
        refuses("spokes: {isolation: {shopify: thread}}\n",
                "1: spokes.isolation.shopify cannot be \"thread\" (known: process, none)");
        refuses("spokes: {isolation: process}\n",
                "1: spokes.isolation must be a map of spokes, each with process or none");
        CPPUNIT_ASSERT(!mistakesOf("channels: [{name: a, spoke: b, isolation: thread}]\n").empty());
    }

    void callsAreNotedBesideTheDatabase()
    {
        const auto file = [](const std::string& text) {
            return Config::parse(text, "hub.yaml").inHandFile;
        };

        CPPUNIT_ASSERT_EQUAL(std::string("var/spokehub.db.in_hand"), file("{}"));
        CPPUNIT_ASSERT_EQUAL(std::string("/srv/hub.db.in_hand"),
                             file("database: {url: \"sqlite:/srv/hub.db\"}"));
        CPPUNIT_ASSERT_EQUAL(std::string("var/spokehub.in_hand"),
                             file("database: {url: \"postgresql://hub@db/hub\"}"));
        CPPUNIT_ASSERT_EQUAL(std::string("/run/calls"), file("spokes: {in_hand: /run/calls}"));
    }

    void theSpoolHasItsPlaceAndItsBound()
    {
        const InboxConfig usual = parse("{}").inbox;
        const InboxConfig given = parse("inbox: {spool: /srv/spool, spool_max: 64KiB}").inbox;

        CPPUNIT_ASSERT_EQUAL(std::string(), usual.spool); // where it is usual
        CPPUNIT_ASSERT_EQUAL(std::int64_t{256} * 1024 * 1024, usual.spoolBytesMax);
        CPPUNIT_ASSERT_EQUAL(std::string("/srv/spool"), given.spool);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{64} * 1024, given.spoolBytesMax);
        refuses("inbox: {spool_max: 0MiB}\n",
                "1: inbox.spool_max must be between 1B and 1048576MiB");
    }

    void aFileThatCannotBeReadIsNamed()
    {
        CPPUNIT_ASSERT_THROW(Config::load("/no/such.yaml"), ConfigError);
        try {
            Config::load("/no/such.yaml");
        } catch (const ConfigError& error) {
            CPPUNIT_ASSERT_EQUAL(
                std::string("/no/such.yaml:1: cannot be read: No such file or directory"),
                error.mistakes().at(0));
        }
    }

    void brokenYamlIsNamedWithItsLine()
    {
        const std::string found = mistakesOf("server: {}\nlog: [1\n");

        CPPUNIT_ASSERT_EQUAL(std::string("hub.yaml:"), found.substr(0, 9));
        CPPUNIT_ASSERT(found.find("not YAML") != std::string::npos);
    }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigTest);
