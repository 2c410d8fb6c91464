#include "catalog/catalog.h"
#include "reading.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace evergrant::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A folder of its own for each test.
class CatalogFolderTest : public ::testing::Test {
protected:
    CatalogFolderTest() {
        std::string name = (std::filesystem::temp_directory_path() / "catalogueXXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~CatalogFolderTest() override { std::filesystem::remove_all(folder_); }

    void write(const std::string& name, std::string_view text) { std::ofstream(folder_ / name) << text; }

    std::vector<std::string> add(Catalog& catalog) {
        std::vector<std::string> lines;
        for (const Problem& problem : catalog.add_folder(folder_)) {
            const std::string line = problem.to_string();
            lines.push_back(line.starts_with(folder_.string()) ? line.substr(folder_.string().size() + 1) : line);
        }
        return lines;
    }

    std::filesystem::path folder_;
};

std::string entry(const std::string& id, const std::string& extends = "") {
    return "id: " + id + "\n" + (extends.empty() ? "" : "extends: " + extends + "\n") + "name: " + id +
           "\ngrant_types: [client_credentials]\ntoken_url: https://" + id + ".example/token\n";
}

TEST(CatalogTest, a_misspelt_id_is_answered_with_the_nearest) {
    const Catalog catalog = Catalog::built_in();

    const auto provider = catalog.get("zoho_crn");

    ASSERT_FALSE(provider);
    EXPECT_EQ(provider.error().code, Errc::unknown_provider);
    EXPECT_EQ(provider.error().message, "There is no provider \"zoho_crn\"; did you mean \"zoho_crm\"?");
}

TEST(CatalogTest, an_id_like_no_other_is_answered_without_a_guess) {
    EXPECT_EQ(Catalog::built_in().get("nothing_like_it").error().message, "There is no provider \"nothing_like_it\".");
}

TEST(CatalogTest, what_could_not_be_an_id_is_not_repeated) {
    EXPECT_EQ(Catalog::built_in().get("<script>").error().message, "There is no such provider.");
}

TEST(CatalogTest, a_known_id_is_found) {
    const Catalog catalog = Catalog::built_in();

    EXPECT_EQ(catalog.get("clio").value()->name, "Clio");
    EXPECT_EQ(catalog.find(ProviderId("clio")), catalog.get("clio").value());
}

TEST(CatalogTest, an_abstract_entry_is_not_a_provider) {
    const Catalog catalog = Catalog::built_in();

    EXPECT_EQ(catalog.find(ProviderId("zoho")), nullptr);
    EXPECT_FALSE(catalog.get("zoho"));
}

TEST(CatalogTest, adds_an_entry_from_text) {
    Catalog catalog;

    const auto problems = catalog.add(testing::minimal, "acme.yaml");

    EXPECT_THAT(problems, IsEmpty());
    EXPECT_NE(catalog.find(ProviderId("acme")), nullptr);
}

TEST(CatalogTest, adds_nothing_with_a_problem) {
    Catalog catalog;

    EXPECT_EQ(catalog.add("id: acme\n", "acme.yaml").at(0).to_string(), "acme.yaml:1: \"name\" is missing");
    EXPECT_EQ(catalog.add(":", "acme.yaml").at(0).file, "acme.yaml");
    EXPECT_THAT(catalog.all(), IsEmpty());
}

TEST(ExtendsTest, each_key_replaces_that_of_the_base_and_the_rest_stays) {
    Catalog catalog = Catalog::built_in();

    const auto problems =
        catalog.add("id: own\nextends: zoho_crm\nname: Own\nscopes: [ZohoCRM.users.READ]\n", "own.yaml");

    ASSERT_THAT(problems, IsEmpty());
    const Provider& own = *catalog.find(ProviderId("own"));
    EXPECT_THAT(own.scopes, ElementsAre("ZohoCRM.users.READ"));
    EXPECT_EQ(own.authorization_scheme, "Zoho-oauthtoken");
    EXPECT_EQ(own.errors.size(), catalog.find(ProviderId("zoho_crm"))->errors.size());
}

TEST(ExtendsTest, an_entry_may_replace_the_one_it_extends) {
    Catalog catalog = Catalog::built_in();

    const auto problems = catalog.add("id: clio\nextends: clio\nhealth_probe: /api/v4/ping\n", "clio.yaml");

    ASSERT_THAT(problems, IsEmpty());
    EXPECT_EQ(catalog.find(ProviderId("clio"))->health_probe, "/api/v4/ping");
    EXPECT_EQ(catalog.find(ProviderId("clio"))->name, "Clio");
}

TEST(ExtendsTest, a_list_or_a_mapping_of_the_base_is_replaced_whole) {
    Catalog catalog;
    (void)catalog.add(std::string(testing::minimal) +
                          "refresh: {policy: rotates_with_grace, grace_seconds: 10}\n"
                          "callback: {keep: [a], verify_hmac: true}\n"
                          "errors: [{error: x, means: throttled}]\n"
                          "client_auth: ${params.m}\n"
                          "parameters: [{name: m, allowed: [none]}]\n"
                          "authorization_scheme: Own\n",
                      "acme.yaml");

    const auto problems = catalog.add(
        "id: own\nextends: acme\nrefresh: {policy: static}\ncallback: {keep: [b]}\nerrors: []\n"
        "client_auth: none\nparameters: []\nauthorization_scheme: ''\n",
        "own.yaml");

    ASSERT_THAT(problems, IsEmpty());
    const Provider& own = *catalog.find(ProviderId("own"));
    EXPECT_EQ(own.refresh.grace, std::chrono::seconds{0});
    EXPECT_THAT(own.callback.keep, ElementsAre("b"));
    EXPECT_FALSE(own.callback.verify_hmac);
    EXPECT_THAT(own.errors, IsEmpty());
    EXPECT_THAT(own.client_auth_parameter, IsEmpty());
    EXPECT_THAT(own.authorization_scheme, IsEmpty());
}

TEST(ExtendsTest, what_the_base_brings_is_reported_where_it_is_extended) {
    Catalog catalog = Catalog::built_in();

    const auto problems =
        catalog.add("id: own\nname: Own\nextends: shopify\nparameters: [{name: shp, pattern: '[a-z]+'}]\n", "own.yaml");

    ASSERT_FALSE(problems.empty());
    EXPECT_EQ(problems.at(0).line, 3U);
    EXPECT_EQ(
        problems.at(0).message,
        "\"authorization_url\" uses ${params.shop}, which \"parameters\" does not declare; did you mean \"shp\"?");
}

TEST(ExtendsTest, a_base_that_does_not_exist_is_the_only_thing_reported) {
    Catalog catalog = Catalog::built_in();

    EXPECT_THAT(testing::problems_of("id: own\nextends: zohoo\n", {{ProviderId("zoho"), Provider{}}}),
                ElementsAre("2: \"extends\" names no entry of the catalogue; did you mean \"zoho\"?"));
    EXPECT_THAT(testing::problems_of("id: own\nextends: [zoho]\n"),
                ElementsAre("2: \"extends\" must be the id of another entry"));
    EXPECT_THAT(testing::problems_of("id: own\nextends: ''\n"),
                ElementsAre("2: \"extends\" must be the id of another entry"));
}

TEST(ExtendsTest, an_abstract_entry_needs_nothing_but_an_id) {
    const Provider base = testing::read("id: base\nabstract: true\nhealth_probe: /me\n");

    EXPECT_TRUE(base.abstract);
}

TEST(ExtendsTest, what_extends_an_abstract_entry_is_not_abstract) {
    Provider base = testing::read("id: base\nabstract: true\nname: Base\n");
    const std::map<ProviderId, Provider> known{{base.id, base}};

    const Provider own = testing::read(
        "id: own\nextends: base\ngrant_types: [client_credentials]\ntoken_url: https://a.example/t\n", known);

    EXPECT_FALSE(own.abstract);
    EXPECT_EQ(own.name, "Base");
}

TEST(ExtendsTest, an_entry_does_not_inherit_an_id) {
    Provider base = testing::read(testing::minimal);

    EXPECT_THAT(testing::problems_of("extends: acme\n", {{base.id, base}}), ElementsAre("1: \"id\" is missing"));
}

TEST_F(CatalogFolderTest, reads_each_yaml_file_and_nothing_else) {
    write("a.yaml", entry("a"));
    write("b.yml", entry("b"));
    write("c.json", "{}");
    write(".hidden.yaml", "not a catalogue");
    std::filesystem::create_directory(folder_ / "d.yaml");
    Catalog catalog;

    EXPECT_THAT(add(catalog), IsEmpty());
    EXPECT_EQ(catalog.all().size(), 2U);
}

TEST_F(CatalogFolderTest, reads_files_that_are_links) {
    write("real.txt", entry("a"));
    std::filesystem::create_symlink("real.txt", folder_ / "a.yaml");
    Catalog catalog;

    EXPECT_THAT(add(catalog), IsEmpty());
    EXPECT_NE(catalog.find(ProviderId("a")), nullptr);
}

TEST_F(CatalogFolderTest, a_later_entry_replaces_an_earlier_one) {
    write("clio.yaml", entry("clio"));
    Catalog catalog = Catalog::built_in();

    EXPECT_THAT(add(catalog), IsEmpty());
    EXPECT_EQ(catalog.find(ProviderId("clio"))->token_url->text(), "https://clio.example/token");
}

TEST_F(CatalogFolderTest, a_file_may_extend_one_that_comes_after_it) {
    write("a.yaml", entry("a", "b"));
    write("b.yaml", entry("b", "c"));
    write("c.yaml", entry("c"));
    Catalog catalog;

    EXPECT_THAT(add(catalog), IsEmpty());
    EXPECT_EQ(catalog.all().size(), 3U);
}

TEST_F(CatalogFolderTest, files_that_extend_each_other_are_refused) {
    write("a.yaml", entry("a", "b"));
    write("b.yaml", entry("b", "a"));
    write("c.yaml", entry("c"));
    Catalog catalog;

    EXPECT_THAT(add(catalog),
                ElementsAre("a.yaml:2: \"extends\" goes in a circle", "b.yaml:2: \"extends\" goes in a circle"));
    EXPECT_EQ(catalog.all().size(), 1U);
}

TEST_F(CatalogFolderTest, one_id_in_two_files_is_refused) {
    write("a.yaml", entry("same"));
    write("b.yaml", entry("same"));
    Catalog catalog;

    EXPECT_THAT(add(catalog),
                ElementsAre("b.yaml:1: the id \"same\" is that of " + (folder_ / "a.yaml").string() + " too"));
}

TEST_F(CatalogFolderTest, problems_of_every_file_are_reported_and_the_others_added) {
    write("a.yaml", "id: a\n");
    write("b.yaml", entry("b"));
    write("c.yaml", "[");
    write("d.yaml", "name: D\n");
    Catalog catalog;

    const auto problems = add(catalog);

    EXPECT_THAT(problems, ElementsAre("a.yaml:1: \"name\" is missing", "a.yaml:1: \"grant_types\" is missing",
                                      "a.yaml:1: \"token_url\" is missing; or say \"discovery: true\"",
                                      "c.yaml:1: a list or a mapping is not closed, or stands where a key should be",
                                      "d.yaml:1: \"id\" is missing", "d.yaml:1: \"grant_types\" is missing",
                                      "d.yaml:1: \"token_url\" is missing; or say \"discovery: true\""));
    EXPECT_EQ(catalog.all().size(), 1U);
}

TEST_F(CatalogFolderTest, a_file_over_a_mebibyte_is_not_read) {
    write("a.yaml", std::string((std::size_t{1} << 20) + 1, '#'));
    Catalog catalog;

    EXPECT_THAT(add(catalog), ElementsAre("a.yaml: larger than 1 MiB"));
}

TEST_F(CatalogFolderTest, a_file_that_may_not_be_read_is_reported) {
    write("a.yaml", entry("a"));
    std::filesystem::permissions(folder_ / "a.yaml", std::filesystem::perms::none);
    if (std::ifstream(folder_ / "a.yaml"))
        GTEST_SKIP() << "this user may read every file";
    Catalog catalog;

    EXPECT_THAT(add(catalog), ElementsAre("a.yaml: cannot be read"));
}

TEST_F(CatalogFolderTest, a_folder_that_does_not_exist_is_reported) {
    Catalog catalog;

    const auto problems = catalog.add_folder(folder_ / "none");

    EXPECT_EQ(problems.at(0).to_string(),
              (folder_ / "none").string() + ": cannot be read as a folder: No such file or directory");
}

}  // namespace
}  // namespace evergrant::catalog
