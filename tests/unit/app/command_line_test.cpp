#include "app/command_line.h"

#include "app/completion_outline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>

namespace evergrant::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Arguments = std::vector<std::string>;

template <class T>
T parsed_as(const Arguments& arguments) {
    auto line = parse_command_line(arguments);
    if (!line) {
        ADD_FAILURE() << line.error().message;
        return {};
    }
    if (!std::holds_alternative<T>(line->command)) {
        ADD_FAILURE() << "another command";
        return {};
    }
    return std::get<T>(std::move(line->command));
}

TEST(CommandLineTest, each_command_is_its_own_value) {
    struct Case {
        Arguments arguments;
        std::size_t index;
    };
    const std::array cases{
        Case{{"serve"}, Command(Serve{}).index()},
        Case{{"keys", "create", "--name", "x"}, Command(KeysCreate{}).index()},
        Case{{"keys", "list"}, Command(KeysList{}).index()},
        Case{{"keys", "revoke", "0a1b"}, Command(KeysRevoke{}).index()},
        Case{{"config", "check"}, Command(ConfigCheck{}).index()},
        Case{{"config", "show"}, Command(ConfigShow{}).index()},
        Case{{"providers", "list"}, Command(ProvidersList{}).index()},
        Case{{"providers", "show", "zoho_crm"}, Command(ProvidersShow{}).index()},
        Case{{"providers", "check", "a.yaml"}, Command(ProvidersCheck{}).index()},
        Case{{"connect", "acme", "zoho_crm"}, Command(Connect{}).index()},
        Case{{"token", "acme", "zoho_crm"}, Command(Token{}).index()},
        Case{{"call", "acme", "zoho_crm", "GET", "/"}, Command(ApiCall{}).index()},
        Case{{"revoke", "acme"}, Command(Revoke{}).index()},
        Case{{"version"}, Command(Version{}).index()},
        Case{{"--version"}, Command(Version{}).index()},
        Case{{"completion", "bash"}, Command(Completion{}).index()},
        Case{{"--help"}, Command(Help{}).index()},
        Case{{"serve", "--help"}, Command(Help{}).index()},
    };
    for (const Case& c : cases) {
        const auto line = parse_command_line(c.arguments);
        ASSERT_TRUE(line) << c.arguments.front() << ": " << line.error().message;
        EXPECT_EQ(line->command.index(), c.index) << c.arguments.front();
    }
}

TEST(CommandLineTest, flags_of_settings_may_stand_before_and_after_the_command) {
    const auto line =
        parse_command_line({"--data", "d", "--catalog", "one", "serve", "--listen", ":1", "--dev", "--catalog", "two"});

    ASSERT_TRUE(line) << line.error().message;
    EXPECT_TRUE(std::holds_alternative<Serve>(line->command));
    std::map<std::string, Items> flags;
    for (const FlagSetting& flag : line->flags)
        flags[flag.flag] = flag.items;
    EXPECT_THAT(flags, ElementsAre(std::pair("--catalog", Items{"one", "two"}), std::pair("--data", Items{"d"}),
                                   std::pair("--dev", Items{"true"}), std::pair("--listen", Items{":1"})));
}

TEST(CommandLineTest, a_switch_can_be_turned_off) {
    const auto line = parse_command_line({"serve", "--dev=false"});

    ASSERT_TRUE(line) << line.error().message;
    ASSERT_EQ(line->flags.size(), 1U);
    EXPECT_THAT(line->flags.front().items, ElementsAre("false"));
}

TEST(CommandLineTest, config_names_the_file) {
    EXPECT_EQ(parse_command_line({"serve"})->file, std::nullopt);
    EXPECT_EQ(parse_command_line({"--config", "x.yaml", "serve"})->file, "x.yaml");
}

TEST(CommandLineTest, a_new_key_is_described_in_full) {
    const auto order = parsed_as<KeysCreate>({"keys", "create", "--name", "billing", "--role", "auditor", "--tenant",
                                              "a", "--tenant", "b", "--provider", "hubspot", "--expires-in", "90",
                                              "--url", "http://localhost:1", "--key", "k"});

    EXPECT_EQ(order.name, "billing");
    EXPECT_EQ(order.role, storage::Role::auditor);
    EXPECT_THAT(order.tenants, ElementsAre(TenantId("a"), TenantId("b")));
    EXPECT_THAT(order.providers, ElementsAre(ProviderId("hubspot")));
    EXPECT_EQ(order.life, std::chrono::days(90));
    EXPECT_EQ(order.server.url, "http://localhost:1");
    EXPECT_EQ(order.server.key, "k");
}

TEST(CommandLineTest, a_new_key_is_an_applications_unless_it_is_said_otherwise) {
    const auto order = parsed_as<KeysCreate>({"keys", "create", "--name", "x"});

    EXPECT_EQ(order.role, storage::Role::app);
    EXPECT_TRUE(order.tenants.empty());
    EXPECT_EQ(order.life, std::nullopt);
}

TEST(CommandLineTest, a_connection_is_described_in_full) {
    const auto order =
        parsed_as<Connect>({"connect", "acme", "shopify", "--integration", "shop-2", "--scope", "read_orders",
                            "--scope", "read_products", "--param", "shop=acme=store", "--redirect-to",
                            "https://app.example.com/done", "--wait", "60", "--create-tenant"});

    EXPECT_EQ(order.tenant, TenantId("acme"));
    EXPECT_EQ(order.provider, "shopify");
    EXPECT_EQ(order.integration, IntegrationId("shop-2"));
    EXPECT_THAT(order.scopes, ElementsAre("read_orders", "read_products"));
    EXPECT_THAT(order.params, ElementsAre(std::pair("shop", "acme=store")));
    EXPECT_EQ(order.redirect_to, "https://app.example.com/done");
    EXPECT_EQ(order.patience, std::chrono::seconds(60));
    EXPECT_TRUE(order.create_tenant);
}

TEST(CommandLineTest, a_connection_is_waited_for_ten_minutes_unless_it_is_said_otherwise) {
    EXPECT_EQ(parsed_as<Connect>({"connect", "acme", "zoho_crm"}).patience, std::chrono::minutes(10));
}

TEST(CommandLineTest, a_token_is_described_in_full) {
    const auto order = parsed_as<Token>({"token", "acme", "zoho_crm", "--min-ttl", "120", "--force-refresh", "--json"});

    EXPECT_EQ(order.tenant, TenantId("acme"));
    EXPECT_EQ(order.integration, IntegrationId("zoho_crm"));
    EXPECT_EQ(order.min_ttl, std::chrono::seconds(120));
    EXPECT_TRUE(order.force_refresh);
    EXPECT_TRUE(order.as_json);
}

TEST(CommandLineTest, several_provider_files_are_checked_at_once) {
    EXPECT_THAT(parsed_as<ProvidersCheck>({"providers", "check", "a.yaml", "b.yaml"}).files,
                ElementsAre("a.yaml", "b.yaml"));
}

TEST(CommandLineTest, what_is_wrong_is_said_in_a_sentence) {
    struct Case {
        Arguments arguments;
        std::string message;
    };
    const std::array cases{
        Case{{}, "Say what to do. `evergrant --help` shows what there is."},
        Case{{"servce"}, "\"servce\" is not known here; did you mean \"serve\"?"},
        Case{{"serve", "--lisen", "x"}, "\"--lisen\" is not known here; did you mean \"--listen\"?"},
        Case{{"serve", "quickly"}, "\"quickly\" is not known here."},
        Case{{"keys"}, "A subcommand is required. `evergrant keys --help` shows how."},
        Case{{"keys", "create"}, "--name is required. `evergrant keys create --help` shows how."},
        Case{{"keys", "create", "--name", "x", "--role", "king"},
             "--role: must be admin, app or auditor, and is \"king\". `evergrant keys create --help` shows how."},
        Case{{"keys", "create", "--name", "x", "--tenant", "a/b"},
             "--tenant: \"a/b\" is no id: letters, digits, dots, dashes and underscores, at most 128. `evergrant keys "
             "create "
             "--help` shows how."},
        Case{{"keys", "create", "--name", "x", "--expires-in", "soon"},
             "--expires-in: must be a whole number from 0 to 1000000, and is \"soon\". `evergrant keys create --help` "
             "shows how."},
        Case{{"connect", "acme"}, "provider is required. `evergrant connect --help` shows how."},
        Case{{"connect", "acme", "shopify", "--param", "shop"},
             "--param: \"shop\" is not NAME=VALUE. `evergrant connect --help` shows how."},
        Case{{"token", "../x", "zoho_crm"},
             "tenant: \"../x\" is no id: letters, digits, dots, dashes and underscores, at most 128. `evergrant token "
             "--help` "
             "shows how."},
        Case{{"completion", "tcsh"},
             "shell: must be bash, zsh or fish, and is \"tcsh\". `evergrant completion --help` shows how."},
    };
    for (const Case& c : cases) {
        const auto line = parse_command_line(c.arguments);
        ASSERT_FALSE(line) << c.message;
        EXPECT_EQ(line.error().message, c.message);
    }
}

TEST(CommandLineTest, the_help_teaches_first_steps_and_exit_codes) {
    const std::string help = parsed_as<Help>({"--help"}).text;

    EXPECT_THAT(help, HasSubstr("evergrant keys create --name first --role admin"));
    EXPECT_THAT(help, HasSubstr("  3  the configuration is wrong or lacks something\n"));
    EXPECT_THAT(help, HasSubstr("--listen HOST:PORT"));
}

TEST(CommandLineTest, the_help_describes_every_flag) {
    for (const OutlinedCommand& command : outline_of_commands().commands) {
        for (const OutlinedFlag& flag : command.flags)
            EXPECT_NE(flag.description, "") << command.path << " " << flag.name;
        for (const OutlinedName& child : command.children)
            EXPECT_NE(child.description, "") << child.name;
    }
}

TEST(CommandLineTest, the_example_commands_of_the_help_are_understood) {
    for (const Arguments& arguments :
         {Arguments{"keys", "create", "--name", "first", "--role", "admin"},
          Arguments{"keys", "list", "--url", "http://localhost:3000"},
          Arguments{"--config", "staging.yaml", "config", "show"},
          Arguments{"--catalog", "./providers", "providers", "list"},
          Arguments{"connect", "acme", "shopify", "--param", "shop=acme-store", "--wait", "60"},
          Arguments{"connect", "acme", "zoho_crm", "--create-tenant"}}) {
        const auto line = parse_command_line(arguments);
        EXPECT_TRUE(line) << line.error().message;
    }
}

TEST(MaskSecretArgumentsTest, what_follows_key_is_overwritten_and_nothing_else) {
    std::array<std::string, 6> words{"evergrant", "keys", "--key", "eg_secret", "--key=eg_other", "--keys"};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i)
        arguments[i] = words[i].data();

    mask_secret_arguments(arguments);

    EXPECT_THAT(words, ElementsAre("evergrant", "keys", "--key", "*********", "--key=********", "--keys"));
}

TEST(MaskSecretArgumentsTest, what_may_hold_a_password_is_masked_and_a_folder_is_not) {
    std::vector<std::string> words{"--from", "sqlite:./data", "--to", "postgresql://a:b@c/d", "--to=postgres://a:b@c"};
    std::vector<char*> arguments;
    for (std::string& word : words)
        arguments.push_back(word.data());

    mask_secret_arguments(arguments);

    EXPECT_THAT(words,
                ElementsAre("--from", "sqlite:./data", "--to", std::string(20, '*'), "--to=" + std::string(16, '*')));
}

TEST(MaskSecretArgumentsTest, a_key_flag_without_a_value_is_left_alone) {
    std::string word = "--key";
    std::array<char*, 1> arguments{word.data()};

    mask_secret_arguments(arguments);

    EXPECT_EQ(word, "--key");
}

}  // namespace
}  // namespace evergrant::app
