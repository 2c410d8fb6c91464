#pragma once
//
// For the catalogue's tests: what is added to an entry without a mistake, and the problems it makes.
//
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog::testing {

struct Mistake {
    std::string_view name;
    std::string_view added;             ///< to the four lines of `minimal`
    std::vector<std::string> problems;  ///< each as `line: message`
};

inline void PrintTo(const Mistake& mistake, std::ostream* stream) {
    *stream << mistake.added;
}

class MistakeTest : public ::testing::TestWithParam<Mistake> {};

inline std::string name_of_case(const ::testing::TestParamInfo<Mistake>& test) {
    return std::string(test.param.name);
}

}  // namespace evergrant::catalog::testing
