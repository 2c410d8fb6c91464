// Where the master key may come from besides the environment: a file, a command's output, a systemd credential.
#include "app/command_output.h"
#include "configuration_fixture.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace evergrant::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class KeySourcesTest : public ConfigurationFixture {
protected:
    std::vector<std::string> keys() {
        std::vector<std::string> texts;
        for (const SecretString& key : load().configuration.encryption.keys)
            texts.push_back(std::string(key.reveal()));
        return texts;
    }
};

std::string failure_of(const std::string& command, std::chrono::milliseconds limit = 5s) {
    const auto output = app::output_of_command(command, limit);
    return output ? "it succeeded" : output.error();
}

TEST_F(KeySourcesTest, a_file_by_its_short_name) {
    sources.environment["ENCRYPTION_KEY_FILE"] = folder.write("keys", std::string(first_key) + "\n").string();

    EXPECT_THAT(problems(), IsEmpty());
    EXPECT_THAT(keys(), ElementsAre(first_key));
}

TEST_F(KeySourcesTest, what_a_command_prints_is_read_like_a_file) {
    const auto file = folder.write("two words", "# of today\n" + std::string(second_key) + "\n" + first_key + "\n");
    sources.environment["ENCRYPTION_KEY_COMMAND"] = "cat '" + file.string() + "'";

    EXPECT_THAT(problems(), IsEmpty());
    EXPECT_THAT(keys(), ElementsAre(second_key, first_key));
}

TEST_F(KeySourcesTest, a_command_that_fails_is_told_without_what_it_printed) {
    sources.environment["ENCRYPTION_KEY_COMMAND"] = "sh -c 'echo opensesame; exit 3'";

    EXPECT_THAT(problems(), ElementsAre("encryption.keys_command: the command ended with status 3."));
}

TEST_F(KeySourcesTest, what_is_no_key_in_its_output_is_not_quoted) {
    sources.environment["ENCRYPTION_KEY_COMMAND"] = "echo opensesame";

    for (const std::string& problem : problems())
        EXPECT_EQ(problem.find("opensesame"), std::string::npos);
    EXPECT_THAT(problems(), ::testing::Not(IsEmpty()));
}

TEST_F(KeySourcesTest, a_systemd_credential_is_found_by_itself) {
    folder.write("encryption_key", std::string(first_key) + "\n");
    sources.environment["CREDENTIALS_DIRECTORY"] = folder.path().string();

    EXPECT_THAT(problems(), IsEmpty());
    EXPECT_THAT(keys(), ElementsAre(first_key));
}

TEST_F(KeySourcesTest, what_is_set_goes_before_a_credential) {
    folder.write("encryption_key", std::string(first_key) + "\n");
    sources.environment["CREDENTIALS_DIRECTORY"] = folder.path().string();
    sources.environment["ENCRYPTION_KEY"] = second_key;

    EXPECT_THAT(keys(), ElementsAre(second_key));
}

TEST_F(KeySourcesTest, two_that_are_set_are_refused) {
    sources.environment["ENCRYPTION_KEY"] = first_key;
    sources.environment["ENCRYPTION_KEY_COMMAND"] = "true";

    EXPECT_THAT(problems(), ElementsAre(HasSubstr("another source of keys are both set")));
}

TEST(CommandOutput, no_shell_reads_the_command) {
    const auto output = app::output_of_command(R"(echo $HOME ; "a  b" '' *)", 5s);

    ASSERT_TRUE(output) << output.error();
    EXPECT_EQ(output->reveal(), "$HOME ; a  b  *\n");
}

TEST(CommandOutput, a_command_that_does_not_end_is_ended) {
    const auto begun = std::chrono::steady_clock::now();

    EXPECT_EQ(failure_of("sleep 60", 200ms), "did not end in time");
    EXPECT_EQ(failure_of("sh -c 'exec >&-; sleep 60'", 200ms), "was ended by a signal");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

TEST(CommandOutput, a_command_that_prints_without_end_is_ended) {
    EXPECT_EQ(failure_of("yes"), "prints more than 64 KiB");
}

TEST(CommandOutput, what_cannot_be_run_is_told) {
    EXPECT_THAT(failure_of("no-such-program-anywhere"), HasSubstr("cannot be started"));
    EXPECT_EQ(failure_of("'open"), "has a quote that is not closed");
    EXPECT_EQ(failure_of("  "), "names no program");
}

}  // namespace
}  // namespace evergrant::testing
