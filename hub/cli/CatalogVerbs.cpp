#include "cli/Lists.h"

namespace spokehub::cli
{

namespace
{

const Argument familyArgument{"CODE", "five digits"};
const Argument variantArgument{"SKU", "of the variant"};
const Argument titleOption{"--title TEXT", "what people call it"};
const Argument categoryOption{"--category NAME", "its category"};
const Argument sinceOption{"--updated-since TIME", "changed since, in the order of the changes"};

std::string variantPath(Command& command)
{
    const auto found = command.hub().get("/api/v1/variants/sku/" + escaped(command.text("SKU")));
    return "/api/v1/variants/" + std::string(found.root().textOr("id"));
}

// ------------------------------------------------------------------ families and identities

const std::string families = "/api/v1/families";

ExitCode listFamilies(Command& command)
{
    return printList(command, families, {"--category", "--updated-since"},
                     {"code", "title", "category", "updated_at"});
}

ExitCode showFamily(Command& command)
{
    return printObject(command, command.hub().get(families + "/" + escaped(command.text("CODE"))));
}

ExitCode addFamily(Command& command)
{
    return printObject(
        command,
        command.hub().post(families, {}, bodyOf(command, {"CODE", "--title", "--category"})));
}

ExitCode changeFamily(Command& command)
{
    return printObject(command,
                       command.hub().send("PATCH", families + "/" + escaped(command.text("CODE")),
                                          {}, bodyOf(command, {"--title", "--category"})));
}

ExitCode removeFamily(Command& command)
{
    const std::string& code = command.text("CODE");
    command.confirm("The family " + code + " is removed.", code);
    command.hub().send("DELETE", families + "/" + escaped(code));
    command.output().note("removed " + code);
    return ExitCode::Done;
}

ExitCode listIdentities(Command& command)
{
    return printList(command, "/api/v1/identities", {"--family", "--type", "--updated-since"},
                     {"upis_h", "type", "title", "signature", "created_at"});
}

ExitCode showIdentity(Command& command)
{
    return printObject(command,
                       command.hub().get("/api/v1/identities/" + escaped(command.text("UPIS-H"))));
}

ExitCode addIdentity(Command& command)
{
    return printObject(command, command.hub().post("/api/v1/identities", {},
                                                   bodyOf(command, {"FAMILY", "TYPE", "--title"},
                                                          {"--component-index"})));
}

// ------------------------------------------------------------------ variants and bundles

ExitCode listVariants(Command& command)
{
    return printList(command, "/api/v1/variants",
                     {"--sku-prefix", "--category", "--brand", "--barcode", "--updated-since"},
                     {"sku", "title", "category", "brand", "barcode", "price_cents", "currency"});
}

ExitCode showVariant(Command& command)
{
    return printObject(command,
                       command.hub().get("/api/v1/variants/sku/" + escaped(command.text("SKU"))));
}

const std::vector<Argument> variantOptions{titleOption,
                                           categoryOption,
                                           {"--barcode CODE", "its barcode"},
                                           {"--brand NAME", "its brand"},
                                           {"--price-cents N", "in minor units"},
                                           {"--cost-cents N", "in minor units"}};

std::vector<Argument> variantArguments(std::vector<Argument> more)
{
    std::vector<Argument> all{variantArgument};
    all.insert(all.end(), variantOptions.begin(), variantOptions.end());
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

ExitCode addVariant(Command& command)
{
    return printObject(
        command,
        command.hub().post(
            "/api/v1/variants", {},
            bodyOf(command, {"SKU", "--title", "--category", "--barcode", "--brand", "--location"},
                   {"--price-cents", "--cost-cents", "--on-hand"})));
}

ExitCode changeVariant(Command& command)
{
    return printObject(
        command,
        command.hub().send("PATCH", variantPath(command), {},
                           bodyOf(command, {"--title", "--category", "--barcode", "--brand"},
                                  {"--price-cents", "--cost-cents"})));
}

ExitCode listBundles(Command& command)
{
    return printList(command, "/api/v1/bundles", {},
                     {"bundle_sku", "component_sku", "quantity", "role"});
}

std::string bundlePath(Command& command)
{
    const std::string variant = variantPath(command);
    return "/api/v1/bundles/parent" + variant.substr(variant.rfind('/'));
}

ExitCode showBundle(Command& command)
{
    return printObject(command, command.hub().get(bundlePath(command) + "/availability"));
}

ExitCode addComponent(Command& command)
{
    JsonWriter body;
    body.beginObject()
        .member("bundle_sku", command.text("SKU"))
        .member("component_sku", command.text("COMPONENT"));
    if (const auto quantity = command.maybeInteger("--quantity"))
        body.member("quantity", *quantity);
    if (const auto role = command.maybe("--role"))
        body.member("role", *role);
    return printObject(command, command.hub().post("/api/v1/bundles", {}, body.endObject().take()));
}

ExitCode removeComponent(Command& command)
{
    const std::string bundle = bundlePath(command);
    const auto component =
        command.hub().get("/api/v1/variants/sku/" + escaped(command.text("COMPONENT")));
    command.confirm(command.text("COMPONENT") + " is taken out of " + command.text("SKU") + ".",
                    command.text("COMPONENT"));
    command.hub().send("DELETE",
                       bundle + "/components/" + std::string(component.root().textOr("id")));
    command.output().note("taken out");
    return ExitCode::Done;
}

// ------------------------------------------------------------------ names of codes

std::function<ExitCode(Command&)> listing(const std::string& path)
{
    return [path](Command& command) { return printList(command, path, {}, {"code", "title"}); };
}

std::function<ExitCode(Command&)> adding(const std::string& path)
{
    return [path](Command& command) {
        return printObject(command, command.hub().post(path, {},
                                                       JsonWriter()
                                                           .beginObject()
                                                           .member("code", command.text("CODE"))
                                                           .member("title", command.text("TITLE"))
                                                           .endObject()
                                                           .take()));
    };
}

std::function<ExitCode(Command&)> renaming(const std::string& path)
{
    return [path](Command& command) {
        return printObject(command,
                           command.hub().send("PATCH", path + "/" + escaped(command.text("CODE")),
                                              {}, bodyOf(command, {"TITLE"})));
    };
}

ExitCode listConditions(Command& command)
{
    return printWhole(command, "/api/v1/conditions", {}, {"code", "title"});
}

ExitCode resolve(Command& command)
{
    command.output().list(
        command.hub().get("/api/v1/resolve", {{"code", command.text("CODE")}}).root(),
        {"kind", "matched_by", "id", "sku", "title", "channel"});
    return ExitCode::Done;
}

const std::vector<Argument> named{{"CODE", "its code"}, {"TITLE", "what people call it"}};

} // namespace

std::vector<Verb> catalogVerbs()
{
    return {
        {"family",
         "list",
         "product lines",
         {categoryOption, sinceOption, limitOption},
         listFamilies,
         Verb::looking},
        {"family", "show", "one with its identities", {familyArgument}, showFamily, Verb::looking},
        {"family", "add", "makes one", {familyArgument, titleOption, categoryOption}, addFamily},
        {"family",
         "change",
         "changes title and category",
         {familyArgument, titleOption, categoryOption},
         changeFamily},
        {"family", "remove", "removes one that nothing hangs on", {familyArgument}, removeFamily},
        {"identity",
         "list",
         "what things are",
         {{"--family CODE", "of this family"},
          {"--type TYPE", "product, part, bundle or kit"},
          sinceOption,
          limitOption},
         listIdentities,
         Verb::looking},
        {"identity",
         "show",
         "one with its variants",
         {{"UPIS-H", "or its id (idn_…)"}},
         showIdentity,
         Verb::looking},
        {"identity",
         "add",
         "makes one, which never changes",
         {{"FAMILY", "its code"},
          {"TYPE", "product, part, bundle or kit"},
          {"--component-index N", "of a part; the next free one otherwise"},
          titleOption},
         addIdentity},
        {"variant",
         "list",
         "things with a SKU",
         {{"--sku-prefix TEXT", "whose SKU begins so"},
          categoryOption,
          {"--brand NAME", "of this brand"},
          {"--barcode CODE", "with this barcode"},
          sinceOption,
          limitOption},
         listVariants,
         Verb::looking},
        {"variant", "show", "one with its listings", {variantArgument}, showVariant, Verb::looking},
        {"variant", "add", "makes one",
         variantArguments({{"--on-hand N", "opening stock"},
                           {"--location NAME", "where that lies (default main)"}}),
         addVariant},
        {"variant", "change", "changes what may change; a SKU never does", variantArguments({}),
         changeVariant},
        {"bundle",
         "list",
         "every bundle with every component",
         {limitOption},
         listBundles,
         Verb::looking},
        {"bundle",
         "show",
         "how many there are, and what is the limit",
         {variantArgument},
         showBundle,
         Verb::looking},
        {"bundle",
         "add",
         "adds a component, or gives it another quantity and role",
         {variantArgument,
          {"COMPONENT", "its SKU"},
          {"--quantity N", "units in one bundle (default 1)"},
          {"--role ROLE", "primary, accessory or satellite"}},
         addComponent},
        {"bundle",
         "remove",
         "takes a component out",
         {variantArgument, {"COMPONENT", "its SKU"}},
         removeComponent},
        {"color",
         "list",
         "colours by their code in SKUs",
         {limitOption},
         listing("/api/v1/colors"),
         Verb::looking},
        {"color", "add", "names a colour", named, adding("/api/v1/colors")},
        {"color", "rename", "calls a colour something else", named, renaming("/api/v1/colors")},
        {"brand", "list", "brands", {limitOption}, listing("/api/v1/brands"), Verb::looking},
        {"brand", "add", "makes a brand", named, adding("/api/v1/brands")},
        {"brand", "rename", "calls a brand something else", named, renaming("/api/v1/brands")},
        {"condition", "list", "the conditions that SKUs know", {}, listConditions, Verb::looking},
        {"resolve",
         "",
         "what a code stands for: SKU, UPIS-H, barcode, serial, a channel's own id",
         {{"CODE", "as it was scanned or told"}},
         resolve,
         Verb::looking},
    };
}

} // namespace spokehub::cli
