#include "support/CatalogStore.h"
#include "support/Engines.h"

#include <cppunit/extensions/HelperMacros.h>

#include <optional>

using namespace spokehub;
using namespace spokehub::catalog;

class IdentitiesTest final : public CppUnit::TestFixture
{
    CPPUNIT_TEST_SUITE(IdentitiesTest);
    CPPUNIT_TEST(aFamilyIsFoundByItsCode);
    CPPUNIT_TEST(aTakenFamilyCodeIsRefused);
    CPPUNIT_TEST(familiesArePaged);
    CPPUNIT_TEST(anIdentityCarriesItsNameAndSignature);
    CPPUNIT_TEST(aPartTakesTheNextFreeIndex);
    CPPUNIT_TEST(aTakenIndexIsRefused);
    CPPUNIT_TEST(aFullFamilyIsRefused);
    CPPUNIT_TEST(anUnknownFamilyIsRefused);
    CPPUNIT_TEST(theDatabaseRefusesToChangeAnIdentity);
    CPPUNIT_TEST(aTenantSeesOnlyItsOwn);
    CPPUNIT_TEST(familiesAndIdentitiesAreListedByWhatChanged);
    CPPUNIT_TEST_SUITE_END();

public:
    void setUp() override { store.emplace(); }
    void tearDown() override { store.reset(); }

    void aFamilyIsFoundByItsCode()
    {
        const Family made = family("00845", "Leggings");

        const auto found = store->read([&](store::Session& session) {
            return store->families.byCode(session, store->acme, "00845");
        });

        CPPUNIT_ASSERT(found.has_value());
        CPPUNIT_ASSERT_EQUAL(made.id, found->id);
        CPPUNIT_ASSERT_EQUAL(std::string("Leggings"), found->title);
        CPPUNIT_ASSERT_EQUAL(store->clock.now().micros, found->createdAt.micros);
        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->families.byCode(session, store->acme, "00846");
        }));
    }

    void aTakenFamilyCodeIsRefused()
    {
        family("00845", "Leggings");

        CPPUNIT_ASSERT_EQUAL(std::string("family 00845 exists already"),
                             store->refusalOf([&](store::Tx& tx) {
                                 return store->families.create(tx, store->acme, {"00845", "Socks"});
                             }));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, store->database.count("family"));
    }

    void familiesArePaged()
    {
        for (const char* code : {"00001", "00002", "00003"})
            family(code, "F");

        const auto first = page({"", 2});
        const auto second = page({first.nextCursor, 2});

        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, first.data.size());
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, second.data.size());
        CPPUNIT_ASSERT_EQUAL(std::string("00003"), second.data[0].code);
        CPPUNIT_ASSERT(second.nextCursor.empty());
    }

    void anIdentityCarriesItsNameAndSignature()
    {
        const Id id = family("00845", "Leggings").id;

        const Identity part = identity({id, IdentityType::Part, 1, "Left leg"});
        const auto read = store->read([&](store::Session& session) {
            return store->identities.byUpisH(session, store->acme, "00845-P-1");
        });

        CPPUNIT_ASSERT_EQUAL(std::string("0D9AC325"), part.signature);
        CPPUNIT_ASSERT(read.has_value());
        CPPUNIT_ASSERT_EQUAL(part.id, read->id);
        CPPUNIT_ASSERT_EQUAL(std::string("0D9AC325"), read->signature);
        CPPUNIT_ASSERT_EQUAL(1, read->index.value_or(0));
        CPPUNIT_ASSERT(read->type == IdentityType::Part);
        CPPUNIT_ASSERT_EQUAL(std::string("Left leg"), read->title);
    }

    void aPartTakesTheNextFreeIndex()
    {
        const Id id = family("00845", "Leggings").id;
        identity({id, IdentityType::Product});
        identity({id, IdentityType::Part, 2});

        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-1"), identity({id, IdentityType::Part}).upisH);
        CPPUNIT_ASSERT_EQUAL(std::string("00845-P-3"), identity({id, IdentityType::Part}).upisH);
        CPPUNIT_ASSERT_EQUAL(std::size_t{4}, ofFamily(id).size());
    }

    void aTakenIndexIsRefused()
    {
        const Id id = family("00845", "Leggings").id;
        identity({id, IdentityType::Part, 2});
        identity({id, IdentityType::Bundle});

        CPPUNIT_ASSERT_EQUAL(std::string("identity 00845-P-2 exists already"),
                             refusalOf({id, IdentityType::Part, 2}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
        CPPUNIT_ASSERT_EQUAL(std::string("identity 00845-B exists already"),
                             refusalOf({id, IdentityType::Bundle}));
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, ofFamily(id).size());
    }

    void aFullFamilyIsRefused()
    {
        const Id id = family("00845", "Leggings").id;
        for (int index = 1; index <= 99; ++index)
            identity({id, IdentityType::Part});

        CPPUNIT_ASSERT_EQUAL(
            std::string("family 00845 has no free component index: 1 to 99 are taken"),
            refusalOf({id, IdentityType::Part}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::Conflict);
    }

    void anUnknownFamilyIsRefused()
    {
        CPPUNIT_ASSERT_EQUAL(std::string("there is no such family"),
                             refusalOf({7, IdentityType::Part}));
        CPPUNIT_ASSERT(store->lastRefusal == Refusal::NotFound);
    }

    void theDatabaseRefusesToChangeAnIdentity()
    {
        identity({family("00845", "Leggings").id, IdentityType::Product});

        CPPUNIT_ASSERT_THROW(store->database.run("UPDATE identity SET signature = 'X'"),
                             store::StoreError);
        CPPUNIT_ASSERT_THROW(store->database.run("UPDATE identity SET upis_h = '1'"),
                             store::StoreError);
        CPPUNIT_ASSERT_EQUAL(std::int64_t{1},
                             store->database.count("identity", "signature = '8EF3C261'"));
    }

    void aTenantSeesOnlyItsOwn()
    {
        const Id id = family("00845", "Leggings").id;

        CPPUNIT_ASSERT(!store->read([&](store::Session& session) {
            return store->families.get(session, store->other, id);
        }));
        CPPUNIT_ASSERT_EQUAL(
            std::string("there is no such family"), store->refusalOf([&](store::Tx& tx) {
                return store->identities.create(tx, store->other, {id, IdentityType::Product});
            }));
    }

private:
    std::optional<test::CatalogStore> store;

    Family family(const char* code, const char* title)
    {
        return store->write([&](store::Tx& tx) {
            return store->families.create(tx, store->acme, {code, title});
        });
    }

    Identity identity(const NewIdentity& wanted)
    {
        return store->write(
            [&](store::Tx& tx) { return store->identities.create(tx, store->acme, wanted); });
    }

    std::string refusalOf(const NewIdentity& wanted)
    {
        return store->refusalOf(
            [&](store::Tx& tx) { return store->identities.create(tx, store->acme, wanted); });
    }

    std::vector<Identity> ofFamily(Id family)
    {
        return store->read([&](store::Session& session) {
            return store->identities.ofFamily(session, store->acme, family);
        });
    }

    void familiesAndIdentitiesAreListedByWhatChanged()
    {
        const Id beds = family("00845", "Beds").id;
        family("00846", "Lamps");
        const Id part = identity({.family = beds, .type = IdentityType::Part}).id;
        store->clock.advance(std::chrono::seconds(1));
        const Time then = store->clock.now();
        identity({.family = beds, .type = IdentityType::Product});
        store->write([&](store::Tx& tx) {
            return store->families.patch(tx, store->acme, beds, {.category = "furniture"});
        });

        const auto families = [&](const FamilyQuery& query) {
            return store->read([&](store::Session& session) {
                return store->families.list(session, store->acme, {}, query).data;
            });
        };
        const auto identities = [&](const IdentityQuery& query) {
            return store->read([&](store::Session& session) {
                return store->identities.list(session, store->acme, {}, query).data;
            });
        };
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, families({.updatedSince = then}).size());
        CPPUNIT_ASSERT_EQUAL(beds, families({.category = "furniture"}).at(0).id);
        CPPUNIT_ASSERT_EQUAL(then.micros, families({.updatedSince = then}).at(0).updatedAt.micros);
        CPPUNIT_ASSERT_EQUAL(std::size_t{1}, identities({.madeSince = then}).size());
        CPPUNIT_ASSERT_EQUAL(part, identities({.type = IdentityType::Part}).at(0).id);
        CPPUNIT_ASSERT_EQUAL(std::size_t{2}, identities({.family = beds}).size());
    }

    store::Page<Family> page(const store::PageRequest& request)
    {
        return store->read([&](store::Session& session) {
            return store->families.list(session, store->acme, request);
        });
    }
};

SPOKEHUB_TEST_ON_BOTH_ENGINES(IdentitiesTest);
