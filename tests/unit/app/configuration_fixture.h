#pragma once
//
// Sources of a configuration, with a folder of their own for its files.
//
#include "app/load_configuration.h"
#include "temporary_folder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace evergrant::testing {

class ConfigurationFixture : public ::testing::Test {
protected:
    static constexpr const char* first_key = "00112233445566778899aabbccddeeff102132435465768798a9babbdcddeef0";
    static constexpr const char* second_key = "f0e1d2c3b4a5968778695a4b3c2d1e0f00112233445566778899aabbccddeeff";
    static constexpr const char* good_secret = "a signing secret of 32 bytes or so";

    ConfigurationFixture() { sources.usual_file = folder.path() / "evergrant.yaml"; }

    app::LoadedConfiguration load() { return app::load_configuration(sources); }

    std::vector<std::string> problems() {
        std::vector<std::string> sentences;
        for (const app::ConfigurationProblem& problem : load().problems)
            sentences.push_back(problem.to_string());
        return sentences;
    }

    TemporaryFolder folder;
    app::ConfigurationSources sources;
};

}  // namespace evergrant::testing
