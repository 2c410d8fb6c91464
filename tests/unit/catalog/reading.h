#pragma once
//
// For the catalogue's tests: an entry read from text, and the problems of one that cannot be.
//
#include "catalog/provider_reader.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace evergrant::catalog::testing {

/// Four lines that are an entry. What a test adds begins in line 5.
inline constexpr std::string_view minimal =
    "id: acme\n"
    "name: Acme\n"
    "grant_types: [client_credentials]\n"
    "token_url: https://login.acme.example/token\n";

inline ReadOutcome read_outcome(std::string_view yaml, const std::map<ProviderId, Provider>& known = {}) {
    const auto file = CatalogueFile::parse(yaml, "acme.yaml");
    if (!file)
        return {std::nullopt, {file.error()}};
    return file->read(known);
}

/// Each as `line: message`.
inline std::vector<std::string> problems_of(std::string_view yaml, const std::map<ProviderId, Provider>& known = {}) {
    std::vector<std::string> lines;
    for (const Problem& problem : read_outcome(yaml, known).problems)
        lines.push_back(std::to_string(problem.line) + ": " + problem.message);
    return lines;
}

inline Provider read(std::string_view yaml, const std::map<ProviderId, Provider>& known = {}) {
    ReadOutcome outcome = read_outcome(yaml, known);
    if (!outcome.provider)
        throw std::invalid_argument(outcome.problems.front().to_string());
    return std::move(*outcome.provider);
}

inline Provider read_with(std::string_view added) {
    return read(std::string(minimal) + std::string(added));
}

}  // namespace evergrant::catalog::testing
