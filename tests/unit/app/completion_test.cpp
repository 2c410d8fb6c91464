#include "app/completion.h"

#include "app/completion_outline.h"
#include "temporary_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>

namespace evergrant::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::UnorderedElementsAre;

constexpr std::array shells{Shell::bash, Shell::zsh, Shell::fish};

TEST(CompletionTest, every_script_holds_every_command_and_every_flag) {
    for (const Shell shell : shells) {
        const std::string script = completion_script(shell);
        for (const OutlinedCommand& command : outline_of_commands().commands) {
            EXPECT_THAT(script, HasSubstr(command.path));
            for (const OutlinedFlag& flag : command.flags)
                EXPECT_THAT(script, HasSubstr(flag.name.substr(2))) << command.path;
        }
    }
}

TEST(CompletionTest, the_outline_knows_all_commands) {
    std::vector<std::string> paths;
    for (const OutlinedCommand& command : outline_of_commands().commands)
        paths.push_back(command.path);

    EXPECT_THAT(paths, UnorderedElementsAre("", "serve", "keys", "keys create", "keys list", "keys revoke",
                                            "keys rotate-master", "signing-keys", "signing-keys create",
                                            "signing-keys import", "signing-keys list", "signing-keys rotate",
                                            "signing-keys remove", "config", "config check", "config show", "providers",
                                            "providers list", "providers show", "providers check", "connect", "token",
                                            "call", "revoke", "alerts", "alerts test", "crm", "crm find", "storage",
                                            "storage copy", "migrate", "backup", "restore", "version", "completion",
                                            "audit", "audit tail", "audit export", "audit verify", "audit checkpoint"));
}

TEST(CompletionTest, no_placeholder_is_left_in_a_script) {
    for (const Shell shell : shells)
        EXPECT_EQ(completion_script(shell).find('@' + std::string("va")), std::string::npos);
}

/// What bash offers for the words of a command line, the last of which is being typed.
class BashCompletionTest : public ::testing::Test {
protected:
    void SetUp() override {
        if (std::system("bash -c true") != 0)
            GTEST_SKIP() << "There is no bash here.";
    }

    std::vector<std::string> offered(const std::string& words) {
        const auto script = folder.write("completion.bash", completion_script(Shell::bash));
        const std::string command =
            "cd '" + folder.path().string() + "' && bash --norc -c '. \"" + script.string() + "\"; COMP_WORDS=(" +
            words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _evergrant; printf \"%s\\n\" \"${COMPREPLY[@]}\"'";
        const std::unique_ptr<FILE, int (*)(FILE*)> output(popen(command.c_str(), "r"), pclose);
        std::vector<std::string> lines;
        std::array<char, 512> line{};
        while (output && std::fgets(line.data(), line.size(), output.get()) != nullptr) {
            lines.emplace_back(line.data());
            lines.back().pop_back();
        }
        return lines;
    }

    testing::TemporaryFolder folder;
};

TEST_F(BashCompletionTest, commands_are_offered_by_what_was_typed_of_them) {
    EXPECT_THAT(offered("evergrant co"), UnorderedElementsAre("config", "connect", "completion"));
    EXPECT_THAT(offered("evergrant keys \"\""), IsSupersetOf({"create", "list", "revoke", "--data"}));
    EXPECT_THAT(offered("evergrant completion \"\""), IsSupersetOf({"bash", "zsh", "fish"}));
}

TEST_F(BashCompletionTest, flags_are_those_of_the_command_and_of_the_program) {
    EXPECT_THAT(offered("evergrant keys create --r"), UnorderedElementsAre("--role"));
    EXPECT_THAT(offered("evergrant keys create --d"), UnorderedElementsAre("--data", "--dev"));
}

TEST_F(BashCompletionTest, values_are_those_a_flag_takes) {
    folder.write("staging.yaml", "");

    EXPECT_THAT(offered("evergrant keys create --role a"), UnorderedElementsAre("admin", "app", "auditor"));
    EXPECT_THAT(offered("evergrant --config stag"), UnorderedElementsAre("staging.yaml"));
    EXPECT_THAT(offered("evergrant providers check stag"), UnorderedElementsAre("staging.yaml"));
}

TEST_F(BashCompletionTest, the_value_of_a_flag_is_not_taken_for_a_command) {
    EXPECT_THAT(offered("evergrant --data keys co"), UnorderedElementsAre("config", "connect", "completion"));
}

}  // namespace
}  // namespace evergrant::app
